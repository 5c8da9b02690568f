// A server that rebuilds its projections listens meanwhile and reports its progress.

#include <future>

#include <boost/test/unit_test.hpp>

#include "events/store/keys.hpp"
#include "http/api/api_routes.hpp"
#include "projections/audit/rebuild.hpp"
#include "projections/audit/verify.hpp"
#include "support/held_server.hpp"
#include "support/made_up_log.hpp"

BOOST_AUTO_TEST_SUITE(server_rebuild_test)

using namespace threatatlas;
using namespace threatatlas::audit;
using namespace threatatlas::events;
using namespace threatatlas::ops;
using namespace threatatlas::store;
using namespace threatatlas::testing;
using nlohmann::json;

namespace {

// Long enough for several progress reports.
MadeUpLog long_log() {
    MadeUpLog log = made_up_log();
    for (ThreatId id = 100; id < 3'200; ++id) {
        log.record(1, {threat(id, Severity::low)});
    }
    return log;
}

const MadeUpLog& the_log() {
    static const MadeUpLog log = long_log();
    return log;
}

// A directory whose projections have another version.
struct Rebuilding : HeldServer {
    Rebuilding() : HeldServer("rebuilding", the_log().time()) {
        import_into(data(), log);
        const auto store = Store::open(data(), {});
        RowBatch batch(*store);
        batch.put(Table::meta, projection_stamp_key, "0");
        store->write(batch);
    }

    bool projections_are_clean() const {
        return verify_projections(*Store::open(data(), {})).clean();
    }

    const MadeUpLog& log = the_log();
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(server_rebuild, Rebuilding)

BOOST_AUTO_TEST_CASE(progress_is_reported_with_503_until_completion) {
    const Position events = log.lines().size();
    start();
    sink.wait_until_reached();
    const auto readiness = get("/readyz");
    BOOST_TEST(readiness.status == 503);
    BOOST_TEST(readiness.get_header_value("Retry-After") == "1");
    BOOST_TEST(json::parse(readiness.body) ==
               json({{"status", "rebuilding"}, {"events_done", 0}, {"events", events}}));
    // Routes that need no data work. Nothing is served from an incomplete rebuild, and no token is
    // checked.
    BOOST_TEST(get("/healthz").status == 200);
    BOOST_TEST(get("/openapi.json").status == 200);
    for (const api::Route& route : api::page_routes()) {
        const bool is_file = route.pattern == "/assets/{key}";
        BOOST_TEST(get(std::string(route.pattern)).status == (is_file ? 404 : 200), route.pattern);
    }
    for (const std::string path : {"/api/products", "/api/products/1/security-status",
                                   "/api/events", "/metrics", "/nowhere"}) {
        for (const std::string& token : {std::string(), admin}) {
            const auto answer = get(path, token);
            BOOST_TEST(answer.status == 503, path);
            BOOST_TEST(answer.get_header_value("Content-Type") == "application/problem+json");
            BOOST_TEST(answer.has_header("Retry-After"));
            BOOST_TEST(json::parse(answer.body)
                               .at("detail")
                               .get<std::string>()
                               .find("GET /readyz shows the progress") != std::string::npos,
                       answer.body);
        }
    }
    sink.release();
    wait_for(BackendPhase::serving);
    BOOST_TEST(backend->status().done == events);
    BOOST_TEST(backend->status().to_do == events);
    BOOST_TEST(get("/readyz").status == 200);
    BOOST_TEST(get("/readyz").body.starts_with(R"({"status":"ready",)"));
    BOOST_TEST(get("/api/products/1/security-status").status == 401);
    BOOST_TEST(!gave_up);
    stop();
    BOOST_TEST(projections_are_clean());
}

BOOST_AUTO_TEST_CASE(progress_never_decreases) {
    start();
    sink.wait_until_reached();
    sink.release();
    Position seen = 0;
    for (BackendStatus status; status.phase != BackendPhase::serving; seen = status.done) {
        status = backend->status();
        BOOST_TEST_REQUIRE(status.done >= seen);
        BOOST_TEST_REQUIRE(status.done <= log.lines().size());
    }
    BOOST_TEST(seen == log.lines().size());
}

// Whether or not the stop is in time to interrupt the rebuild, it is either complete or repeated.
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
    BOOST_TEST(projections_are_clean());
}

BOOST_AUTO_TEST_CASE(a_log_that_cannot_be_folded_ends_the_rebuild) {
    {
        const auto store = Store::open(data(), {});
        RowBatch batch(*store);
        batch.put(Table::events, be64_key(7), "garbage");
        store->write(batch);
    }
    sink.release();
    start();
    wait_for(BackendPhase::broken);
    while (!gave_up) {
        std::this_thread::yield();
    }
    BOOST_TEST(
        sink.text().find(R"("event":"cannot_serve","detail":"position 7: )") != std::string::npos,
        sink.text());
    BOOST_TEST(get("/readyz").status == 503);
    BOOST_TEST(get("/api/products", admin).status == 503);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
