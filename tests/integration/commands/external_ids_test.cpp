// No two live products ever have the same external_id, regardless of the commands and their timing.

#include <atomic>
#include <thread>

#include "support/refused.hpp"
#include "support/sequencer_fixture.hpp"

BOOST_AUTO_TEST_SUITE(external_ids_test)

using namespace threatatlas;
using namespace threatatlas::command_json;
using namespace threatatlas::commands;
using namespace threatatlas::query;
using namespace threatatlas::store;
using namespace threatatlas::testing;

namespace {

std::string described(std::string_view external_id) {
    return R"({"type":"product.described","data":{"external_id":")" + std::string(external_id) +
           "\"}}\n";
}

Command registration(std::string_view external_id) {
    return Desk::about(0, parse_register_product(R"({"name":"P","external_id":")" +
                                                 std::string(external_id) + "\"}"));
}

Command ensuring(std::string_view external_id, std::string_view body = "") {
    return Desk::about(0, parse_ensure_product(body, external_id));
}

// Requires a conflict about the key in the path, with this detail and without any change.
template <class Act>
void check_key_conflict(Desk& desk, const Act& act, const std::string& sentence) {
    const auto refusal = refused(act);
    BOOST_REQUIRE(refusal);
    BOOST_CHECK(refusal->kind() == RefusalKind::conflict);
    BOOST_TEST(refusal->detail() == sentence);
    BOOST_TEST_REQUIRE(refusal->errors().size() == 1U);
    BOOST_CHECK(refusal->errors()[0].where == FieldError::Where::parameter);
    BOOST_TEST(refusal->errors()[0].name == "key");
    BOOST_TEST(!desk.has_changes());
}

// Requires a conflict at this field, with this detail and without any change.
template <class Act>
void check_conflict(Desk& desk, const Act& act, const std::string& pointer,
                    const std::string& sentence) {
    const auto refusal = refused(act);
    BOOST_REQUIRE(refusal);
    BOOST_CHECK(refusal->kind() == RefusalKind::conflict);
    BOOST_TEST(pointers_of(*refusal) == std::vector{pointer}, boost::test_tools::per_element());
    BOOST_TEST(refusal->detail() == sentence);
    BOOST_TEST(!desk.has_changes());
}

const std::string held_by_1 =
    "Product 1 has this external_id already: choose another one, or clear it there first.";
const std::string held_by_another =
    "Another product has this external_id already: choose another one.";

// Product 1 with the external_id "shop", and product 2, both written.
struct TwoProducts : Desk {
    TwoProducts() {
        register_product(R"({"name":"P","external_id":"shop"})");
        register_product(R"({"name":"P"})");
        write_group();
    }
};

}  // namespace

BOOST_AUTO_TEST_CASE(an_external_id_is_one_of_the_texts_of_a_product) {
    TwoProducts desk;
    BOOST_TEST(body_of(desk.describe_product(R"({"name":"Q"})")).at("external_id") == "shop");
    BOOST_TEST(
        body_of(desk.describe_product(R"({"external_id":null})")).at("external_id").is_null());
    BOOST_TEST(desk.lines().at(0).ends_with(R"("data":{"external_id":null}})"));
    BOOST_TEST(desk.describe_product(R"({"external_id":null})").version == 3U);
    BOOST_TEST(desk.lines().empty());
    check_unacceptable([&] { desk.describe_product(R"({"external_id":""})"); }, "/external_id");
}

BOOST_AUTO_TEST_CASE(a_duplicate_external_id_is_refused_and_changes_nothing) {
    TwoProducts desk;
    check_conflict(
        desk, [&] { desk.register_product(R"({"name":"P","external_id":"shop"})"); },
        "/external_id", held_by_1);
    check_conflict(
        desk, [&] { desk.describe_product(R"({"name":"Q","external_id":"shop"})", 2); },
        "/external_id", held_by_1);
    check_conflict(
        desk,
        [&] {
            desk.bulk(R"({"type":"threat.identified","data":{"name":"T"}})"
                      "\n" +
                          described("bank") + described("shop"),
                      2);
        },
        "/2/data/external_id", held_by_1);
    // Ids and external_ids of refused commands remain free.
    BOOST_TEST(desk.register_product(R"({"name":"P","external_id":"bank"})").location ==
               "/api/products/3");
    // Different values: another case, a trailing space, a prefix, and a longer text.
    for (const char* other : {"Shop", "shop ", "sho", "shops"}) {
        desk.describe_product(R"({"external_id":")" + std::string(other) + "\"}", 2);
    }
}

BOOST_AUTO_TEST_CASE(a_products_own_external_id_is_no_conflict) {
    TwoProducts desk;
    BOOST_TEST(desk.describe_product(R"({"external_id":"shop"})").version == 1U);
    desk.bulk(described("bank") + described("shop"));
    BOOST_TEST(desk.events().size() == 2U);
    desk.describe_product(R"({"external_id":"bank"})", 2);
}

// In the same group, and after the group was written.
BOOST_AUTO_TEST_CASE(a_cleared_external_id_can_be_used_again) {
    for (const bool written : {false, true}) {
        TwoProducts desk;
        const auto go_on = [&] {
            if (written) {
                desk.write_group();
            }
        };
        desk.describe_product(R"({"external_id":"old shop"})");
        go_on();
        desk.describe_product(R"({"external_id":"shop"})", 2);
        go_on();
        BOOST_CHECK(kind_of([&] { desk.describe_product(R"({"external_id":"shop"})"); }) ==
                    RefusalKind::conflict);
        desk.archive_product(2);
        go_on();
        desk.register_product(R"({"name":"P","external_id":"shop"})");
        go_on();
        desk.describe_product(R"({"external_id":null})", 3);
        go_on();
        desk.describe_product(R"({"external_id":"shop"})");
        desk.write_group();
        const ReadView view(desk.store());
        BOOST_TEST(stored_rows(view, Table::external_ids).size() == 1U);
        std::vector<ProductId> found;
        scan_products_with(view, "shop", 0, [&](ProductId id) {
            found.push_back(id);
            return true;
        });
        BOOST_TEST(found == std::vector<ProductId>{1}, boost::test_tools::per_element());
    }
}

BOOST_AUTO_TEST_CASE(only_a_token_with_access_learns_which_product_conflicts) {
    TwoProducts desk;
    desk.issue_token(R"({"name":"all","role":"editor"})");
    desk.issue_token(R"({"name":"both","role":"editor","product_ids":[1,2]})");
    desk.issue_token(R"({"name":"one","role":"editor","product_ids":[2]})");
    desk.write_group();
    const auto try_as = [&](TokenId token) {
        Command command = Desk::about(2, parse_describe_product(R"({"external_id":"shop"})"));
        command.token_id = token;
        return [&desk, command] { desk.run(command); };
    };
    check_conflict(desk, try_as(1), "/external_id", held_by_1);
    check_conflict(desk, try_as(2), "/external_id", held_by_1);
    check_conflict(desk, try_as(3), "/external_id", held_by_another);
}

BOOST_AUTO_TEST_CASE(a_product_is_ensured_by_creating_it_or_by_leaving_it_unchanged) {
    TwoProducts desk;
    const WriteAnswer created = desk.run(ensuring("bank", R"({"name":"Bank","reason":"new"})"));
    BOOST_CHECK(created.result == Result::created);
    BOOST_TEST(created.location == "/api/products/3");
    BOOST_TEST(desk.types() == "product.registered");
    BOOST_TEST(desk.events().at(0).reason == "new");
    // In the same group, and after the group was written. The reason is that of an event that was
    // not needed.
    for (const char* body : {"", R"({"name":"Other","status":"design","reason":"new"})"}) {
        const WriteAnswer found = desk.run(ensuring("bank", body));
        BOOST_CHECK(found.result == Result::ok);
        BOOST_TEST(found.location == "");
        BOOST_TEST(found.body == created.body);
        BOOST_TEST(found.version == created.version);
        BOOST_TEST(found.position == created.position);
        BOOST_TEST((found.state_id == created.state_id));
        BOOST_TEST(desk.lines().empty());
        desk.write_group();
    }
    desk.archive_product(3);
    BOOST_TEST(desk.run(ensuring("bank")).location == "/api/products/4");
    desk.describe_product(R"({"external_id":null})", 4);
    BOOST_TEST(desk.run(ensuring("bank")).location == "/api/products/5");
    BOOST_TEST(body_of(desk.run(ensuring("shop"))).at("id") == 1);
}

BOOST_AUTO_TEST_CASE(conditions_of_an_ensured_product_are_about_the_one_with_that_key) {
    TwoProducts desk;
    const WriteAnswer shop = desk.run(ensuring("shop"));
    const auto if_match = [](std::string_view key, VersionCondition condition) {
        Command command = ensuring(key);
        command.if_match = std::move(condition);
        return command;
    };
    const SeenState state{shop.version, shop.state_id.value()};
    VersionCondition any;
    any.any = true;
    VersionCondition same;
    same.states = {state};
    VersionCondition later;
    later.states = {{state.version + 1, state.state_id}};
    BOOST_CHECK(desk.run(if_match("shop", any)).result == Result::ok);
    BOOST_CHECK(desk.run(if_match("shop", same)).result == Result::ok);
    for (const auto& [key, condition] : std::vector<std::pair<std::string, VersionCondition>>{
             {"shop", later}, {"bank", any}, {"bank", same}}) {
        BOOST_CHECK(kind_of([&] { desk.run(if_match(key, condition)); }) ==
                    RefusalKind::precondition_failed);
    }
    const auto if_absent = [](Command command) {
        command.only_if_absent = true;
        return command;
    };
    BOOST_CHECK(kind_of([&] { desk.run(if_absent(ensuring("shop"))); }) ==
                RefusalKind::precondition_failed);
    BOOST_TEST(desk.run(if_absent(ensuring("bank"))).location == "/api/products/3");
    BOOST_CHECK(kind_of([&] { desk.run(if_absent(registration("other"))); }) ==
                RefusalKind::precondition_failed);
}

BOOST_AUTO_TEST_CASE(several_holders_in_an_imported_log_are_a_conflict) {
    TwoProducts desk;
    desk.overlay().set_external_id(2, "shop", true);
    desk.overlay().keep_transaction();
    desk.write_group();
    check_key_conflict(
        desk, [&] { desk.run(ensuring("shop")); },
        "Product 1 and at least one other have this external_id: the log was "
        "imported with them. Clear it in all but one.");
    desk.describe_product(R"({"external_id":null})", 1);
    BOOST_TEST(body_of(desk.run(ensuring("shop"))).at("id") == 2);
}

BOOST_AUTO_TEST_CASE(an_ensured_product_that_the_token_does_not_see_is_not_shown) {
    TwoProducts desk;
    desk.issue_token(R"({"name":"one","role":"editor","product_ids":[2]})");
    desk.write_group();
    Command command = ensuring("shop");
    command.token_id = 1;
    check_key_conflict(
        desk, [&] { desk.run(command); }, held_by_another);
}

// Each key is asked for in all states of the store: written, in flight, and in the same group.
BOOST_FIXTURE_TEST_CASE(one_of_many_concurrent_ensures_creates_the_product, SequencerFixture) {
    constexpr int rounds = 20;
    constexpr int writers = 16;
    std::atomic<int> created = 0;
    std::vector<std::vector<std::string>> bodies(writers);
    std::vector<std::thread> threads;
    for (int i = 0; i < writers; ++i) {
        threads.emplace_back([&, i] {
            for (int round = 0; round < rounds; ++round) {
                const Outcome outcome =
                    writer->submit(ensuring("id " + std::to_string(round))).get();
                const WriteAnswer answer = render_answer(std::get<Accepted>(outcome));
                created += answer.result == Result::created ? 1 : 0;
                bodies[static_cast<std::size_t>(i)].push_back(answer.body);
            }
        });
    }
    for (auto& thread : threads) {
        thread.join();
    }
    BOOST_TEST(created == rounds);
    BOOST_TEST(writer->log().size() == rounds + 2U);
    for (const auto& each : bodies) {
        BOOST_TEST(each == bodies.front(), boost::test_tools::per_element());
    }
    check_log(*writer);
}

// Concurrent commands are in the group in flight, in the next one, or in the same one.
BOOST_FIXTURE_TEST_CASE(exactly_one_of_many_concurrent_writers_wins, SequencerFixture) {
    constexpr int rounds = 20;
    constexpr int writers = 16;
    std::atomic<int> accepted = 0;
    std::atomic<int> conflicts = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < writers; ++i) {
        threads.emplace_back([&] {
            for (int round = 0; round < rounds; ++round) {
                const Outcome outcome =
                    writer->submit(registration("id " + std::to_string(round))).get();
                if (std::holds_alternative<Accepted>(outcome)) {
                    ++accepted;
                } else if (std::get<Refusal>(outcome).kind() == RefusalKind::conflict) {
                    ++conflicts;
                }
            }
        });
    }
    for (auto& thread : threads) {
        thread.join();
    }
    BOOST_TEST(accepted == rounds);
    BOOST_TEST(conflicts == rounds * (writers - 1));
    BOOST_TEST(writer->log().size() == rounds + 2U);
    check_log(*writer);
}

BOOST_FIXTURE_TEST_CASE(in_one_group_the_first_wins_and_archiving_frees_it, SequencerFixture) {
    writer->hold();
    auto first = writer->submit(registration("shop"));
    writer->wait_until_held();
    auto second = writer->submit(registration("shop"));
    auto archived =
        writer->submit(Desk::about(3, Desk::item_of(ArchiveProduct{}), AnswerForm::nothing));
    auto third = writer->submit(registration("shop"));
    auto fourth =
        writer->submit(Desk::about(1, parse_describe_product(R"({"external_id":"shop"})")));
    writer->release();
    BOOST_TEST(accepted_in(first).location == "/api/products/3");
    BOOST_CHECK(refusal_in(second.get()) == RefusalKind::conflict);
    accepted_in(archived);
    BOOST_TEST(accepted_in(third).location == "/api/products/4");
    BOOST_CHECK(refusal_in(fourth.get()) == RefusalKind::conflict);
    check_log(*writer);
    restart();
    BOOST_CHECK(refusal_in(writer->submit(registration("shop")).get()) == RefusalKind::conflict);
}

BOOST_AUTO_TEST_SUITE_END()
