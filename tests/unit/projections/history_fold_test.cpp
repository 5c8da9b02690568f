// Random histories, folded in memory and over a store, compared with the slow twin.
// THREATATLAS_SEED reproduces one, THREATATLAS_ROUNDS sets the number of transactions.

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include <boost/test/unit_test.hpp>

#include "events/event_log.hpp"
#include "events/store/keys.hpp"
#include "projections/log_fold.hpp"
#include "projections/memory_tables.hpp"
#include "projections/overlay.hpp"
#include "projections/posture.hpp"
#include "projections/rows.hpp"
#include "support/random_history.hpp"
#include "support/temp_directory.hpp"
#include "support/twin.hpp"
#include "support/twin_rows.hpp"

BOOST_AUTO_TEST_SUITE(history_fold_test)

using namespace threatatlas;
using namespace threatatlas::base;
using namespace threatatlas::events;
using namespace threatatlas::projections;
using namespace threatatlas::store;
using namespace threatatlas::testing;

namespace {

constexpr std::array current_tables{Table::products,    Table::threats,     Table::mitigations,
                                    Table::elements,    Table::coverage,    Table::external_ids,
                                    Table::acceptances, Table::imports,     Table::tokens,
                                    Table::policies,    Table::policy_users};

// Compares what must hold after every event, even within a transaction, once coverage is settled.
void require_equal_now(const Twin& twin, Tables& tables, ProductId id) {
    if (id == 0) {
        for (const auto& [token_id, token] : twin.tokens()) {
            BOOST_REQUIRE(tables.token(token_id) != nullptr);
            BOOST_REQUIRE(*tables.token(token_id) == token);
        }
        for (const auto& [name, versions] : twin.policies()) {
            BOOST_REQUIRE(tables.policy(name) != nullptr);
            BOOST_REQUIRE(*tables.policy(name) == policy_row(versions.back()));
        }
        return;
    }
    const TwinProduct& product = twin.product(id);
    BOOST_REQUIRE(tables.product(id) != nullptr);
    BOOST_REQUIRE(tables.product(id)->posture == product.posture());
    BOOST_REQUIRE(*tables.product(id) == product_row(product));
    for (const auto& [threat_id, threat] : product.threats) {
        BOOST_REQUIRE(tables.threat(id, threat_id) != nullptr);
        BOOST_REQUIRE(*tables.threat(id, threat_id) == threat_row(product, threat_id));
        BOOST_REQUIRE(tables.exposure(id, threat_id) != nullptr);
        BOOST_REQUIRE(*tables.exposure(id, threat_id) == exposure_row(product, threat_id));
    }
    for (const auto& [acceptance_id, acceptance] : product.acceptances) {
        BOOST_REQUIRE(tables.acceptance(id, acceptance_id) != nullptr);
        BOOST_REQUIRE(*tables.acceptance(id, acceptance_id) ==
                      acceptance_row(product, acceptance_id));
    }
    for (const auto& [mitigation_id, mitigation] : product.mitigations) {
        BOOST_REQUIRE(tables.mitigation(id, mitigation_id) != nullptr);
        BOOST_REQUIRE(*tables.mitigation(id, mitigation_id) ==
                      mitigation_row(product, mitigation_id));
    }
}

// What random histories must contain, or comparing them proves little.
struct Seen {
    SeverityCounts covered{};
    SeverityCounts accepted{};              // uncovered threats that are accepted
    SeverityCounts accepted_on_elements{};  // elements with accepted threats
    SeverityCounts turned_elements{};       // elements with open threats that gain or lose cover
    std::map<std::pair<ProductId, ElementName>, bool> covered_elements;
    std::uint64_t suspended = 0;
    std::uint64_t too_severe = 0;  // threats that are more severe than what was accepted
    std::uint64_t ended_in_time = 0;
    std::uint64_t replaced = 0;
    std::uint64_t removed_policies = 0;
    std::uint64_t redefined_policies = 0;  // after they were removed
    std::uint64_t with_policies = 0;       // products
    std::uint64_t archived_with_policies = 0;
    std::uint64_t reviewed = 0;

    bool is_everything() const {
        for (const SeverityCounts& counts :
             {covered, accepted, accepted_on_elements, turned_elements}) {
            if (std::count(counts.begin(), counts.end(), 0U) > 0) {
                return false;
            }
        }
        return suspended > 0 && too_severe > 0 && ended_in_time > 0 && replaced > 0 &&
               removed_policies > 0 && redefined_policies > 0 && with_policies > 0 &&
               archived_with_policies > 0 && reviewed > 0;
    }
};

void add_to(SeverityCounts& sums, const SeverityCounts& counts) {
    for (std::size_t i = 0; i < sums.size(); ++i) {
        sums.at(i) += counts.at(i);
    }
}

// Asks at instants before and after the end of each of the next days.
void require_equal_acceptances(ProductId id, const TwinProduct& product, const Product& row,
                               Seen& seen) {
    constexpr int days_ahead = 7;
    const Day today = day_of(product.updated_at);
    for (int ahead = 0; ahead < days_ahead; ++ahead) {
        const Day day = today + std::chrono::days{ahead};
        for (const Instant instant :
             {std::max(Instant{day}, product.updated_at), end_of(day) - Instant::duration{1}}) {
            const PostureAt at = posture_at(row, instant);
            BOOST_REQUIRE(at.accepted == product.accepted_on(day));
            std::vector<AcceptanceId> in_force;
            for (const AcceptedDay& one : at.acceptances) {
                const auto ids = at.acceptances.in_force(one);
                in_force.insert(in_force.end(), ids.begin(), ids.end());
            }
            std::sort(in_force.begin(), in_force.end());
            BOOST_REQUIRE(in_force == product.in_force_on(day));
        }
    }
    for (const auto& [threat_id, threat] : product.threats) {
        if (threat.is_wanting_cover() && !product.covered_by(threat_id).empty()) {
            seen.covered.at(index_of(threat.scoring.severity.value())) += 1;
        }
    }
    const AcceptedCounts now = product.accepted_on(today);
    add_to(seen.accepted, now.unmitigated);
    const AcceptedCounts later = product.accepted_on(today + std::chrono::days{1});
    seen.ended_in_time += now == later ? 0 : 1;
    for (const auto& [acceptance_id, acceptance] : product.acceptances) {
        const bool is_approved = acceptance.state == AcceptanceState::approved;
        seen.suspended += is_approved && acceptance.suspended ? 1 : 0;
        seen.too_severe +=
            is_approved && !acceptance.suspended &&
                    product.threats_in_force(acceptance_id) < acceptance.approved.size()
                ? 1
                : 0;
        seen.replaced += acceptance.state == AcceptanceState::replaced ? 1 : 0;
    }
    for (const auto& [name, element] : product.elements()) {
        for (const auto& [last_day, counts] : element.accepted) {
            add_to(seen.accepted_on_elements, counts);
        }
        const bool is_covered = element.active_mitigations > 0;
        if (std::exchange(seen.covered_elements[{id, name}], is_covered) != is_covered) {
            add_to(seen.turned_elements, element.open_threats);
        }
    }
}

void note_policies(const Twin& twin, Seen& seen) {
    for (const auto& [name, versions] : twin.policies()) {
        const bool was_removed = std::any_of(versions.begin(), versions.end(),
                                             [](const auto& version) { return version.removed; });
        seen.removed_policies += was_removed ? 1 : 0;
        seen.redefined_policies += was_removed && !versions.back().removed ? 1 : 0;
    }
    for (const auto& [id, product] : twin.products()) {
        const bool has_policy = !product.policy.empty();
        seen.with_policies += has_policy && !product.archived_at ? 1 : 0;
        seen.archived_with_policies += has_policy && product.archived_at ? 1 : 0;
        seen.reviewed += product.reviewed_at ? 1 : 0;
    }
}

void require_equal_store(const Twin& twin, const Store& store) {
    const ReadView view(store);
    for (const Table table : projection_tables()) {
        BOOST_REQUIRE_MESSAGE(
            difference(wanted_rows(twin, table), stored_rows(view, table)).empty(),
            table_name(table) << ": "
                              << difference(wanted_rows(twin, table), stored_rows(view, table)));
    }
}

// Compares the rows of one product or, if `id` is 0, those that belong to none.
void require_equal_store(const Twin& twin, const Store& store, ProductId id) {
    const ReadView view(store);
    for (const Table table : projection_tables()) {
        const bool of_none =
            table == Table::tokens || table == Table::policies || table == Table::policy_versions;
        if (of_none != (id == 0)) {
            continue;
        }
        // Nor do the keys of these indexes begin with the product id.
        const auto difference_found =
            of_none || table == Table::external_ids || table == Table::policy_users
                ? difference(wanted_rows(twin, table), stored_rows(view, table))
                : difference(wanted_rows(twin, table, id), stored_rows(view, table, be64_key(id)));
        BOOST_REQUIRE_MESSAGE(difference_found.empty(), table_name(table)
                                                            << ": " << difference_found);
    }
}

std::vector<Event> sample_history(std::uint64_t seed, std::size_t transactions) {
    RandomHistory history(seed);
    std::vector<Event> events;
    for (; transactions > 0; --transactions) {
        for (Event& event : history.next_transaction()) {
            events.push_back(std::move(event));
        }
    }
    return events;
}

}  // namespace

BOOST_AUTO_TEST_CASE(after_every_event_the_tables_in_memory_equal_the_twin) {
    RandomHistory history(test_seed());
    Twin twin;
    MemoryTables tables;
    Seen seen;
    // As long as it takes to see everything.
    for (auto left = test_rounds(1'500); left > 0 || !seen.is_everything();
         left -= left > 0 ? 1 : 0) {
        ProductId last_product = 0;
        for (const Event& event : history.next_transaction()) {
            last_product = event.product_id;
            twin.add(event);
            fold(tables, event);
            settle_coverage(tables);
            require_equal_now(twin, tables, event.product_id);
        }
        if (const auto& last = twin.products().find(last_product); last != twin.products().end()) {
            require_equal_acceptances(last_product, last->second, *tables.product(last_product),
                                      seen);
        }
        note_policies(twin, seen);
    }
    for (const Table table : current_tables) {
        const std::string found = difference(wanted_rows(twin, table), memory_rows(tables, table));
        BOOST_TEST(found == "", table_name(table) << ": " << found);
    }
}

BOOST_AUTO_TEST_CASE(after_every_transaction_the_history_in_memory_equals_the_twin) {
    RandomHistory history(test_seed());
    Twin twin;
    Rows history_rows;
    Rows details_rows;
    MemoryTables tables({[&](ProductId id, Instant time, const HistoryRow& row) {
                             history_rows[be64_key(id, micros_of(time))] = encode(row);
                         },
                         [&](ProductId id, Instant time, const DetailsRow& row) {
                             details_rows[be64_key(id, micros_of(time))] = encode(row);
                         }});
    LogFold log(tables);
    for (auto round = test_rounds(1'500); round > 0; --round) {
        const auto events = history.next_transaction();
        twin.add_transaction(events);
        for (const Event& event : events) {
            log.next(event);
        }
    }
    log.finish();
    BOOST_TEST(difference(wanted_rows(twin, Table::history), history_rows) == "");
    BOOST_TEST(difference(wanted_rows(twin, Table::details), details_rows) == "");
    BOOST_TEST(difference(wanted_rows(twin, Table::policy_versions), tables.policy_versions()) ==
               "");
}

// Groups of random size, some of whose transactions are rolled back: the store must contain exactly
// the others.
BOOST_AUTO_TEST_CASE(after_every_group_the_store_equals_the_twin) {
    RandomHistory history(test_seed());
    Random random(history.random().number());
    const TempDirectory directory;
    const auto store = Store::open(directory / "data", {.create = true, .cache_mebibytes = 8});
    Overlay overlay(*store);
    Twin twin;
    for (auto round = test_rounds(600); round > 0; --round) {
        std::vector<ProductId> touched;
        for (auto size = random.between(1, 8); size > 0; --size) {
            const auto events = history.next_transaction();
            const ProductId id = events.front().product_id;
            for (const Event& event : events) {
                fold(overlay, event);
            }
            close_transaction(overlay, id, events.front().time);
            if (random.chance(20)) {
                overlay.drop_transaction();
                history.take_back();
                continue;
            }
            twin.add_transaction(events);
            require_equal_now(twin, overlay, id);
            if (random.chance(50)) {
                overlay.keep_transaction();
                require_equal_now(twin, overlay, id);
            } else {
                overlay.keep_transaction();
            }
            touched.push_back(id);
        }
        RowBatch batch(*store);
        overlay.write_to(batch);
        store->write_unsynced(batch);
        overlay.clear();
        for (const ProductId id : touched) {
            require_equal_store(twin, *store, id);
        }
    }
    require_equal_store(twin, *store);
}

// With rows in the store, in a group being written, in the next group and in the open transaction.
BOOST_AUTO_TEST_CASE(the_overlay_finds_external_ids_within_a_transaction) {
    RandomHistory history(test_seed(), {.products_max = 12});
    const TempDirectory directory;
    const auto store = Store::open(directory / "data", {.create = true, .cache_mebibytes = 8});
    Overlay overlay(*store);
    Twin twin;
    const auto holder_of = [&](std::string_view external_id, ProductId except) {
        std::optional<ProductId> holder;
        for (const auto& [id, product] : twin.products()) {
            if (!holder && id != except && !product.archived_at &&
                product.texts[ProductField::external_id] == external_id) {
                holder = id;
            }
        }
        return holder;
    };
    RowBatch batch(*store);
    std::size_t held = 0;
    std::size_t held_by_others = 0;
    // In some histories it takes long until two products have the same external_id.
    const auto rounds = test_rounds(300);
    for (std::uint64_t round = 0; round < rounds || (held_by_others == 0 && round < 10 * rounds);
         ++round) {
        for (const Event& event : history.next_transaction()) {
            fold(overlay, event);
            twin.add(event);
            for (const std::string_view external_id :
                 {"shop", "shop 2", "sho", "s", "Sh\"op\"\n漢"}) {
                for (const ProductId except : {ProductId{0}, event.product_id}) {
                    const auto holder = holder_of(external_id, except);
                    BOOST_REQUIRE(overlay.holder_of(external_id, except) == holder);
                    (except == 0 ? held : held_by_others) += holder ? 1U : 0U;
                }
            }
        }
        overlay.keep_transaction();
        if (round % 4 == 0) {
            batch.clear();
            overlay.write_to(batch);
            overlay.submit();
        } else if (round % 4 == 1) {
            store->write_unsynced(batch);
        } else if (round % 4 == 2) {
            overlay.commit();
        }
    }
    BOOST_TEST(held > held_by_others);
    BOOST_TEST(held_by_others > 0U);
}

BOOST_AUTO_TEST_CASE(the_overlay_knows_coverage_within_a_transaction) {
    RandomHistory history(test_seed());
    const TempDirectory directory;
    const auto store = Store::open(directory / "data", {.create = true, .cache_mebibytes = 8});
    Overlay overlay(*store);
    Twin twin;
    RowBatch batch(*store);
    for (auto round = test_rounds(300); round > 0; --round) {
        const auto events = history.next_transaction();
        const ProductId id = events.front().product_id;
        for (const Event& event : events) {
            fold(overlay, event);
            settle_coverage(overlay);
            twin.add(event);
            if (id == 0) {
                continue;
            }
            for (const auto& [threat_id, threat] : twin.product(id).threats) {
                const Threat row = *overlay.threat(id, threat_id);
                const CoveringIds found = overlay.covered_by(id, threat_id, row);
                BOOST_REQUIRE(found.lowest == twin.product(id).covered_by(threat_id));
                BOOST_REQUIRE(found.unlisted() == 0);
            }
        }
        overlay.keep_transaction();
        if (round % 4 == 0) {
            batch.clear();
            overlay.write_to(batch);
            overlay.submit();
        } else if (round % 4 == 3) {
            store->write_unsynced(batch);
        } else if (round % 4 == 2) {
            overlay.commit();
        }
    }
}

// The effect of a transaction on coverage is counted once, at its end.
BOOST_AUTO_TEST_CASE(long_transactions_match_the_twin) {
    RandomHistory history(test_seed());
    Twin twin;
    MemoryTables tables;
    std::vector<Event> joined;
    for (auto round = test_rounds(1'500); round > 0; --round) {
        for (Event& event : history.next_transaction()) {
            joined.push_back(std::move(event));
        }
        if (round % 15 != 0) {
            continue;
        }
        // Merges all events of each product into one transaction.
        std::stable_sort(joined.begin(), joined.end(), [](const Event& a, const Event& b) {
            return a.product_id < b.product_id;
        });
        const Instant time = joined.back().time;
        for (Event& event : joined) {
            event.time = std::max(event.time, time);
            twin.add(event);
            fold(tables, event);
        }
        settle_coverage(tables);
        joined.clear();
        for (const auto& entry : twin.products()) {
            require_equal_now(twin, tables, entry.first);
        }
    }
    for (const Table table : current_tables) {
        const std::string found = difference(wanted_rows(twin, table), memory_rows(tables, table));
        BOOST_TEST(found == "", table_name(table) << ": " << found);
    }
}

// The same log produces the same bytes, regardless of its division into groups.
BOOST_AUTO_TEST_CASE(tables_do_not_depend_on_groups) {
    const auto events = sample_history(test_seed(), 300);
    const TempDirectory directory;
    std::array<Rows, table_count> first;
    for (const std::size_t group_events : {1U, 7U, 100'000U}) {
        const auto store = Store::open(directory / std::to_string(group_events),
                                       {.create = true, .cache_mebibytes = 8});
        Overlay overlay(*store);
        LogFold log(overlay);
        const auto write = [&] {
            overlay.keep_transaction();
            RowBatch batch(*store);
            overlay.write_to(batch);
            store->write_unsynced(batch);
            overlay.clear();
        };
        for (const Event& event : events) {
            log.next(event);
            if (event.position % group_events == 0) {
                write();
            }
        }
        log.finish();
        write();
        const ReadView view(*store);
        for (const Table table : projection_tables()) {
            auto& rows = first[static_cast<std::size_t>(table)];
            if (group_events == 1) {
                rows = stored_rows(view, table);
            }
            BOOST_TEST(difference(rows, stored_rows(view, table)) == "", table_name(table));
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
