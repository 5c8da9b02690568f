#include "projections/audit/verify.hpp"

#include <random>

#include <boost/test/unit_test.hpp>

#include "events/event_log.hpp"
#include "events/store/keys.hpp"
#include "projections/audit/rebuild.hpp"
#include "projections/query/history.hpp"
#include "projections/rows.hpp"
#include "support/made_up_log.hpp"

BOOST_AUTO_TEST_SUITE(verify_test)

using namespace threatatlas;
using namespace threatatlas::audit;
using namespace threatatlas::base;
using namespace threatatlas::events;
using namespace threatatlas::projections;
using namespace threatatlas::query;
using namespace threatatlas::store;
using namespace threatatlas::testing;

namespace {

struct Fixture {
    Fixture() {
        import_into(directory / "data", log);
        store = Store::open(directory / "data", {});
    }

    std::vector<ReadView::Row> rows(Table table) const {
        std::vector<ReadView::Row> all;
        ReadView(*store).scan(table, "", "", [&](std::string_view key, std::string_view value) {
            all.push_back({std::string(key), std::string(value)});
            return true;
        });
        return all;
    }
    ReadView::Row any_row(Table table) {
        const auto all = rows(table);
        BOOST_REQUIRE(!all.empty());
        return all[random() % all.size()];
    }
    void put(Table table, std::string_view key, std::string_view value) const {
        RowBatch batch(*store);
        batch.put(table, key, value);
        store->write(batch);
    }
    void remove(Table table, std::string_view key) const {
        RowBatch batch(*store);
        batch.erase(table, key);
        store->write(batch);
    }

    void require_clean() const {
        const auto verification = verify_projections(*store);
        const std::string detail =
            verification.clean() ? "" : verification.first_difference->detail;
        BOOST_REQUIRE_MESSAGE(verification.clean(), detail);
        BOOST_TEST(verification.events == log.lines().size());
        for (const Table table : projection_tables()) {
            BOOST_TEST(verification.rows[static_cast<std::size_t>(table)] == rows(table).size());
        }
    }
    // Verification must report this row.
    void require_found(Table table, const std::string& key) const {
        const auto verification = verify_projections(*store);
        BOOST_REQUIRE_MESSAGE(!verification.clean(), table_name(table)
                                                         << ": " << describe_key(table, key));
        BOOST_TEST(table_name(verification.first_difference->table) == table_name(table));
        BOOST_TEST(describe_key(table, verification.first_difference->key) ==
                   describe_key(table, key));
    }
    // The position of the newest line that contains both texts.
    Position newest(std::string_view one, std::string_view other) const {
        Position found = 0;
        for (std::size_t i = 0; i < log.lines().size(); ++i) {
            if (log.lines()[i].find(one) != std::string::npos &&
                log.lines()[i].find(other) != std::string::npos) {
                found = i + 1;
            }
        }
        return found;
    }
    // A rebuild must repair all differences.
    void require_mended() const {
        rebuild_projections(*store);
        require_clean();
    }

    const MadeUpLog log = made_up_log_with_policies();
    const TempDirectory directory;
    std::unique_ptr<Store> store;
    unsigned seed = std::random_device()();
    std::mt19937 random{seed};
};

constexpr int rounds = 4;

}  // namespace

BOOST_FIXTURE_TEST_SUITE(verify, Fixture)

BOOST_AUTO_TEST_CASE(a_consistent_store_is_clean) {
    for (const Table table : projection_tables()) {
        BOOST_TEST(!rows(table).empty(), table_name(table) << " has no row to compare");
    }
    require_clean();
}

BOOST_AUTO_TEST_CASE(a_rebuild_gives_the_same_rows) {
    std::map<Table, std::vector<std::pair<std::string, std::string>>> before;
    for (const Table table : projection_tables()) {
        for (const auto& row : rows(table)) {
            before[table].emplace_back(row.key, row.value);
        }
    }
    rebuild_projections(*store);
    for (const Table table : projection_tables()) {
        const auto after = rows(table);
        BOOST_REQUIRE_EQUAL(after.size(), before[table].size());
        for (std::size_t i = 0; i < after.size(); ++i) {
            BOOST_TEST((after[i].key == before[table][i].first));
            BOOST_TEST((after[i].value == before[table][i].second));
        }
    }
}

BOOST_AUTO_TEST_CASE(a_flipped_byte_is_found_in_every_table) {
    BOOST_TEST_MESSAGE("seed " << seed);
    for (const Table table : projection_tables()) {
        for (int round = 0; round < rounds; ++round) {
            const auto row = any_row(table);
            std::string flipped = row.value.empty() ? "x" : row.value;
            flipped[random() % flipped.size()] ^= static_cast<char>(1U << random() % 8);
            put(table, row.key, flipped);
            require_found(table, row.key);
            if (round == 0) {
                require_mended();
            }
            put(table, row.key, row.value);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_missing_row_is_found_in_every_table) {
    BOOST_TEST_MESSAGE("seed " << seed);
    for (const Table table : projection_tables()) {
        for (int round = 0; round < rounds; ++round) {
            const auto row = any_row(table);
            remove(table, row.key);
            require_found(table, row.key);
            if (round == 0) {
                require_mended();
            }
            put(table, row.key, row.value);
        }
    }
}

BOOST_AUTO_TEST_CASE(an_additional_row_is_found_in_every_table) {
    BOOST_TEST_MESSAGE("seed " << seed);
    for (const Table table : projection_tables()) {
        for (int round = 0; round < rounds; ++round) {
            const auto row = any_row(table);
            // After an existing row, before all rows, and after all rows.
            for (const std::string& key : {row.key + '\0', std::string("\0\0", 2), be64_key(0, 5),
                                           std::string(24, '\xff')}) {
                put(table, key, row.value);
                require_found(table, key);
                remove(table, key);
            }
        }
        put(table, std::string(24, '\xff'), "");
        require_mended();
    }
}

BOOST_AUTO_TEST_CASE(a_misplaced_row_is_found_in_every_table) {
    BOOST_TEST_MESSAGE("seed " << seed);
    for (const Table table : projection_tables()) {
        const auto all = rows(table);
        BOOST_REQUIRE(all.size() > 1);
        // Rows of the coverage table consist of a key only, so a moved row is a missing one.
        const auto& from = all[0];
        const auto other = std::find_if(all.begin(), all.end(),
                                        [&](const auto& row) { return row.value != from.value; });
        if (other != all.end()) {
            put(table, other->key, from.value);
            require_found(table, other->key);
            put(table, other->key, other->value);
        } else {
            remove(table, from.key);
            require_found(table, from.key);
            put(table, from.key, from.value);
        }
    }
}

BOOST_AUTO_TEST_CASE(the_position_named_is_that_of_the_newest_event_about_the_row) {
    // Threat 2 of product 1 was identified at position 5 and changed its status at 18.
    const std::string threat_key = be64_key(1, 2);
    put(Table::threats, threat_key, "nonsense");
    auto difference = *verify_projections(*store).first_difference;
    BOOST_TEST(difference.position ==
               newest("\"subject\":\"threats/2\"", "\"source\":\"/api/products/1\""));
    BOOST_TEST(difference.product == 1U);
    BOOST_TEST(describe_key(difference.table, difference.key) == "product 1, threat 2");
    rebuild_projections(*store);

    const auto history = rows(Table::history).front();
    put(Table::history, history.key, "nonsense");
    difference = *verify_projections(*store).first_difference;
    BOOST_TEST(difference.position == decode<HistoryRow>(history.value).last_position);
    rebuild_projections(*store);

    // The key of an external_id ends with the product id.
    const auto held = rows(Table::external_ids).back();
    remove(Table::external_ids, held.key);
    difference = *verify_projections(*store).first_difference;
    BOOST_TEST(difference.product == 1U);
    BOOST_TEST(difference.position ==
               newest("threatatlas.product.described", "\"source\":\"/api/products/1\""));
    BOOST_TEST(describe_key(difference.table, difference.key) ==
               "external_id \"repo/Payments API\", product 1");
}

// The name of one policy begins with that of another one, which was defined later.
BOOST_AUTO_TEST_CASE(the_position_named_is_that_of_the_newest_event_about_the_policy) {
    const auto require_named = [&](Position position, std::string_view description) {
        const auto difference = *verify_projections(*store).first_difference;
        BOOST_TEST(difference.position == position);
        BOOST_TEST(describe_key(difference.table, difference.key) == description);
        require_mended();
    };
    const Position defined = newest("\"subject\":\"policies/web-2\"", "/api/policies");
    put(Table::policies, "web-2", "nonsense");
    require_named(defined, "policy web-2");

    const std::string time = format_instant(event_at(ReadView(*store), defined)->time);
    for (const auto& row : rows(Table::policy_versions)) {
        if (row.key.starts_with(policy_prefix("web-2"))) {
            put(Table::policy_versions, row.key, "nonsense");
        }
    }
    require_named(defined, "policy web-2, " + time);

    remove(Table::policy_users, policy_prefix("web") + be64_key(1));
    require_named(newest("product.policy_assigned", "\"source\":\"/api/products/1\""),
                  "policy web, product 1");
}

// The log is authoritative, even if no command could have produced it.
BOOST_AUTO_TEST_CASE(a_log_with_a_duplicate_external_id_is_imported_and_verified) {
    MadeUpLog twice;
    for (const ProductId id : {1U, 2U, 3U}) {
        twice.record(id, {product_named("Shop")});
    }
    twice.record(1, {ProductArchived{}});
    import_into(directory / "twice", twice);
    store = Store::open(directory / "twice", {});
    BOOST_TEST(verify_projections(*store).clean());
    const auto found = [&](ProductId after) {
        std::vector<ProductId> ids;
        scan_products_with(ReadView(*store), "repo/Shop", after, [&](ProductId id) {
            ids.push_back(id);
            return true;
        });
        return ids;
    };
    BOOST_TEST(found(0) == (std::vector<ProductId>{2, 3}), boost::test_tools::per_element());
    BOOST_TEST(found(2) == (std::vector<ProductId>{3}), boost::test_tools::per_element());
    BOOST_TEST(found(3).empty());
}

BOOST_AUTO_TEST_CASE(the_earliest_of_several_differences_is_named) {
    const auto history = rows(Table::history);
    // By key, the newest row of product 1 precedes the oldest one of product 2, but it is later.
    const auto of_product_2 = std::find_if(history.begin(), history.end(),
                                           [](const auto& row) { return read_be64(row.key) == 2; });
    put(Table::history, std::prev(of_product_2)->key, "nonsense");
    put(Table::history, of_product_2->key, "nonsense");
    const auto difference = *verify_projections(*store).first_difference;
    BOOST_TEST((difference.key == of_product_2->key));
}

BOOST_AUTO_TEST_CASE(a_fault_of_the_log_itself_is_found) {
    const std::string line = log.lines()[6];
    const auto require_fault = [&](const std::string& detail) {
        const auto verification = verify_projections(*store);
        BOOST_REQUIRE(!verification.clean());
        BOOST_TEST(table_name(verification.first_difference->table) == "events");
        BOOST_TEST(verification.first_difference->position == 7U);
        BOOST_TEST(verification.first_difference->detail.find(detail) != std::string::npos,
                   verification.first_difference->detail);
        put(Table::events, be64_key(7), line);
        require_clean();
    };
    remove(Table::events, be64_key(7));
    require_fault("the line is missing");
    put(Table::events, be64_key(7), line + " ");
    require_fault("form");
    put(Table::events, be64_key(7), line.substr(0, line.size() / 2));
    require_fault("not an event line");
    put(Table::events, be64_key(7), log.lines()[4]);
    require_fault("the line says position 5");
    // The time of the previous transaction, which is of another product.
    std::string moved = line;
    const std::string key = "\"time\":\"";
    moved.replace(moved.find(key) + key.size(), 27,
                  log.lines()[5].substr(log.lines()[5].find(key) + key.size(), 27));
    put(Table::events, be64_key(7), moved);
    require_fault("two products");
    moved.replace(moved.find(key) + key.size(), 27, "2020-01-01T00:00:00.000000Z");
    put(Table::events, be64_key(7), moved);
    require_fault("an earlier time");
}

BOOST_AUTO_TEST_CASE(projections_of_another_version_are_not_accepted) {
    put(Table::meta, projection_stamp_key, "0");
    BOOST_TEST(!projections_are_current(*store));
    auto verification = verify_projections(*store);
    BOOST_REQUIRE(!verification.clean());
    BOOST_TEST(table_name(verification.first_difference->table) == "meta");
    remove(Table::meta, projection_stamp_key);
    BOOST_TEST(!projections_are_current(*store));
    BOOST_TEST(!verify_projections(*store).clean());
    rebuild_projections(*store);
    BOOST_TEST(projections_are_current(*store));
    require_clean();
}

BOOST_AUTO_TEST_CASE(an_interrupted_rebuild_is_not_accepted) {
    struct Interrupted {};
    BOOST_CHECK_THROW(rebuild_projections(*store, [](Position, Position) { throw Interrupted(); }),
                      Interrupted);
    BOOST_TEST(!projections_are_current(*store));
    store.reset();
    store = Store::open(directory / "data", {});
    BOOST_TEST(!projections_are_current(*store));
    rebuild_projections(*store);
    require_clean();
}

BOOST_AUTO_TEST_CASE(tables_that_are_not_folded_are_not_changed) {
    put(Table::idempotency, "some key", "some answer");
    put(Table::token_use, be64_key(1), be64_key(12));
    require_clean();
    rebuild_projections(*store);
    BOOST_TEST(rows(Table::idempotency).size() == 1U);
    BOOST_TEST(rows(Table::token_use).size() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
