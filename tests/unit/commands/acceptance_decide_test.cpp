// Risk acceptances: what may be requested, and who may decide.

#include <boost/test/unit_test.hpp>

#include "events/limits.hpp"
#include "support/desk.hpp"
#include "support/refused.hpp"

BOOST_AUTO_TEST_SUITE(acceptance_decide_test)

using namespace threatatlas;
using namespace threatatlas::base;
using namespace threatatlas::commands;
using namespace threatatlas::events;
using namespace threatatlas::testing;
using enum AcceptanceAction;

namespace {

constexpr TokenId admin = 1;
constexpr TokenId editor = 2;
constexpr TokenId approver = 3;

// A desk with product 1, its two high threats, and three tokens that "system" issued.
struct Office : Product1 {
    Office() : Product1(2) {
        for (const char* const role : {"admin", "editor", "approver"}) {
            issue_token(R"({"name":"N","role":")" + std::string(role) + R"("})",
                        "ta_" + std::string(43, role[0]));
        }
    }

    WriteAnswer run_as(TokenId token, Item item) {
        Command command = about(1, std::move(item));
        command.token_id = token;
        command.actor = "N#" + std::to_string(token);
        return run(std::move(command));
    }
    WriteAnswer request(const std::string& body, TokenId token = editor) {
        return run_as(token, command_json::parse_request_acceptance(body));
    }
    WriteAnswer request_for(const std::string& day, const std::string& rest = "",
                            TokenId token = editor) {
        return request(
            R"({"threat_ids":[1],"justification":"J","valid_until":")" + day + "\"" + rest + "}",
            token);
    }
    WriteAnswer step(AcceptanceAction action, AcceptanceId id = 1, TokenId token = approver,
                     const std::string& body = R"({"note":"N"})") {
        return run_as(token, command_json::parse_step_acceptance(body, id, action));
    }
    WriteAnswer withdraw(AcceptanceId id = 1, TokenId token = editor) {
        return step(AcceptanceAction::withdraw, id, token, "");
    }
    std::string day(int ahead) const {
        return format_day(day_of(next_time()) + std::chrono::days{ahead});
    }
    std::string state_of(AcceptanceId id = 1) {
        const projections::Acceptance& row = *overlay().acceptance(1, id);
        const bool has_threats = !overlay().exposure(1, row.threat_ids.front())->removed;
        return std::string(query::name_of(query::view_of(id, row, time(), has_threats).status));
    }
    std::uint64_t accepted_high() {
        return projections::posture_at(*overlay().product(1), time()).accepted.unmitigated_high();
    }
};

template <class Act>
void check_refused(const Act& act, RefusalKind kind, std::string_view field = {}) {
    try {
        act();
        BOOST_ERROR("accepted");
    } catch (const Refusal& refusal) {
        BOOST_CHECK(refusal.kind() == kind);
        BOOST_TEST(refusal.detail().ends_with('.'), refusal.detail());
        if (!field.empty()) {
            BOOST_REQUIRE(!refusal.errors().empty());
            BOOST_TEST(refusal.errors().front().name == field);
        }
    }
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_request_is_recorded_with_the_severities_of_its_threats) {
    Office office;
    const auto answer = office.request(
        R"({"threat_ids":[2,1],"justification":"J","valid_until":")" + office.day(30) +
        R"(","conditions":"C","reference":"https://example.com/1","on_behalf_of":"Ada"})");
    BOOST_CHECK(answer.result == Result::created);
    BOOST_TEST(answer.location == "/api/products/1/acceptances/1");
    const auto body = body_of(answer);
    BOOST_TEST(body.at("state") == "requested");
    BOOST_TEST(body.at("in_force") == false);
    BOOST_TEST(body.at("threat_ids") == nlohmann::json({1, 2}));
    BOOST_TEST(body.at("requested_severities") == nlohmann::json({"high", "high"}));
    BOOST_TEST(body.at("approved_severities").is_null());
    BOOST_TEST(body.at("valid_until") == office.day(30));
    BOOST_TEST(body.at("requested").at("actor") == "N#2");
    BOOST_TEST(body.at("requested").at("on_behalf_of") == "Ada");
    BOOST_TEST(office.types() == "acceptance.requested");
    BOOST_TEST(office.accepted_high() == 0U);
    BOOST_TEST(office.posture().unmitigated_high() == 2U);
}

BOOST_AUTO_TEST_CASE(an_approved_acceptance_counts_until_it_is_revoked) {
    Office office;
    office.request_for(office.day(30));
    const auto approved = office.step(approve);
    BOOST_CHECK(approved.result == Result::ok);
    BOOST_TEST(body_of(approved).at("state") == "approved");
    BOOST_TEST(body_of(approved).at("in_force") == true);
    BOOST_TEST(body_of(approved).at("assurance") == "tokens");
    BOOST_TEST(body_of(approved).at("decided").at("note") == "N");
    BOOST_TEST(office.accepted_high() == 1U);
    // All threats are still there.
    BOOST_TEST(office.posture().unmitigated_high() == 2U);
    BOOST_TEST(body_of(office.change_threat(1, R"({"name":"X"})")).at("acceptance_ids") ==
               nlohmann::json({1}));

    BOOST_TEST(body_of(office.step(revoke)).at("state") == "revoked");
    BOOST_TEST(office.accepted_high() == 0U);
    BOOST_TEST(!body_of(office.change_threat(1, R"({"name":"Y"})")).contains("acceptance_ids"));
}

BOOST_AUTO_TEST_CASE(two_pairs_of_eyes_decide) {
    Office office;
    office.request_for(office.day(30), R"(,"on_behalf_of":"Ada")", admin);
    const std::string by_ada = R"({"note":"N","on_behalf_of":"Ada"})";
    for (const AcceptanceAction action : {approve, reject}) {
        check_refused([&] { office.step(action, 1, admin); }, RefusalKind::forbidden);
        check_refused([&] { office.step(action, 1, approver, by_ada); }, RefusalKind::forbidden);
    }
    // Only the requester withdraws.
    check_refused([&] { office.withdraw(1, editor); }, RefusalKind::forbidden);
    office.step(approve, 1, approver, R"({"on_behalf_of":"Grace"})");
    BOOST_TEST(office.state_of() == "approved");
}

BOOST_AUTO_TEST_CASE(a_token_that_the_requester_has_issued_does_not_decide) {
    Office office;
    Command issue =
        Desk::about(0, command_json::parse_issue_token(R"({"name":"second","role":"approver"})"));
    std::get<IssueToken>(issue.items.front().change).secret = "ta_" + std::string(43, 's');
    issue.token_id = admin;
    issue.actor = "N#1";
    office.run(std::move(issue));
    office.request_for(office.day(30), "", admin);
    check_refused([&] { office.step(approve, 1, 4); }, RefusalKind::forbidden);
    office.step(approve);
    BOOST_TEST(office.state_of() == "approved");
}

BOOST_AUTO_TEST_CASE(a_decision_is_made_once) {
    Office office;
    for (int i = 0; i < 3; ++i) {
        office.request_for(office.day(30));
    }
    office.step(approve, 1);
    office.step(reject, 2);
    office.withdraw(3);
    BOOST_TEST(office.state_of(2) == "rejected");
    BOOST_TEST(office.state_of(3) == "withdrawn");
    for (const AcceptanceId id : {1, 2, 3}) {
        check_refused([&] { office.step(approve, id); }, RefusalKind::conflict);
        check_refused([&] { office.step(reject, id); }, RefusalKind::conflict);
        check_refused([&] { office.withdraw(id); }, RefusalKind::conflict);
    }
    check_refused([&] { office.step(revoke, 2); }, RefusalKind::conflict);
    office.step(revoke, 1);
    check_refused([&] { office.step(revoke, 1); }, RefusalKind::conflict);
    check_refused([&] { office.step(approve, 4); }, RefusalKind::not_found);
}

BOOST_AUTO_TEST_CASE(the_last_day_is_at_most_a_year_ahead) {
    Office office;
    for (const char* const day : {"2023-11-13", "1970-01-01", "2024-11-15", "9999-12-31"}) {
        check_refused([&] { office.request_for(day); }, RefusalKind::unacceptable, "/valid_until");
    }
    office.request_for(office.day(0));
    office.request_for(office.day(366));
    BOOST_TEST(office.state_of(2) == "requested");
}

BOOST_AUTO_TEST_CASE(time_alone_ends_requests_and_acceptances) {
    Office office;
    office.request_for(office.day(1));
    office.request_for(office.day(1));
    office.step(approve, 1);
    BOOST_TEST(office.accepted_high() == 1U);
    office.set_time(end_of(day_of(office.time()) + std::chrono::days{1}));
    BOOST_TEST(office.state_of(1) == "expired");
    BOOST_TEST(office.state_of(2) == "lapsed");
    BOOST_TEST(office.accepted_high() == 0U);
    check_refused([&] { office.step(approve, 2); }, RefusalKind::conflict);
    check_refused([&] { office.step(revoke, 1); }, RefusalKind::conflict);
    check_refused([&] { office.request_for(office.day(5), R"(,"replaces":1)"); },
                  RefusalKind::unacceptable, "/replaces");
    office.step(reject, 2);
    BOOST_TEST(office.state_of(2) == "rejected");
}

BOOST_AUTO_TEST_CASE(threats_that_change_meanwhile) {
    Office office;
    office.request_for(office.day(30));
    office.change_threat(1, R"({"severity":"critical"})");
    check_refused([&] { office.step(approve); }, RefusalKind::conflict);
    office.change_threat(1, R"({"severity":null})");
    check_refused([&] { office.step(approve); }, RefusalKind::conflict);
    office.change_threat(1, R"({"severity":"medium"})");
    BOOST_TEST(body_of(office.step(approve)).at("approved_severities") ==
               nlohmann::json({"medium"}));
    office.change_threat(1, R"({"severity":"high"})");
    BOOST_TEST(office.state_of() == "suspended");
    office.change_threat(1, R"({"severity":"low"})");
    BOOST_TEST(office.state_of() == "approved");
    office.remove_threat(1);
    BOOST_TEST(office.state_of() == "moot");

    office.request(R"({"threat_ids":[2],"justification":"J","valid_until":")" + office.day(3) +
                   "\"}");
    office.remove_threat(2);
    check_refused([&] { office.step(approve, 2); }, RefusalKind::conflict);
}

BOOST_AUTO_TEST_CASE(compensating_controls_hold_it_up) {
    Office office;
    office.propose(R"({"name":"M","status":"implemented","threat_ids":[2]})");
    office.request_for(office.day(30), R"(,"while_mitigations":[1])");
    office.step(approve);
    BOOST_TEST(office.accepted_high() == 1U);
    office.change_mitigation(1, R"({"status":"retired"})");
    BOOST_TEST(office.state_of() == "suspended");
    BOOST_TEST(office.accepted_high() == 0U);
    office.change_mitigation(1, R"({"status":"verified"})");
    BOOST_TEST(office.state_of() == "approved");
    office.remove_mitigation(1);
    BOOST_TEST(office.state_of() == "suspended");
    check_refused([&] { office.request_for(office.day(30), R"(,"while_mitigations":[1])"); },
                  RefusalKind::unacceptable, "/while_mitigations");
}

BOOST_AUTO_TEST_CASE(an_acceptance_replaces_another_when_it_is_approved) {
    Office office;
    office.request_for(office.day(10));
    check_refused([&] { office.request_for(office.day(30), R"(,"replaces":1)"); },
                  RefusalKind::unacceptable, "/replaces");
    office.step(approve, 1);
    office.request_for(office.day(30), R"(,"replaces":1)");
    BOOST_TEST(office.state_of(1) == "approved");
    BOOST_TEST(body_of(office.step(approve, 2)).at("replaces") == 1);
    BOOST_TEST(office.types() == "acceptance.approved");
    BOOST_TEST(office.state_of(1) == "replaced");
    BOOST_TEST(office.state_of(2) == "approved");
    BOOST_TEST(office.accepted_high() == 1U);
}

BOOST_AUTO_TEST_CASE(a_request_says_what_is_wrong_with_it) {
    Office office;
    const auto check_body = [&](const std::string& body, std::string_view field) {
        check_refused([&] { office.request(body); }, RefusalKind::unacceptable, field);
    };
    const std::string day = office.day(30);
    check_body(R"({"justification":"J","valid_until":")" + day + "\"}", "/threat_ids");
    check_body(R"({"threat_ids":[],"justification":"J","valid_until":")" + day + "\"}",
               "/threat_ids");
    check_body(R"({"threat_ids":[9],"justification":"J","valid_until":")" + day + "\"}",
               "/threat_ids");
    check_body(R"({"threat_ids":[1],"valid_until":")" + day + "\"}", "/justification");
    check_body(R"({"threat_ids":[1],"justification":" ","valid_until":")" + day + "\"}",
               "/justification");
    check_body(R"({"threat_ids":[1],"justification":"J"})", "/valid_until");
    check_body(R"({"threat_ids":[1],"justification":"J","valid_until":"2024-02-30"})",
               "/valid_until");
    check_body(R"({"threat_ids":[1],"justification":"J","valid_until":"2024-02-01T00:00:00Z"})",
               "/valid_until");
    check_refused([&] { office.step(reject, 1, approver, ""); }, RefusalKind::unacceptable,
                  "/note");
    BOOST_TEST(office.next_position() == 7U);
}

BOOST_AUTO_TEST_SUITE_END()
