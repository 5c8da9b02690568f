#include "bench.hpp"

#include <iostream>

#include <fmt/format.h>
#include <unistd.h>

#include "data_directory.hpp"
#include "load_client.hpp"

namespace threatatlas::bench {

namespace fs = std::filesystem;

namespace {

constexpr std::chrono::minutes first_start_max{30};

}  // namespace

void say(const std::string& text) {
    std::cerr << "== " << text << std::endl;
}

Bench::Bench(const Options& options)
    : options_(options),
      report_(std::cerr),
      scratch_((options.scratch.empty() ? fs::temp_directory_path() : fs::path(options.scratch)) /
               fmt::format("threatatlas-bench-{}", ::getpid())) {
    fs::create_directories(scratch_);
}

Bench::~Bench() {
    std::error_code ignored;
    fs::remove_all(scratch_, ignored);
}

const fs::path& Bench::large_directory() {
    if (!large_.empty()) {
        return large_;
    }
    const std::string name = fmt::format("log-{}-seed-{}", options_.events, options_.seed);
    const fs::path made = (options_.keep.empty() ? scratch_ : options_.keep) / name;
    if (!fs::exists(made)) {
        // Renamed when it is complete, so that an interrupted run leaves no partial log under the
        // final name.
        const fs::path unfinished = made.string() + ".unfinished";
        fs::remove_all(unfinished);
        fs::create_directories(made.parent_path());
        say(fmt::format("generating a log of {} events", options_.events));
        const double seconds =
            cost_of([&] { make_directory(unfinished, options_.seed, options_.events); }).seconds;
        say(fmt::format("... took {:.1f} s, {:.0f} events/s, {} bytes per event on disk", seconds,
                        static_cast<double>(options_.events) / seconds,
                        directory_bytes(unfinished) / options_.events));
        // The first start adds the lines to the log's Merkle tree.
        testing::ServerProcess server(unfinished);
        say(fmt::format("... first start in {:.1f} s",
                        cost_of([&] { server.start(first_start_max); }).seconds));
        server.stop();
        fs::rename(unfinished, made);
    }
    large_ = made;
    return large_;
}

fs::path Bench::small_directory(Position events) {
    fs::path made = fresh_path();
    make_directory(made, options_.seed, events);
    return made;
}

fs::path Bench::fresh_path() {
    return scratch_ / fmt::format("directory-{}", ++fresh_count_);
}

GateServer::GateServer(const fs::path& data, std::vector<std::string> arguments)
    : server_(data, {.arguments = std::move(arguments), .environment = {}}) {
    server_.start();
    token_ = server_.issue_token({{"name", "bench"}, {"role", "gate"}});
}

std::string GateServer::target(ProductId product, const std::string& more) {
    return fmt::format(
        "/api/products/{}/security-status?fail_on_critical=true&fail_on_unmitigated_high=true"
        "&min_mitigation_ratio=0.7{}",
        product, more);
}

std::string GateServer::question(ProductId product, const std::string& more) const {
    return make_request("GET", target(product, more), token_);
}

std::vector<ProductId> register_products(const testing::ServerProcess& server, std::size_t count) {
    auto client = server.client(server.admin_token());
    std::vector<ProductId> ids;
    while (ids.size() < count) {
        const auto answer =
            client.Post("/api/products", R"({"name":"Bench product"})", "application/json");
        if (!answer || answer->status != 201) {
            throw std::runtime_error("a product could not be registered");
        }
        ids.push_back(nlohmann::json::parse(answer->body).at("id"));
    }
    return ids;
}

}  // namespace threatatlas::bench
