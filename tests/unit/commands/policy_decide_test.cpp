// Policies: their definition, removal and assignment, reviews, and what they allow to accept.

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include "commands/command_cost.hpp"
#include "commands/json/policy_json.hpp"
#include "events/limits.hpp"
#include "support/desk.hpp"
#include "support/refused.hpp"

BOOST_AUTO_TEST_SUITE(policy_decide_test)

using namespace threatatlas;
using namespace threatatlas::base;
using namespace threatatlas::commands;
using namespace threatatlas::events;
using namespace threatatlas::testing;

namespace {

const std::string rules = R"("rules":[{"rule":"max_unscored","limit":0}])";
const std::string strict = R"({"title":"Strict",)" + rules + "}";
const std::string lax = R"({"title":"Lax","rules":[{"rule":"max_unscored","limit":5}]})";

// A desk with products 1 and 2.
struct PolicyDesk : Product1 {
    PolicyDesk() : Product1(1) { register_product(R"({"name":"Q"})"); }

    WriteAnswer define(const std::string& name, const std::string& body) {
        return run(about(0, command_json::parse_define_policy(body, name)));
    }
    WriteAnswer remove(const std::string& name) {
        return run(about(0, item_of(RemovePolicy{name}), AnswerForm::nothing));
    }
    WriteAnswer assign(const std::string& body, ProductId product = 1) {
        return run(about(product, command_json::parse_assign_policy(body)));
    }
    WriteAnswer review(const std::string& body = "", ProductId product = 1) {
        return run(about(product, command_json::parse_review(body)));
    }
    WriteAnswer accept_until(int days) {
        return run(about(1, command_json::parse_request_acceptance(fmt::format(
                                R"({{"threat_ids":[1],"justification":"J","valid_until":"{}"}})",
                                format_day(day_of(next_time()) + std::chrono::days{days})))));
    }
    const projections::PolicyAssignment& policy_of(ProductId product) {
        return overlay().product(product)->policy;
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(desk, PolicyDesk)

BOOST_AUTO_TEST_CASE(a_definition_is_recorded_as_a_whole) {
    const auto first = define("web", strict);
    BOOST_CHECK(first.result == Result::created);
    BOOST_TEST(first.location == "/api/policies/web");
    BOOST_TEST(types() == "policy.defined");
    BOOST_TEST(events().at(0).product_id == 0U);
    const auto body = body_of(first);
    BOOST_TEST(body.at("name") == "web");
    BOOST_TEST(body.at("version") == 1);
    BOOST_TEST(body.at("title") == "Strict");
    BOOST_TEST(body.at("rules").dump() == R"([{"limit":0,"mode":"fail","rule":"max_unscored"}])");
    BOOST_TEST(body.at("acceptances").dump() == R"({"honoured":true})");
    BOOST_TEST(body.at("defined_by") == "system");
    BOOST_TEST(body.at("defined_at") == format_instant(time()));

    const auto second = define("web", lax);
    BOOST_CHECK(second.result == Result::ok);
    BOOST_TEST(types() == "policy.defined");
    BOOST_TEST(body_of(second).at("version") == 2);
    BOOST_TEST(body_of(second).at("title") == "Lax");
    BOOST_TEST(overlay().policy_count() == 1U);
}

BOOST_AUTO_TEST_CASE(the_current_definition_is_not_recorded_again) {
    define("web", strict);
    const Position next = next_position();
    const auto again = define("web", R"({"description":null,"acceptances":{"max_days":null},)"
                                     R"("effective_from":null,"title":"Strict",)"
                                     R"("rules":[{"limit":0,"mode":null,"severity":null,)"
                                     R"("rule":"max_unscored"}]})");
    BOOST_CHECK(again.result == Result::ok);
    BOOST_TEST(body_of(again).at("version") == 1);
    BOOST_TEST(types() == "");
    BOOST_TEST(next_position() == next);
    // A reason would be lost.
    BOOST_CHECK(kind_of([&] {
                    define("web", R"({"title":"Strict","reason":"R",)" + rules + "}");
                }) == RefusalKind::unacceptable);
    // Another policy with this definition is another one.
    BOOST_CHECK(define("api", strict).result == Result::created);
}

BOOST_AUTO_TEST_CASE(each_part_of_a_definition_makes_a_version) {
    std::uint64_t version = 0;
    for (const std::string& body :
         {R"({"title":"T",)" + rules + "}", R"({"title":"T","description":"D",)" + rules + "}",
          R"({"title":"T",)" + rules + R"(,"acceptances":{"max_days":30}})",
          R"({"title":"T",)" + rules + R"(,"acceptances":{"honoured":false}})",
          R"({"title":"T",)" + rules + R"(,"effective_from":"2027-01-31"})",
          std::string(R"({"title":"T","rules":[{"rule":"max_unscored","limit":1}]})"),
          std::string(R"({"title":"T","rules":[{"rule":"max_unscored","limit":1,"mode":"warn"}]})"),
          std::string(R"({"title":"T","rules":[{"rule":"max_accepted","limit":1}]})")}) {
        BOOST_TEST(body_of(define("web", body)).at("version") == ++version, body);
    }
}

BOOST_AUTO_TEST_CASE(versions_continue_after_a_removal) {
    define("web", strict);
    define("web", lax);
    remove("web");
    BOOST_TEST(types() == "policy.removed");
    BOOST_TEST(overlay().policy_count() == 0U);
    BOOST_CHECK(kind_of([&] { remove("web"); }) == RefusalKind::not_found);
    const auto again = define("web", lax);
    BOOST_CHECK(again.result == Result::created);
    BOOST_TEST(types() == "policy.defined");
    BOOST_TEST(body_of(again).at("version") == 3);
    BOOST_TEST(overlay().policy_count() == 1U);
}

BOOST_AUTO_TEST_CASE(a_policy_that_a_live_product_has_is_not_removed) {
    define("web", strict);
    define("we", strict);
    BOOST_CHECK(kind_of([&] { remove("other"); }) == RefusalKind::not_found);
    assign(R"({"policy":"web"})", 1);
    assign(R"({"policy":"web","enforced":true})", 2);
    BOOST_CHECK(kind_of([&] { remove("web"); }) == RefusalKind::conflict);
    assign(R"({"policy":null})", 1);
    BOOST_CHECK(kind_of([&] { remove("web"); }) == RefusalKind::conflict);
    // The beginning of another name is another name.
    remove("we");
    // Also if the assignments are in the store, and if only their enforcement changes.
    write_group();
    assign(R"({"policy":"web"})", 2);
    BOOST_CHECK(kind_of([&] { remove("web"); }) == RefusalKind::conflict);
    write_group();
    BOOST_CHECK(kind_of([&] { remove("web"); }) == RefusalKind::conflict);
    assign(R"({"policy":null})", 2);
    remove("web");
    BOOST_TEST(types() == "policy.removed");
}

BOOST_AUTO_TEST_CASE(a_policy_that_only_archived_products_have_is_removed) {
    define("web", strict);
    assign(R"({"policy":"web","enforced":true})");
    write_group();
    archive_product();
    remove("web");
    BOOST_TEST(types() == "policy.removed");
    BOOST_TEST(policy_of(1).name == "web");
}

BOOST_AUTO_TEST_CASE(a_product_is_given_a_policy) {
    define("web", strict);
    define("api", strict);
    const auto answer = assign(R"({"policy":"web","enforced":true,"reason":"R"})");
    BOOST_CHECK(answer.result == Result::ok);
    BOOST_TEST(types() == "product.policy_assigned");
    BOOST_TEST(events().at(0).reason == "R");
    BOOST_TEST(body_of(answer).at("policy").dump() == R"({"enforced":true,"name":"web"})");
    // The same again is not recorded.
    const Position next = next_position();
    BOOST_CHECK(assign(R"({"policy":"web","enforced":true})").result == Result::ok);
    BOOST_TEST(next_position() == next);
    // Left out, it is not enforced.
    BOOST_TEST(body_of(assign(R"({"policy":"web"})")).at("policy").at("enforced") == false);
    BOOST_TEST(types() == "product.policy_assigned");
    BOOST_TEST(body_of(assign(R"({"policy":"api"})")).at("policy").at("name") == "api");
    BOOST_TEST(!body_of(assign(R"({"policy":null})")).contains("policy"));
    BOOST_TEST(types() == "product.policy_assigned");
    assign(R"({"policy":null})");
    BOOST_TEST(types() == "");
}

BOOST_AUTO_TEST_CASE(an_assignment_says_what_is_wrong_with_it) {
    define("web", strict);
    define("gone", strict);
    remove("gone");
    check_unacceptable([&] { assign(R"({"policy":"other"})"); }, "/policy");
    check_unacceptable([&] { assign(R"({"policy":"gone"})"); }, "/policy");
    check_unacceptable([&] { assign(R"({"policy":"none"})"); }, "/policy");
    check_unacceptable([&] { assign(R"({"policy":7})"); }, "/policy");
    check_unacceptable([&] { assign("{}"); }, "/policy");
    check_unacceptable([&] { assign(R"({"enforced":true})"); }, "/policy");
    check_unacceptable([&] { assign(R"({"policy":null,"enforced":true})"); }, "/enforced");
    check_unacceptable([&] { assign(R"({"policy":"web","enforced":1})"); }, "/enforced");
    check_unacceptable([&] { assign(R"({"policy":"web","rules":[]})"); }, "/rules");
    BOOST_TEST(policy_of(1).name == "");
    archive_product(2);
    BOOST_CHECK(kind_of([&] { assign(R"({"policy":"web"})", 2); }) == RefusalKind::not_found);
    BOOST_CHECK(kind_of([&] { assign(R"({"policy":"web"})", 3); }) == RefusalKind::not_found);
}

BOOST_AUTO_TEST_CASE(every_review_is_recorded) {
    const auto first = review(R"({"note":"Still right","on_behalf_of":"Ada"})");
    BOOST_CHECK(first.result == Result::ok);
    BOOST_TEST(types() == "product.reviewed");
    BOOST_TEST(std::get<ProductReviewed>(events().at(0).data).note == "Still right");
    BOOST_TEST(events().at(0).on_behalf_of == "Ada");
    BOOST_TEST(body_of(first).at("reviewed_at") == format_instant(time()));
    const auto second = review();
    BOOST_TEST(types() == "product.reviewed");
    BOOST_TEST(body_of(second).at("reviewed_at") == format_instant(time()));
    check_unacceptable([&] { review(R"({"note":7})"); }, "/note");
    check_unacceptable([&] { review(R"({"note":")" + std::string(1'001, 'x') + "\"}"); }, "/note");
    archive_product();
    BOOST_CHECK(kind_of([&] { review(); }) == RefusalKind::not_found);
}

BOOST_AUTO_TEST_CASE(a_policy_limits_how_long_risks_are_accepted) {
    define("web", R"({"title":"T",)" + rules + R"(,"acceptances":{"max_days":30}})");
    BOOST_CHECK(accept_until(31).result == Result::created);
    assign(R"({"policy":"web"})");
    BOOST_CHECK(accept_until(30).result == Result::created);
    check_unacceptable([&] { accept_until(31); }, "/valid_until");
    // A new version counts from then on, and so does another policy.
    define("web", R"({"title":"T",)" + rules + R"(,"acceptances":{"max_days":3}})");
    check_unacceptable([&] { accept_until(4); }, "/valid_until");
    BOOST_CHECK(accept_until(3).result == Result::created);
    define("web", strict);
    BOOST_CHECK(accept_until(366).result == Result::created);
    define("api", R"({"title":"T",)" + rules + R"(,"acceptances":{"max_days":1}})");
    BOOST_CHECK(accept_until(2).result == Result::created);
    assign(R"({"policy":"api"})");
    check_unacceptable([&] { accept_until(2); }, "/valid_until");
    assign(R"({"policy":null})");
    BOOST_CHECK(accept_until(2).result == Result::created);
}

BOOST_AUTO_TEST_CASE(there_are_at_most_a_thousand_policies) {
    for (std::size_t i = 0; i < events::limits::policies_max; ++i) {
        define(fmt::format("p{}", i), strict);
    }
    BOOST_CHECK(kind_of([&] { define("more", strict); }) == RefusalKind::conflict);
    write_group();
    BOOST_CHECK(kind_of([&] { define("more", strict); }) == RefusalKind::conflict);
    // Those that are there can be changed, and removed ones do not count.
    BOOST_TEST(body_of(define("p7", lax)).at("version") == 2);
    remove("p8");
    BOOST_CHECK(define("more", strict).result == Result::created);
    BOOST_CHECK(kind_of([&] { define("p8", strict); }) == RefusalKind::conflict);
}

BOOST_AUTO_TEST_CASE(a_refused_change_leaves_no_trace) {
    define("web", strict);
    write_group();
    Command both = about(1, command_json::parse_assign_policy(R"({"policy":"web"})"));
    both.items.push_back(command_json::parse_assign_policy(R"({"policy":"other"})"));
    BOOST_CHECK(kind_of([&] { run(both); }) == RefusalKind::unacceptable);
    BOOST_TEST(!has_changes());
    remove("web");
}

BOOST_AUTO_TEST_CASE(the_cost_of_a_policy_does_not_depend_on_its_products) {
    define("web", strict);
    for (ProductId product = 3; product < 20; ++product) {
        register_product();
        assign(R"({"policy":"web"})", product);
    }
    const auto cost = [&](Change change, ProductId product) {
        return cost_of(overlay(), about(product, item_of(std::move(change)))).rows;
    };
    const std::size_t of_definition =
        cost(command_json::parse_define_policy(strict, "web").change, 0);
    BOOST_TEST(of_definition == cost(command_json::parse_define_policy(lax, "new").change, 0));
    BOOST_TEST(cost(RemovePolicy{"web"}, 0) == of_definition);
    BOOST_TEST(cost(AssignPolicy{"web", true}, 1) == cost(ReviewProduct{}, 1));
    BOOST_TEST(of_definition < 20U);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
