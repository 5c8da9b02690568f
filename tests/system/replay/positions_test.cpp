// At a position, days and policies are judged as they were when the log ended there.
#include <boost/test/unit_test.hpp>

#include "support/replay_fixture.hpp"

BOOST_AUTO_TEST_SUITE(positions_test)

using namespace threatatlas;
using namespace threatatlas::events;
using namespace threatatlas::testing;

namespace {

constexpr std::string_view last_day = "2026-06-30";

// Product 1 has an accepted critical threat. After the end of the last day there are events of
// product 2 alone.
struct Fixture {
    Fixture() {
        log.record(1, {product_named("Shop")});
        log.record(1, {threat(1, Severity::critical)});
        log.record(1, {acceptance_requested(1, {1})});
        log.record(1, {AcceptanceApproved{1, {Severity::critical}, {}, ""}});
        log.record(0, {policy_defined("web", 1, 1)});
        log.record(1, {PolicyAssigned{"web", true}});
        assigned = log.lines().size();
        log.record(0, {policy_defined("web", 2, 0)});
        redefined = log.lines().size();
        log.record(2, {product_named("Other")});
        for (ThreatId id = 1; base::day_of(log.time()) <= base::parse_day(last_day).value();
             id += 2) {
            before_midnight = log.lines().size();
            log.record(2, {threat(id, Severity::low), threat(id + 1, Severity::low)});
        }
        import_into(directory / "data", log);
    }

    nlohmann::json gate(Position position, const std::vector<std::string>& options = {}) const {
        std::vector<std::string> arguments{
            "--data",        directory / "data",      "gate", "--product", "1",
            "--at-position", std::to_string(position)};
        arguments.insert(arguments.end(), options.begin(), options.end());
        const ProgramResult result = run_replay(arguments);
        BOOST_TEST_REQUIRE(result.exit_code < 2, result.err);
        return nlohmann::json::parse(result.out);
    }

    MadeUpLog log{1, base::parse_instant("2026-06-30T23:40:00Z").value()};
    Position assigned = 0;
    Position redefined = 0;
    Position before_midnight = 0;  // the last one on the last day
    TempDirectory directory;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(positions, Fixture)

BOOST_AUTO_TEST_CASE(acceptances_end_with_the_day_of_the_position) {
    const std::vector<std::string> options{"--fail-on-critical", "--policy", "web"};
    for (const Position position : {redefined, before_midnight}) {
        BOOST_TEST(gate(position, options)["pass"] == true);
        BOOST_TEST(gate(position, options)["acceptances"]["in_force"] == 1);
        BOOST_TEST(gate(position, options)["policy"]["fails_on"] == "2026-07-01");
    }
    const auto next_day = gate(log.lines().size(), options);
    BOOST_TEST(next_day["pass"] == false);
    BOOST_TEST(next_day["acceptances"]["in_force"] == 0);
    BOOST_TEST(next_day["failures"].size() == 2U);
}

BOOST_AUTO_TEST_CASE(policies_have_the_version_of_the_position) {
    BOOST_TEST(gate(assigned)["policy"]["version"] == 1);
    BOOST_TEST(gate(redefined)["policy"]["version"] == 2);
    BOOST_TEST(!gate(assigned - 1).contains("policy"));
}

BOOST_AUTO_TEST_CASE(a_policy_that_was_not_defined_yet_is_refused) {
    const ProgramResult refused = run_replay({"--data", directory / "data", "gate", "--product",
                                              "1", "--at-position", "4", "--policy", "web"});
    BOOST_TEST(refused.exit_code == 2);
    BOOST_TEST(refused.err.find("There is no policy web at that time") != std::string::npos,
               refused.err);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
