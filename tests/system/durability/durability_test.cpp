// Kills the server with SIGKILL at random moments during continuous writes. Acknowledged writes
// exist exactly once; other writes exist completely or not at all; the store and its projections
// are consistent; and the log extends every checkpoint that was ever served.
#include <cstdlib>
#include <fstream>
#include <random>
#include <sstream>
#include <thread>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "support/full_form.hpp"
#include "support/server_process.hpp"
#include "support/temp_directory.hpp"
#include "system/durability/checkpoint_keeper.hpp"
#include "system/durability/log_witness.hpp"
#include "system/durability/writer.hpp"

namespace threatatlas::testing {

BOOST_AUTO_TEST_SUITE(durability_test)

namespace {

using nlohmann::json;
using std::chrono::microseconds;

constexpr std::size_t writer_count = 8;
constexpr std::size_t product_count = 3;
constexpr std::uint64_t rounds_default = 20;
constexpr std::uint64_t rounds_of_full_form = 50;
constexpr std::uint64_t rounds_between_verifies = 10;
constexpr std::uint64_t rounds_between_false_starts = 5;
constexpr std::size_t retries_a_round = 10;
constexpr microseconds life_max{200'000};
constexpr microseconds false_start_max{60'000};

std::uint64_t number_from_environment(const char* name, std::uint64_t otherwise) {
    const char* text = std::getenv(name);
    return text == nullptr ? otherwise : std::stoull(text);
}

class Torture {
  public:
    explicit Torture(std::uint64_t seed) : random_(seed), server_(directory_ / "data") {
        server_.start();
        for (std::size_t i = 0; i < product_count; ++i) {
            const httplib::Response made =
                server_.ask("POST", "/api/products", R"({"name":"Product"})");
            BOOST_TEST_REQUIRE(made.status == 201, made.body);
            products_.push_back(json::parse(made.body).at("id"));
        }
        token_ = server_.issue_token({{"name", "writer"}, {"role", "editor"}});
        std::string key = server_.ask("GET", "/api/proof/key").body;
        key.pop_back();
        keeper_.emplace(key);
        for (std::size_t i = 0; i < writer_count; ++i) {
            writers_.emplace_back("writer-" + std::to_string(i), products_, random_());
        }
    }

    // Runs the writers and an auditor, and kills the server at a random moment.
    void live_and_die() {
        std::vector<std::thread> threads;
        for (CutOffWriter& writer : writers_) {
            threads.emplace_back(
                [&writer, this] { writer.write_until_cut_off(server_.client(token_)); });
        }
        threads.emplace_back([this] { keeper_->read_until_cut_off(server_.client(token_)); });
        std::this_thread::sleep_for(up_to(life_max));
        server_.kill();
        for (std::thread& thread : threads) {
            thread.join();
        }
    }

    // Kills the server while it starts.
    void false_start() {
        server_.launch();
        std::this_thread::sleep_for(up_to(false_start_max));
        server_.kill();
    }

    void get_up() { server_.start(); }

    void check_promises() {
        witness_.read_on(server_);
        keeper_->hold_against(witness_.tree(), server_, random_);
        BOOST_TEST(keeper_->complaint() == "");
        for (CutOffWriter& writer : writers_) {
            BOOST_TEST(writer.complaint() == "");
            for (Promise& promise : writer.take_promises()) {
                check_kept(promise);
                promises_.push_back(std::move(promise));
            }
            for (const Write& write : writer.take_unknown()) {
                check_all_or_nothing(write);
            }
            if (writer.open_write()) {
                check_all_or_nothing(*writer.open_write());
            }
        }
    }

    // A request repeated with its key gets the first response. That it adds no second event is
    // checked when the log is read.
    void check_retries() {
        httplib::Client client = server_.client(token_);
        for (std::size_t i = 0; i < retries_a_round && !promises_.empty(); ++i) {
            const Promise& promise = promises_[random_() % promises_.size()];
            if (promise.write.idempotency_key.empty()) {
                continue;
            }
            const auto again = send_write(client, promise.write);
            BOOST_TEST_REQUIRE(again.has_value());
            BOOST_TEST(again->status == promise.status);
            BOOST_TEST(again->body == promise.body);
            ++retries_;
        }
    }

    void check_postures() {
        for (const std::uint64_t product : products_) {
            const json answer = json::parse(
                server_.ask("GET", "/api/products/" + std::to_string(product) + "/security-status")
                    .body);
            BOOST_TEST(answer.at("summary").at("total_threats") ==
                       witness_.count(product, "threat.identified"));
            BOOST_TEST(answer.at("summary").at("mitigated_threats") ==
                       witness_.count(product, "threat.status_changed"));
        }
    }

    void check_verify() {
        const ProgramResult result = run_replay({"--data", server_.data(), "verify"});
        BOOST_TEST(result.exit_code == 0, result.out << result.err);
    }

    void check_export() {
        const std::filesystem::path file = directory_ / "export.ndjson";
        const ProgramResult result = run_replay({"--data", server_.data(), "export", "-o", file});
        BOOST_TEST_REQUIRE(result.exit_code == 0, result.err);
        std::ostringstream exported;
        exported << std::ifstream(file).rdbuf();
        BOOST_TEST((exported.str() == witness_.lines()));
    }

    std::size_t promises() const { return promises_.size(); }
    std::size_t retries() const { return retries_; }
    std::size_t checkpoints() const { return keeper_->kept(); }
    ServerProcess& server() { return server_; }

  private:
    void check_kept(const Promise& promise) {
        const LogWitness::Trace trace = witness_.trace_of(promise.write.reason);
        BOOST_TEST_CONTEXT(promise.write.reason) {
            BOOST_TEST(trace.events == promise.write.events);
            BOOST_TEST(trace.last_position == promise.last_position);
        }
    }

    void check_all_or_nothing(const Write& write) {
        const std::size_t events = witness_.trace_of(write.reason).events;
        BOOST_TEST((events == 0 || events == write.events),
                   write.reason << " left " << events << " of " << write.events << " events");
    }

    microseconds up_to(microseconds longest) {
        return microseconds(random_() % static_cast<std::uint64_t>(longest.count()));
    }

    std::mt19937_64 random_;
    TempDirectory directory_;
    ServerProcess server_;
    std::vector<std::uint64_t> products_;
    std::string token_;
    std::vector<CutOffWriter> writers_;
    LogWitness witness_;
    std::optional<CheckpointKeeper> keeper_;
    std::vector<Promise> promises_;
    std::size_t retries_ = 0;
};

BOOST_AUTO_TEST_CASE(no_acknowledged_write_is_lost_or_repeated) {
    const std::uint64_t rounds = number_from_environment(
        "THREATATLAS_TORTURE_ROUNDS", is_full_form() ? rounds_of_full_form : rounds_default);
    const std::uint64_t seed =
        number_from_environment("THREATATLAS_TORTURE_SEED", std::random_device{}());
    BOOST_TEST_MESSAGE(rounds << " rounds, THREATATLAS_TORTURE_SEED=" << seed);

    Torture torture(seed);
    for (std::uint64_t round = 1; round <= rounds; ++round) {
        BOOST_TEST_CONTEXT("round " << round) {
            torture.live_and_die();
            if (round % rounds_between_false_starts == 0) {
                torture.false_start();
            }
            torture.get_up();
            torture.check_promises();
            torture.check_retries();
            torture.check_postures();
            if (round % rounds_between_verifies == 0) {
                torture.check_verify();
            }
        }
    }
    torture.check_promises();
    BOOST_TEST(torture.server().stop() == 0);
    torture.check_verify();
    torture.check_export();
    BOOST_TEST_MESSAGE(torture.promises() << " writes promised and kept, " << torture.retries()
                                          << " asked for again, grown from "
                                          << torture.checkpoints() << " checkpoints");
    BOOST_TEST(torture.promises() > rounds);
    BOOST_TEST(torture.retries() > 0U);
    BOOST_TEST(torture.checkpoints() > rounds);
}

}  // namespace

BOOST_AUTO_TEST_SUITE_END()

}  // namespace threatatlas::testing
