// The containers used by the fold: rows added with ids in any order, postures folded from partially
// parsed lines, and rows of the past that are compared while more are added.

#include "projections/memory_tables.hpp"

#include <boost/test/unit_test.hpp>

#include "events/event_line.hpp"
#include "events/store/keys.hpp"
#include "projections/audit/timed_rows.hpp"
#include "projections/fold.hpp"
#include "support/random_history.hpp"
#include "support/temp_directory.hpp"
#include "support/twin_rows.hpp"

BOOST_AUTO_TEST_SUITE(memory_tables_test)

using namespace threatatlas;
using namespace threatatlas::audit;
using namespace threatatlas::base;
using namespace threatatlas::events;
using namespace threatatlas::projections;
using namespace threatatlas::store;
using namespace threatatlas::testing;

namespace {

using Numbers = std::map<std::uint64_t, std::uint64_t>;

Numbers all_of(const IdRows<std::uint64_t>& rows) {
    Numbers all;
    std::uint64_t last = 0;
    rows.for_each([&](std::uint64_t id, std::uint64_t row) {
        BOOST_REQUIRE(id > last);
        last = id;
        all[id] = row;
        return true;
    });
    return all;
}

void require_same_postures(MemoryTables& whole, MemoryTables& part) {
    const auto products = whole.products();
    BOOST_REQUIRE(part.products().size() == products.size());
    for (const auto& [id, rows] : products) {
        BOOST_REQUIRE(part.product(id) != nullptr);
        Product expected = rows->product;
        expected.state_id = 0;  // not read, because no count depends on it
        BOOST_REQUIRE(*part.product(id) == expected);
    }
    for (const Table table : {Table::elements, Table::coverage}) {
        BOOST_REQUIRE(difference(memory_rows(whole, table), memory_rows(part, table)).empty());
    }
}

Instant at(int second) {
    return Instant{std::chrono::seconds{second}};
}

// A store with rows of product 1 in the table `details`, keyed by their second.
std::unique_ptr<Store> store_with(const TempDirectory& directory,
                                  const std::map<int, std::string>& rows) {
    auto store = Store::open(directory.path() / "data", {.create = true, .cache_mebibytes = 8});
    RowBatch batch(*store);
    for (const auto& [second, bytes] : rows) {
        batch.put(Table::details, be64_key(1, micros_of(at(second))), bytes);
    }
    store->write(batch);
    return store;
}

}  // namespace

BOOST_AUTO_TEST_CASE(rows_are_found_by_ids_added_in_any_order) {
    Random random(test_seed());
    for (auto round = test_rounds(300); round > 0; --round) {
        IdRows<std::uint64_t> rows;
        Numbers wanted;
        const std::uint64_t highest = random.between(1, 60);
        for (std::uint64_t step = random.below(100); step > 0; --step) {
            const bool is_next = random.chance(50);
            const std::uint64_t id = is_next ? wanted.size() + 1 : random.between(1, highest);
            const std::uint64_t number = random.number();
            rows.edit(id) = number;
            wanted[id] = number;
            BOOST_REQUIRE(all_of(rows) == wanted);
        }
        for (std::uint64_t id = 1; id <= highest + 110; ++id) {
            const std::uint64_t* const found = rows.find(id);
            BOOST_REQUIRE((found != nullptr) == wanted.contains(id));
            BOOST_REQUIRE(found == nullptr || *found == wanted[id]);
        }
        BOOST_REQUIRE(rows.find(~std::uint64_t{0}) == nullptr);
    }
}

BOOST_AUTO_TEST_CASE(a_scan_ends_when_the_visitor_returns_false) {
    IdRows<std::uint64_t> rows;
    for (const std::uint64_t id : {1, 2, 7, 9}) {
        rows.edit(id) = id;
    }
    for (const std::uint64_t last : {1, 2, 7, 9}) {
        std::uint64_t seen = 0;
        rows.for_each([&](std::uint64_t id, std::uint64_t) {
            seen = id;
            return id != last;
        });
        BOOST_TEST(seen == last);
    }
}

BOOST_AUTO_TEST_CASE(a_posture_needs_only_the_relevant_members_of_a_line) {
    RandomHistory history(test_seed());
    MemoryTables whole;
    MemoryTables part;
    LineReader reader;
    std::uint64_t texts_left_out = 0;
    for (auto round = test_rounds(600); round > 0; --round) {
        for (const Event& event : history.next_transaction()) {
            std::string line;
            append_line(line, event);
            line.append(line_bytes_behind, ' ');
            const std::string_view text =
                std::string_view(line).substr(0, line.size() - line_bytes_behind);
            Event read;
            reader.read_stored(text, read, line_bytes_behind, Members::of_posture);
            BOOST_REQUIRE(read.position == event.position && read.time == event.time);
            BOOST_REQUIRE(read.product_id == event.product_id && read.type() == event.type());
            BOOST_REQUIRE(read.actor.empty() && read.reason.empty());
            const auto* threat = std::get_if<ThreatIdentified>(&read.data);
            texts_left_out += threat != nullptr && threat->texts[ThreatField::name].empty() ? 1 : 0;
            fold(whole, event);
            fold(part, std::move(read));
        }
    }
    settle_coverage(whole);
    settle_coverage(part);
    require_same_postures(whole, part);
    BOOST_TEST(texts_left_out > 0U);
}

// A row that one transaction changes twice is stored once, even if rows are compared in between.
BOOST_AUTO_TEST_CASE(the_newest_row_may_be_replaced_after_others_were_compared) {
    const TempDirectory directory;
    const auto store = store_with(directory, {{1, "one"}, {2, "second"}});
    const ReadView view(*store);
    TimedRows rows(view, Table::details);
    rows.expect(1, at(1), 1, "one");
    rows.expect(1, at(2), 2, "first");
    BOOST_TEST(!rows.compare().has_value());
    rows.expect(1, at(2), 3, "second");
    BOOST_TEST(!rows.compare().has_value());
    BOOST_TEST(!rows.finish().has_value());
    BOOST_TEST(rows.compared() == 2U);
}

BOOST_AUTO_TEST_CASE(differences_found_in_parallel_are_reported_later) {
    const TempDirectory directory;
    const auto store = store_with(directory, {{1, "other"}, {2, "row"}});
    const ReadView view(*store);
    TimedRows rows(view, Table::details);
    rows.expect(1, at(1), 5, "row");
    rows.expect(1, at(2), 6, "row");
    BOOST_TEST(!rows.compare().has_value());
    const auto difference = rows.finish();
    BOOST_REQUIRE(difference.has_value());
    BOOST_TEST(difference->position == 5U);
}

BOOST_AUTO_TEST_SUITE_END()
