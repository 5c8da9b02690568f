#include "events/event_log.hpp"

#include <boost/test/unit_test.hpp>

#include "events/store/keys.hpp"
#include "events/store/store.hpp"
#include "support/temp_directory.hpp"

BOOST_AUTO_TEST_SUITE(event_log_test)

using namespace threatatlas;
using namespace threatatlas::base;
using namespace threatatlas::events;
using namespace threatatlas::store;
using namespace threatatlas::testing;

namespace {

Instant at(std::int64_t micros) {
    return Instant{std::chrono::microseconds{micros}};
}

// A log with one event at each of the given times.
class Log {
  public:
    explicit Log(std::initializer_list<std::int64_t> times)
        : store_(Store::open(directory_ / "data", {.create = true, .cache_mebibytes = 8})) {
        RowBatch batch(*store_);
        Position position = 0;
        for (const auto time : times) {
            Event event;
            event.position = ++position;
            event.time = at(time);
            event.id = "017f22e2-79b0-7cc3-98c4-dc0c0c07398f";
            event.product_id = 1;
            event.actor = "system";
            event.data = ThreatRemoved{position};
            std::string line;
            append_line(line, event);
            batch.put(Table::events, be64_key(position), line);
        }
        store_->write(batch);
    }

    const Store& store() const { return *store_; }

  private:
    TempDirectory directory_;
    std::unique_ptr<Store> store_;
};

}  // namespace

BOOST_AUTO_TEST_CASE(the_end_of_an_empty_log_is_zero) {
    const Log log({});
    const ReadView view(log.store());
    BOOST_TEST(end_of_log(view).position == 0U);
    BOOST_CHECK(end_of_log(view).time == Instant{});
    BOOST_TEST(!line_at(view, 0).has_value());
    BOOST_TEST(!line_at(view, 1).has_value());
    BOOST_CHECK(time_at_position(view, 0) == Instant::min());
    BOOST_CHECK(!time_at_position(view, 1));
}

BOOST_AUTO_TEST_CASE(the_end_is_the_last_event) {
    const Log log({10, 20, 20});
    const ReadView view(log.store());
    BOOST_TEST(end_of_log(view).position == 3U);
    BOOST_CHECK(end_of_log(view).time == at(20));
}

BOOST_AUTO_TEST_CASE(positions_are_in_order_beyond_one_byte) {
    const TempDirectory directory;
    const auto store = Store::open(directory / "data", {.create = true, .cache_mebibytes = 8});
    RowBatch batch(*store);
    for (Position position = 1; position <= 70'000; ++position) {
        batch.put(Table::events, be64_key(position), std::to_string(position));
    }
    store->write(batch);
    Position expected = 0;
    scan_lines(ReadView(*store), 1, [&](Position position, std::string_view line) {
        ++expected;
        BOOST_REQUIRE_EQUAL(position, expected);
        BOOST_REQUIRE_EQUAL(line, std::to_string(expected));
        return true;
    });
    BOOST_TEST(expected == 70'000U);
}

BOOST_AUTO_TEST_CASE(an_event_is_found_by_its_position) {
    const Log log({10, 20});
    const ReadView view(log.store());
    BOOST_TEST(!event_at(view, 0).has_value());
    BOOST_TEST(threat_of(event_at(view, 2).value()) == 2U);
    BOOST_TEST(line_at(view, 2).value().find(R"("position":2,)") != std::string::npos);
    BOOST_TEST(!event_at(view, 3).has_value());
}

BOOST_AUTO_TEST_CASE(a_scan_begins_and_ends_as_requested) {
    const Log log({10, 20, 30, 40});
    const ReadView view(log.store());
    std::vector<Position> seen;
    scan_lines(view, 2, [&](Position position, std::string_view) {
        seen.push_back(position);
        return position < 3;
    });
    BOOST_TEST(seen == (std::vector<Position>{2, 3}), boost::test_tools::per_element());
    seen.clear();
    scan_lines(view, 5, [&](Position position, std::string_view) {
        seen.push_back(position);
        return true;
    });
    BOOST_TEST(seen.empty());
}

// Transactions of one, three and two events. A position within a transaction means the state
// before that transaction.
BOOST_AUTO_TEST_CASE(a_position_within_a_transaction_means_the_time_before_it) {
    const Log log({10, 20, 20, 20, 30, 30});
    const ReadView view(log.store());
    BOOST_CHECK(time_at_position(view, 0) == Instant::min());
    BOOST_CHECK(time_at_position(view, 1) == at(10));
    BOOST_CHECK(time_at_position(view, 2) == at(19));
    BOOST_CHECK(time_at_position(view, 3) == at(19));
    BOOST_CHECK(time_at_position(view, 4) == at(20));
    BOOST_CHECK(time_at_position(view, 5) == at(29));
    BOOST_CHECK(time_at_position(view, 6) == at(30));
    BOOST_CHECK(!time_at_position(view, 7));
    BOOST_CHECK(!time_at_position(view, std::numeric_limits<Position>::max()));
}

BOOST_AUTO_TEST_CASE(an_invalid_line_is_reported_with_its_position) {
    const TempDirectory directory;
    const auto store = Store::open(directory / "data", {.create = true, .cache_mebibytes = 8});
    RowBatch batch(*store);
    batch.put(Table::events, be64_key(1), "{\"broken\":1}");
    store->write(batch);
    const ReadView view(*store);
    BOOST_CHECK_EXCEPTION(event_at(view, 1), StorageError, [](const StorageError& error) {
        return std::string_view(error.what()).find("position 1:") != std::string_view::npos;
    });
    BOOST_CHECK_THROW(end_of_log(view), StorageError);
}

BOOST_AUTO_TEST_SUITE_END()
