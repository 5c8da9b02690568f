// Commands about tokens, and commands whose token is no longer valid.

#include <boost/test/unit_test.hpp>

#include "base/digest.hpp"
#include "commands/decide.hpp"
#include "projections/access.hpp"
#include "support/desk.hpp"
#include "support/refused.hpp"

BOOST_AUTO_TEST_SUITE(decide_tokens_test)

using namespace threatatlas;
using namespace threatatlas::base;
using namespace threatatlas::command_json;
using namespace threatatlas::commands;
using namespace threatatlas::events;
using namespace threatatlas::testing;

BOOST_AUTO_TEST_CASE(a_secret_is_answered_once_and_never_recorded) {
    Desk desk;
    const std::string secret = "ta_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ";
    const auto answer = desk.issue_token(R"({"name":"ci","role":"gate"})", secret);
    BOOST_CHECK(answer.result == Result::created);
    BOOST_TEST(answer.location == "/api/api-tokens/1");
    BOOST_TEST(body_of(answer).at("token") == secret);
    BOOST_TEST(body_of(answer).at("id") == 1);
    BOOST_TEST(desk.types() == "token.issued");
    BOOST_TEST(desk.lines().at(0).find(secret) == std::string::npos);
    const auto issued = std::get<TokenIssued>(desk.events().at(0).data);
    BOOST_TEST(secret.starts_with(issued.prefix));
    BOOST_TEST(issued.prefix.size() < 12U);
    BOOST_TEST(issued.sha256 == hex_of(sha256(secret)));
    BOOST_TEST(desk.events().at(0).product_id == 0U);
}

BOOST_AUTO_TEST_CASE(a_token_needs_existing_products_and_a_future_expiry) {
    Product1 desk;
    check_unacceptable(
        [&] { desk.issue_token(R"({"name":"ci","role":"gate","product_ids":[1,2]})"); },
        "/product_ids");
    const auto expiring = [&](Instant at) {
        return R"({"name":"ci","role":"gate","expires_at":")" + format_instant(at) + "\"}";
    };
    check_unacceptable([&] { desk.issue_token(expiring(desk.time())); }, "/expires_at");
    desk.issue_token(expiring(desk.time() + std::chrono::hours{1}));
    desk.issue_token(R"({"name":"ci","role":"gate","product_ids":[1]})");
    BOOST_CHECK(desk.overlay().token(2)->product_ids == std::vector<ProductId>{1});
}

BOOST_AUTO_TEST_CASE(the_last_live_admin_stays) {
    Desk desk;
    desk.issue_token(R"({"name":"a","role":"admin"})");
    desk.issue_token(R"({"name":"e","role":"editor"})");
    BOOST_CHECK(kind_of([&] { desk.revoke_token(1); }) == RefusalKind::conflict);
    // An expired admin token does not count.
    desk.issue_token(R"({"name":"b","role":"admin","expires_at":")" +
                     format_instant(desk.time() + std::chrono::hours{1}) + "\"}");
    desk.write_group();
    desk.set_time(desk.time() + std::chrono::hours{2});
    BOOST_CHECK(kind_of([&] { desk.revoke_token(1); }) == RefusalKind::conflict);
    // The expired token itself can be revoked.
    desk.revoke_token(3);
    desk.issue_token(R"({"name":"c","role":"admin"})");
    desk.revoke_token(1);
    BOOST_TEST(desk.types() == "token.revoked");
    BOOST_CHECK(kind_of([&] { desk.revoke_token(4); }) == RefusalKind::conflict);
    desk.revoke_token(2);
}

BOOST_AUTO_TEST_CASE(an_admin_token_can_be_revoked_only_if_another_lasts_as_long) {
    Desk desk;
    const Instant soon = desk.time() + std::chrono::hours{1};
    const auto issue_admin = [&](std::optional<Instant> end) {
        desk.issue_token(end ? R"({"name":"a","role":"admin","expires_at":")" +
                                   format_instant(*end) + "\"}"
                             : R"({"name":"a","role":"admin"})");
    };
    const auto refused_to_revoke = [&](TokenId id) {
        const auto refusal = refused([&] { desk.revoke_token(id); });
        BOOST_REQUIRE(refusal);
        BOOST_CHECK(refusal->kind() == RefusalKind::conflict);
        return refusal->detail();
    };
    issue_admin(std::nullopt);
    issue_admin(soon);
    // Token 2 expires; after that, no token could issue others.
    BOOST_TEST(refused_to_revoke(1).find(format_instant(soon)) != std::string::npos);
    desk.revoke_token(2);
    issue_admin(std::nullopt);
    desk.revoke_token(1);
    BOOST_TEST(refused_to_revoke(3).find("last live admin") != std::string::npos);
}

// Such a log can exist after an import.
BOOST_AUTO_TEST_CASE(admin_tokens_that_all_end_can_be_followed_by_later_ones) {
    Desk desk;
    const Instant soon = desk.time() + std::chrono::hours{1};
    const auto issue_admin = [&](Instant end) {
        desk.issue_token(R"({"name":"a","role":"admin","expires_at":")" + format_instant(end) +
                         "\"}");
    };
    issue_admin(soon);
    issue_admin(soon - std::chrono::seconds{1});
    BOOST_CHECK(kind_of([&] { desk.revoke_token(1); }) == RefusalKind::conflict);
    desk.revoke_token(2);
    issue_admin(soon);
    desk.revoke_token(1);
    issue_admin(soon + std::chrono::hours{1});
    desk.revoke_token(3);
    desk.issue_token(R"({"name":"a","role":"admin"})");
    desk.revoke_token(4);
}

BOOST_AUTO_TEST_CASE(a_token_is_revoked_once_and_its_id_not_reused) {
    Desk desk;
    desk.issue_token(R"({"name":"a","role":"gate"})");
    BOOST_CHECK(desk.revoke_token(1).result == Result::no_content);
    BOOST_CHECK(kind_of([&] { desk.revoke_token(1); }) == RefusalKind::not_found);
    BOOST_CHECK(kind_of([&] { desk.revoke_token(2); }) == RefusalKind::not_found);
    desk.write_group();
    BOOST_TEST(desk.issue_token(R"({"name":"a","role":"gate"})").location == "/api/api-tokens/2");
}

// A token can be revoked or expire while its command is queued.
BOOST_AUTO_TEST_CASE(a_command_needs_a_live_token) {
    Product1 desk;
    desk.issue_token(R"({"name":"e","role":"editor"})");
    desk.issue_token(R"({"name":"f","role":"editor","expires_at":")" +
                     format_instant(desk.time() + std::chrono::hours{1}) + "\"}");
    const auto write_as = [&](TokenId token) {
        Command command = Desk::about(1, parse_identify_threat(R"({"name":"T"})"));
        command.token_id = token;
        command.actor = "e#" + std::to_string(token);
        return desk.run(command);
    };
    write_as(1);
    BOOST_TEST(desk.events().at(0).actor == "e#1");
    write_as(2);
    desk.revoke_token(1);
    BOOST_CHECK(kind_of([&] { write_as(1); }) == RefusalKind::unauthorized);
    desk.set_time(desk.time() + std::chrono::hours{2});
    BOOST_CHECK(kind_of([&] { write_as(2); }) == RefusalKind::unauthorized);
    BOOST_CHECK(kind_of([&] { write_as(3); }) == RefusalKind::unauthorized);
}

BOOST_AUTO_TEST_SUITE_END()
