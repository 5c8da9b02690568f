// Severity, likelihood and impact, by section 1 of the contract: request bodies and the resulting
// scores.

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "support/desk.hpp"
#include "support/refused.hpp"

BOOST_AUTO_TEST_SUITE(scoring_test)

using namespace threatatlas;
using namespace threatatlas::commands;
using namespace threatatlas::events;
using namespace threatatlas::projections;
using namespace threatatlas::testing;
namespace data = boost::unit_test::data;

namespace {

struct Case {
    std::string_view before;  // members of the POST
    std::string_view change;  // members of the PATCH; empty = only the POST
    std::string_view after;   // severity, likelihood, impact; or the refused field
};
std::ostream& operator<<(std::ostream& out, const Case& example) {
    return out << "{" << example.before << "} then {" << example.change << "}";
}

constexpr std::array accepted_cases{
    // No scores: unscored.
    Case{"", "", "null null null"}, Case{R"("severity":null)", "", "null null null"},
    Case{R"("severity":null,"likelihood":null,"impact":null)", "", "null null null"},
    // Likelihood and impact: the severity is derived.
    Case{R"("likelihood":5,"impact":4)", "", "critical 5 4"},
    Case{R"("likelihood":4,"impact":3)", "", "high 4 3"},
    Case{R"("likelihood":2,"impact":3)", "", "medium 2 3"},
    Case{R"("likelihood":1,"impact":5)", "", "low 1 5"},
    Case{R"("likelihood":5,"impact":4,"severity":null)", "", "critical 5 4"},
    // A severity that agrees with likelihood and impact.
    Case{R"("severity":"critical","likelihood":5,"impact":5)", "", "critical 5 5"},
    // A severity alone is used as given.
    Case{R"("severity":"low")", "", "low null null"},
    Case{R"("severity":"high","likelihood":null,"impact":null)", "", "high null null"},

    // A PATCH is validated by its result; the severity is derived again.
    Case{R"("likelihood":5,"impact":4)", R"("likelihood":1)", "low 1 4"},
    Case{R"("likelihood":5,"impact":4)", R"("impact":5)", "critical 5 5"},
    Case{R"("likelihood":5,"impact":4)", R"("likelihood":2,"impact":3)", "medium 2 3"},
    Case{R"("likelihood":5,"impact":4)", R"("likelihood":3,"severity":"high")", "high 3 4"},
    Case{"", R"("likelihood":4,"impact":3)", "high 4 3"},
    Case{R"("severity":"low")", R"("likelihood":5,"impact":5)", "critical 5 5"},
    // A severity alone clears likelihood and impact.
    Case{R"("likelihood":5,"impact":4)", R"("severity":"low")", "low null null"},
    Case{R"("likelihood":5,"impact":4)", R"("severity":"critical")", "critical null null"},
    Case{R"("likelihood":5,"impact":4)", R"("severity":null)", "null null null"},
    Case{R"("severity":"low")", R"("severity":null)", "null null null"},
    Case{R"("severity":"low")", R"("severity":"high")", "high null null"},
    // Clearing likelihood and impact also clears the severity derived from them, and nothing else.
    Case{R"("likelihood":5,"impact":4)", R"("likelihood":null,"impact":null)", "null null null"},
    Case{R"("severity":"low")", R"("likelihood":null,"impact":null)", "low null null"},
    Case{R"("severity":"low")", R"("likelihood":null)", "low null null"},
    Case{R"("likelihood":5,"impact":4)", R"("likelihood":null,"impact":null,"severity":"medium")",
         "medium null null"},
    // Changes of other fields keep the scores.
    Case{R"("likelihood":5,"impact":4)", R"("status":"accepted","reason":"r")", "critical 5 4"},
    Case{R"("severity":"low")", R"("comments":"c")", "low null null"}};

constexpr std::array refused_cases{
    Case{R"("likelihood":5)", "", "/impact"},
    Case{R"("impact":5)", "", "/likelihood"},
    Case{R"("impact":5,"severity":"high")", "", "/likelihood"},
    Case{R"("likelihood":5,"impact":4,"severity":"high")", "", "/severity"},
    Case{R"("severity":"low")", R"("likelihood":5)", "/impact"},
    Case{"", R"("impact":5)", "/likelihood"},
    Case{R"("likelihood":5,"impact":4)", R"("likelihood":null)", "/likelihood"},
    Case{R"("likelihood":5,"impact":4)", R"("impact":null)", "/impact"},
    Case{R"("likelihood":5,"impact":4)", R"("likelihood":null,"severity":"low")", "/likelihood"},
    Case{R"("likelihood":5,"impact":4)", R"("likelihood":1,"severity":"critical")", "/severity"},
    Case{R"("severity":"low")", R"("likelihood":5,"impact":5,"severity":"low")", "/severity"}};

std::string body_of_post(std::string_view members) {
    return R"({"name":"T")" + std::string(members.empty() ? "" : ",") + std::string(members) + "}";
}

std::string shown(const nlohmann::json& threat) {
    const auto text = [&](const char* member) {
        const auto& value = threat.at(member);
        return value.is_string() ? value.get<std::string>() : value.dump();
    };
    return text("severity") + " " + text("likelihood") + " " + text("impact");
}

std::string risk_score(const nlohmann::json& threat) {
    const auto& likelihood = threat.at("likelihood");
    const auto& impact = threat.at("impact");
    return likelihood.is_null() ? "null"
                                : std::to_string(likelihood.get<int>() * impact.get<int>());
}

// The response to the PATCH if there is one, otherwise to the POST.
WriteAnswer play(Desk& desk, const Case& example) {
    desk.register_product();
    const auto posted = desk.identify(body_of_post(example.before));
    if (example.change.empty()) {
        return posted;
    }
    return desk.change_threat(1, "{" + std::string(example.change) + "}");
}

}  // namespace

BOOST_DATA_TEST_CASE(the_resulting_scoring_follows_the_contract, data::make(accepted_cases),
                     example) {
    Desk desk;
    const auto threat = body_of(play(desk, example));
    BOOST_TEST(shown(threat) == example.after);
    BOOST_TEST(threat.at("risk_score").dump() == risk_score(threat));
}

BOOST_DATA_TEST_CASE(the_resulting_scoring_can_be_refused, data::make(refused_cases), example) {
    Desk desk;
    check_unacceptable([&] { play(desk, example); }, std::string(example.after));
    // A refused command leaves the threat unchanged.
    const Threat* threat = desk.overlay().threat(1, 1);
    BOOST_TEST((threat != nullptr) == !example.change.empty());
}

BOOST_AUTO_TEST_CASE(the_same_scoring_again_records_nothing) {
    Desk desk;
    desk.register_product();
    desk.identify(R"({"name":"T","likelihood":5,"impact":4})");
    for (const std::string_view same : {R"({"likelihood":5})", R"({"likelihood":5,"impact":4})",
                                        R"({"severity":"critical","likelihood":5})"}) {
        desk.change_threat(1, same);
        BOOST_TEST(desk.types() == "", same);
    }
    // The severity is the same, but likelihood and impact are cleared.
    desk.change_threat(1, R"({"severity":"critical"})");
    BOOST_TEST(desk.types() == "threat.scored");
}

BOOST_AUTO_TEST_CASE(the_rules_apply_within_a_batch) {
    Desk desk;
    desk.register_product();
    desk.bulk(R"({"type":"threat.identified","data":{"name":"T","likelihood":5,"impact":4}})"
              "\n"
              R"({"type":"threat.scored","data":{"threat_id":1,"severity":"low"}})");
    BOOST_CHECK((desk.overlay().threat(1, 1)->scoring ==
                 Scoring{Severity::low, std::nullopt, std::nullopt}));
    check_unacceptable(
        [&] {
            desk.bulk(R"({"type":"threat.scored","data":{"threat_id":1,"severity":"high"}})"
                      "\n"
                      R"({"type":"threat.scored","data":{"threat_id":1,"likelihood":5}})");
        },
        "/1/data/impact");
    BOOST_CHECK(desk.overlay().threat(1, 1)->scoring.severity == Severity::low);
}

BOOST_AUTO_TEST_SUITE_END()
