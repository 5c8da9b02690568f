#include "base/instant.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "events/store/keys.hpp"
#include "support/random.hpp"

BOOST_AUTO_TEST_SUITE(instant_test)

using namespace threatatlas;
using namespace threatatlas::base;
using namespace threatatlas::store;
using namespace threatatlas::testing;
namespace data = boost::unit_test::data;

namespace {

Instant micros(std::int64_t count) {
    return Instant{std::chrono::microseconds{count}};
}

struct Reading {
    std::string_view text;
    std::string_view means;
};
std::ostream& operator<<(std::ostream& out, const Reading& reading) {
    return out << reading.text;
}

constexpr std::array readings{
    Reading{"2026-11-23T15:12:39.659623Z", "2026-11-23T15:12:39.659623Z"},
    Reading{"2026-11-23t15:12:39.659623z", "2026-11-23T15:12:39.659623Z"},
    Reading{"2026-11-23T15:12:39Z", "2026-11-23T15:12:39.000000Z"},
    Reading{"2026-11-23T15:12:39.6Z", "2026-11-23T15:12:39.600000Z"},
    // Digits beyond microseconds are truncated, not rounded.
    Reading{"2026-11-23T15:12:39.9999999999999999999999Z", "2026-11-23T15:12:39.999999Z"},
    Reading{"2026-11-23T15:12:39+01:30", "2026-11-23T13:42:39.000000Z"},
    Reading{"2026-11-23T15:12:39-23:59", "2026-11-24T15:11:39.000000Z"},
    Reading{"2026-11-23T15:12:39-00:00", "2026-11-23T15:12:39.000000Z"},
    Reading{"2026-01-01T00:30:00+01:00", "2025-12-31T23:30:00.000000Z"},
    Reading{"2024-02-29T12:00:00Z", "2024-02-29T12:00:00.000000Z"},
    Reading{"2000-02-29T12:00:00Z", "2000-02-29T12:00:00.000000Z"},
    // A leap second is read as the last microsecond of the preceding second.
    Reading{"2016-12-31T23:59:60Z", "2016-12-31T23:59:59.999999Z"},
    Reading{"2016-12-31T23:59:60.5Z", "2016-12-31T23:59:59.999999Z"},
    Reading{"2015-06-30T23:59:60Z", "2015-06-30T23:59:59.999999Z"},
    Reading{"2017-01-01T00:59:60+01:00", "2016-12-31T23:59:59.999999Z"},
    Reading{"2016-12-31T18:29:60-05:30", "2016-12-31T23:59:59.999999Z"},
    Reading{"1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z"},
    Reading{"0000-01-01T00:00:00Z", "0000-01-01T00:00:00.000000Z"},
    Reading{"9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z"}};

constexpr std::array no_instants = std::to_array<std::string_view>(
    {"", "2026", "2026-11-23", "2026-11-23T", "2026-11-23T15:12Z", "2026-11-23T15:12:39",
     "2026-11-23 15:12:39Z", "2026-11-23T15:12:39.Z", "2026-11-23T15:12:39,5Z",
     "2026-11-23T15:12:39 Z", " 2026-11-23T15:12:39Z", "2026-11-23T15:12:39Z ",
     "2026-11-23T15:12:39ZZ", "2026-11-23T15:12:39+01", "2026-11-23T15:12:39+0100",
     "2026-11-23T15:12:39+24:00", "2026-11-23T15:12:39+01:60", "2026-11-23T15:12:39 01:00",
     "2026-11-23T15:12:39*01:00", "2026-11-23T24:00:00Z", "2026-11-23T15:60:00Z",
     "2026-11-23T15:12:61Z", "2026-11-23T5:12:39Z", "2026-00-23T15:12:39Z", "2026-13-23T15:12:39Z",
     "2026-11-00T15:12:39Z", "2026-11-31T15:12:39Z", "2026-02-29T15:12:39Z", "1900-02-29T15:12:39Z",
     "26-11-23T15:12:39Z", "12026-11-23T15:12:39Z", "+2026-11-23T15:12:39Z", "-026-11-23T15:12:39Z",
     "2026-1-23T15:12:39Z", "2026/11/23T15:12:39Z", "20261123T151239Z",
     // In UTC, these are in the years -1 and 10000.
     "0000-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01", "now",
     "2026-11-23T15:12:39.659623\xff",
     // No leap second can occur at these times.
     "2026-11-23T15:12:60Z", "2026-12-31T23:58:60Z", "2026-12-30T23:59:60Z", "2026-03-31T23:59:60Z",
     "2026-06-30T22:59:60Z", "2016-12-31T23:59:60+01:00", "2017-01-01T00:59:60Z",
     "2026-12-31T24:00:00Z", "2026-12-31T24:00:60Z", "2026-12-31T23:59:60.Z",
     "2026-04-31T12:00:00Z", "2026-11-23T15:12:39+25:00", "2026-11-23T15:12:39-24:00",
     "2026-11-23T15:12:39+1:00", "2026-11-23T15:12:39--01:00"});

}  // namespace

BOOST_DATA_TEST_CASE(a_date_time_is_read, data::make(readings), reading) {
    const auto instant = parse_instant(reading.text);
    BOOST_REQUIRE(instant.has_value());
    BOOST_TEST(format_instant(*instant) == reading.means);
}

BOOST_DATA_TEST_CASE(other_forms_are_refused, data::make(no_instants), text) {
    BOOST_TEST(!parse_instant(text).has_value());
}

BOOST_AUTO_TEST_CASE(zero_is_the_start_of_1970) {
    BOOST_TEST(format_instant(Instant{}) == "1970-01-01T00:00:00.000000Z");
    BOOST_TEST(format_instant(micros(1'795'446'759'659'623)) == "2026-11-23T15:12:39.659623Z");
}

BOOST_AUTO_TEST_CASE(a_written_value_is_read_back) {
    Random random(test_seed());
    for (int i = 0; i < 10'000; ++i) {
        const Instant instant =
            micros(static_cast<std::int64_t>(random.below(315'569'520'000'000'000)) -
                   62'167'219'200'000'000);
        const auto text = format_instant(instant);
        BOOST_REQUIRE_EQUAL(text.size(), 27U);
        BOOST_REQUIRE(parse_instant(text) == instant);
        BOOST_REQUIRE(parse_as_of(text) == instant);
    }
}

BOOST_AUTO_TEST_CASE(a_date_means_the_end_of_its_day) {
    BOOST_REQUIRE(parse_as_of("2026-03-31").has_value());
    BOOST_TEST(format_instant(*parse_as_of("2026-03-31")) == "2026-03-31T23:59:59.999999Z");
    BOOST_TEST(format_instant(*parse_as_of("2024-02-29")) == "2024-02-29T23:59:59.999999Z");
    BOOST_TEST(!parse_as_of("2026-02-29").has_value());
    BOOST_TEST(!parse_as_of("2026-03-31 ").has_value());
    BOOST_TEST(!parse_as_of("2026-03").has_value());
}

BOOST_AUTO_TEST_CASE(the_plus_of_an_offset_may_have_become_a_space) {
    const auto as_sent = parse_as_of("2026-03-31T12:00:00+02:00");
    BOOST_REQUIRE(as_sent.has_value());
    BOOST_TEST(format_instant(*as_sent) == "2026-03-31T10:00:00.000000Z");
    BOOST_CHECK(parse_as_of("2026-03-31T12:00:00 02:00") == as_sent);
    BOOST_TEST(!parse_as_of("2026-03-31T12:00:00  02:00").has_value());
    BOOST_TEST(!parse_as_of("2026-03-31 12:00:00Z").has_value());
}

BOOST_AUTO_TEST_CASE(a_plain_date_is_distinguished_from_an_instant) {
    BOOST_TEST(is_date("2026-03-31"));
    BOOST_TEST(!is_date("2026-03-32"));
    BOOST_TEST(!is_date("2026-03-31T00:00:00Z"));
    BOOST_TEST(!is_date(""));
}

BOOST_AUTO_TEST_CASE(keys_sort_as_instants_do) {
    const std::array instants{Instant::min(), micros(-1),  micros(1),
                              micros(255),    micros(256), micros(1'795'446'759'659'623),
                              Instant::max()};
    for (std::size_t i = 0; i + 1 < instants.size(); ++i) {
        BOOST_CHECK(be64_key(micros_of(instants[i])) <= be64_key(micros_of(instants[i + 1])));
    }
    // Times before 1970 sort before every recorded time.
    BOOST_CHECK(be64_key(micros_of(Instant::min())) < be64_key(micros_of(micros(1))));
    BOOST_CHECK(be64_key(micros_of(micros(-1))) < be64_key(micros_of(micros(1))));
    BOOST_CHECK(instant_of(micros_of(micros(1'795'446'759'659'623))) ==
                micros(1'795'446'759'659'623));
}

BOOST_AUTO_TEST_SUITE_END()
