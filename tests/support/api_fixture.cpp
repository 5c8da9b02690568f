#include "support/api_fixture.hpp"

#include <fstream>
#include <sstream>
#include <stdexcept>

#include "support/eventually.hpp"

namespace threatatlas::testing {

std::string Answer::header(const std::string& name) const {
    const auto field = headers.find(name);
    return field == headers.end() ? std::string() : field->second;
}

std::optional<std::uint64_t> Answer::next() const {
    const std::string link = header("Link");
    const std::size_t after = link.find("after=");
    if (after == std::string::npos || !link.ends_with("; rel=\"next\"")) {
        return std::nullopt;
    }
    return std::stoull(link.substr(after + 6));
}

std::vector<nlohmann::json> Answer::lines() const {
    std::vector<nlohmann::json> lines;
    std::istringstream text(body);
    for (std::string line; std::getline(text, line);) {
        lines.push_back(nlohmann::json::parse(line));
    }
    return lines;
}

ApiFixture::ApiFixture(store::FileEnvironment* files)
    : files_(files),
      random_(test_seed()),
      log_([this] { return clock.now(); },
           [this](std::string_view line) {
               const std::lock_guard lock(mutex_);
               log_text_ += line;
           }) {
    clock.set("2026-11-23T12:00:00Z");
    start();
    std::ifstream file(data_ / "admin-token");
    file >> admin_;
}

ApiFixture::~ApiFixture() {
    stop();
}

sequencer::SequencerEnvironment ApiFixture::environment() {
    std::function<std::chrono::microseconds()> uptime;
    if (guards_clock) {
        uptime = [this] { return clock.uptime(); };
    }
    return {.clock = [this] { return clock.now(); },
            .random =
                [this](std::span<std::byte> bytes) {
                    before_random();
                    const std::lock_guard lock(mutex_);
                    for (std::byte& byte : bytes) {
                        byte = static_cast<std::byte>(random_.below(256));
                    }
                },
            .report_fault = {},
            .uptime = std::move(uptime),
            .boot = "one"};
}

void ApiFixture::stop() {
    if (listener_) {
        listener_->stop();
        server_.join();
        api_->finish_calls();
        backend_->stop();
        listener_.reset();
        api_.reset();
        backend_.reset();
    }
}

void ApiFixture::start(net::ListenerOptions options) {
    backend_ = std::make_unique<ops::Backend>(
        ops::BackendOptions{
            .data = data_.path(), .files = files_, .admin_token = {}, .environment = environment()},
        log_);
    api_ = std::make_unique<api::Api>(*backend_, log_,
                                      api::ApiOptions{.environment = environment(),
                                                      .logs_access = true,
                                                      .backup_directory = backup_directory,
                                                      .rate_limit = rate_limit,
                                                      .long_reads = long_reads,
                                                      .waits = waits});
    options.is_probe = api::Api::is_probe;
    listener_ = std::make_unique<net::Listener>(
        std::move(options),
        [this](const httplib::Request& request, httplib::Response& response,
               net::Exchange& exchange) { api_->answer(request, response, exchange); },
        [this](int status, const std::string& remote_ip) {
            api_->note_refusal(status, remote_ip);
        });
    api_->set_listener_stats([this] { return listener_->stats(); });
    listener_->bind();
    server_ = std::thread([this] { listener_->run(); });
    backend_->start([] {});
    const auto answers = [&] {
        const ops::BackendPhase phase = backend_->status().phase;
        return phase == ops::BackendPhase::serving || phase == ops::BackendPhase::clock_in_doubt;
    };
    if (!eventually(answers)) {
        throw std::runtime_error("the server does not answer");
    }
}

std::string ApiFixture::log() const {
    const std::lock_guard lock(mutex_);
    return log_text_;
}

Answer ApiFixture::ask(const std::string& method, const std::string& target, Asked asked) const {
    httplib::Client client("127.0.0.1", port());
    client.set_url_encode(false);
    client.set_tcp_nodelay(true);
    client.set_read_timeout(wait_limit);
    httplib::Request request;
    request.method = method;
    request.path = target;
    request.headers = std::move(asked.headers);
    request.body = std::move(asked.body);
    if (!request.body.empty() && !asked.type.empty()) {
        request.set_header("Content-Type", asked.type);
    }
    if (asked.with_token) {
        request.set_header("Authorization",
                           "Bearer " + (asked.token.empty() ? admin_ : asked.token));
    }
    const auto answer = client.send(request);
    if (!answer) {
        throw std::runtime_error(method + " " + target +
                                 ": no answer: " + httplib::to_string(answer.error()));
    }
    return {answer->status, answer->headers, answer->body};
}

Answer ApiFixture::send(const std::string& method, const std::string& target,
                        const nlohmann::json& body, httplib::Headers headers) const {
    return ask(method, target, {.body = body.dump(), .headers = std::move(headers)});
}

nlohmann::json ApiFixture::made(const std::string& method, const std::string& target,
                                const nlohmann::json& body) const {
    const Answer answer = send(method, target, body);
    if (answer.status / 100 != 2) {
        throw std::runtime_error(method + " " + target + ": " + answer.body);
    }
    return answer.json();
}

std::string ApiFixture::issue(const nlohmann::json& token) const {
    return made("POST", "/api/api-tokens", token).at("token");
}

}  // namespace threatatlas::testing
