// A server that builds the Merkle tree of an unsigned log listens meanwhile and reports its
// progress.

#include <future>

#include <boost/test/unit_test.hpp>

#include "events/log_sealer.hpp"
#include "events/store/keys.hpp"
#include "projections/audit/verify.hpp"
#include "support/held_server.hpp"
#include "support/made_up_log.hpp"

BOOST_AUTO_TEST_SUITE(server_sealing_test)

using namespace threatatlas;
using namespace threatatlas::audit;
using namespace threatatlas::events;
using namespace threatatlas::ops;
using namespace threatatlas::store;
using namespace threatatlas::testing;
using nlohmann::json;

namespace {

// Long enough for several progress reports: a batch has 16,384 lines.
MadeUpLog long_log() {
    MadeUpLog log = made_up_log();
    for (ThreatId first = 100; first < 40'000; first += 1'000) {
        std::vector<EventData> threats;
        for (ThreatId id = first; id < first + 1'000; ++id) {
            threats.emplace_back(threat(id, Severity::low));
        }
        log.record(1, std::move(threats));
    }
    return log;
}
const MadeUpLog& the_log() {
    static const MadeUpLog log = long_log();
    return log;
}

// A directory whose log was never signed.
struct Sealing : HeldServer {
    Sealing() : HeldServer("sealing", the_log().time()) { import_into(data(), the_log()); }

    void require_sealed() const {
        const Verification verification = verify_projections(*Store::open(data(), {}));
        BOOST_TEST(verification.clean());
        BOOST_TEST(verification.is_signed);
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(server_sealing, Sealing)

BOOST_AUTO_TEST_CASE(progress_is_reported_with_503_until_completion) {
    const Position events = the_log().lines().size();
    start();
    sink.wait_until_reached();
    const auto readiness = get("/readyz");
    BOOST_TEST(readiness.status == 503);
    BOOST_TEST(readiness.get_header_value("Retry-After") == "1");
    const json told = json::parse(readiness.body);
    BOOST_TEST(told.at("status") == "sealing");
    BOOST_TEST(told.at("events") == events);
    BOOST_TEST(told.at("events_done") < events);
    BOOST_TEST(get("/healthz").status == 200);
    for (const std::string path : {"/checkpoint", "/tile/0/000", "/api/proof/root?size=1",
                                   "/api/products/1/security-status"}) {
        BOOST_TEST(get(path, admin).status == 503, path);
    }
    sink.release();
    wait_for(BackendPhase::serving);
    BOOST_TEST(backend->status().done == events);
    BOOST_TEST(get("/readyz").body.starts_with(R"({"status":"ready",)"));
    BOOST_TEST(!gave_up);
    stop();
    require_sealed();
}

BOOST_AUTO_TEST_CASE(progress_never_decreases) {
    start();
    sink.wait_until_reached();
    sink.release();
    Position seen = 0;
    for (BackendStatus status; status.phase != BackendPhase::serving; seen = status.done) {
        status = backend->status();
        BOOST_TEST_REQUIRE(status.done >= seen);
        BOOST_TEST_REQUIRE(status.done <= the_log().lines().size());
    }
    BOOST_TEST(seen == the_log().lines().size());
}

// Whether or not the stop is in time to interrupt the sealing, it is either complete or repeated.
BOOST_AUTO_TEST_CASE(an_interrupted_run_is_completed_at_the_next_start) {
    start();
    sink.wait_until_reached();
    listener->stop();
    thread.join();
    auto stopped = std::async(std::launch::async, [this] { backend->stop(); });
    sink.release();
    stopped.get();
    BOOST_TEST((backend->status().phase == BackendPhase::stopped));
    BOOST_TEST(!gave_up);
    start();
    wait_for(BackendPhase::serving);
    stop();
    require_sealed();
}

// A sealed log is not sealed again.
BOOST_AUTO_TEST_CASE(the_next_start_seals_nothing) {
    sink.release();
    start();
    wait_for(BackendPhase::serving);
    stop();
    const std::string before = sink.text();
    start();
    wait_for(BackendPhase::serving);
    stop();
    BOOST_TEST(sink.text().find(R"("event":"sealing")", before.size()) == std::string::npos);
}

// A rebuild by threatatlas-replay that was killed at various moments.
BOOST_AUTO_TEST_CASE(a_rebuild_that_was_interrupted_is_finished) {
    struct Killed {};
    sink.release();
    start();
    wait_for(BackendPhase::serving);
    stop();
    bool is_over = false;
    for (unsigned moment = 0; !is_over; ++moment) {
        {
            const auto store = Store::open(data(), {});
            unsigned told = 0;
            const auto kill_at_moment = [&](Position, Position) {
                if (told++ == moment) {
                    throw Killed();
                }
            };
            try {
                want_tree_rebuild(*store);
                rebuild_tree(*store, kill_at_moment);
                is_over = true;
            } catch (const Killed&) {
                const auto fault = verify_projections(*store).tree_difference;
                BOOST_TEST_REQUIRE(fault.has_value());
                BOOST_TEST(fault->key == tree_rebuild_key);
            }
        }
        const std::string before = sink.text();
        start();
        wait_for(BackendPhase::serving);
        stop();
        require_sealed();
        BOOST_TEST((sink.text().find(R"("event":"sealing")", before.size()) != std::string::npos) ==
                   !is_over);
        BOOST_TEST((tree_rebuild_state(ReadView(*Store::open(data(), {}))) == TreeRebuild::none));
    }
    // Killed before the tiles were changed.
    want_tree_rebuild(*Store::open(data(), {}));
    BOOST_TEST(verify_projections(*Store::open(data(), {})).clean());
    start();
    wait_for(BackendPhase::serving);
    stop();
    require_sealed();
}

BOOST_AUTO_TEST_CASE(a_log_with_a_gap_ends_the_sealing) {
    {
        const auto store = Store::open(data(), {});
        RowBatch batch(*store);
        batch.erase(Table::events, be64_key(20'000));
        store->write(batch);
    }
    sink.release();
    start();
    wait_for(BackendPhase::broken);
    while (!gave_up) {
        std::this_thread::yield();
    }
    BOOST_TEST(sink.text().find("the line at position 20000 is missing") != std::string::npos,
               sink.text());
    BOOST_TEST(get("/readyz").status == 503);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
