#include "projections/query/timeline.hpp"

#include <limits>

#include <boost/test/unit_test.hpp>

#include "projections/fold_writer.hpp"
#include "support/random_history.hpp"
#include "support/temp_directory.hpp"
#include "support/twin.hpp"

BOOST_AUTO_TEST_SUITE(timeline_test)

using namespace threatatlas;
using namespace threatatlas::base;
using namespace threatatlas::events;
using namespace threatatlas::projections;
using namespace threatatlas::query;
using namespace threatatlas::store;
using namespace threatatlas::testing;
using std::chrono::hours;
using std::chrono::microseconds;

namespace {

Instant instant(std::string_view text) {
    return parse_instant(text).value();
}

std::uint64_t points_between(std::string_view from, std::string_view to, hours every) {
    return count_points(instant(from), instant(to), every);
}

// A step after which the product has this many threats.
HistoryStep step(std::string_view time, std::uint64_t threats, bool archived = false) {
    HistoryStep made;
    made.time = instant(time);
    made.row.posture.total_threats = threats;
    made.row.last_position = 10 * threats;
    made.row.archived = archived;
    return made;
}

std::vector<std::string> described(const std::vector<TimelinePoint>& points) {
    std::vector<std::string> texts;
    for (const TimelinePoint& point : points) {
        texts.push_back(format_instant(point.at) + " " + std::to_string(point.position) + " " +
                        std::to_string(point.posture.total_threats));
    }
    return texts;
}

// Three transactions and the archiving of the product.
const std::vector<HistoryStep> short_life{
    step("2026-03-01T12:00:00Z", 1), step("2026-03-01T12:00:00.000001Z", 2),
    step("2026-03-03T00:00:00Z", 3), step("2026-03-05T06:00:00Z", 4, true)};

// The same history in a store and in the slow twin.
struct Recorded {
    explicit Recorded(std::uint64_t seed, std::uint64_t transactions)
        : store(Store::open(directory / "data", {.create = true, .cache_mebibytes = 8})) {
        RandomHistory history(seed);
        FoldWriter writer(*store, FoldWriter::Lines::come_along);
        for (; transactions > 0; --transactions) {
            const auto events = history.next_transaction();
            twin.add_transaction(events);
            for (const Event& event : events) {
                std::string line;
                append_line(line, event);
                writer.add(event, line);
            }
        }
        writer.finish();
    }

    // The expected points, computed from the twin.
    std::vector<TimelinePoint> wanted(ProductId product, Instant from, Instant to,
                                      hours every) const {
        std::vector<Instant> instants;
        for (Instant at = from; at < to; at += every) {
            instants.push_back(at);
        }
        instants.push_back(to);
        std::vector<TimelinePoint> points;
        for (const Instant at : instants) {
            const TwinMoment* moment = twin.moment_at(product, at);
            if (moment != nullptr && !moment->archived) {
                points.push_back({at, moment->last_position, moment->posture});
            }
        }
        return points;
    }

    std::vector<HistoryStep> steps(ProductId product) const {
        std::vector<HistoryStep> found;
        scan_steps(ReadView(*store), product, Instant{}, Instant::max(),
                   [&](const HistoryStep& each) {
                       found.push_back(each);
                       return true;
                   });
        return found;
    }

    TempDirectory directory;
    std::unique_ptr<Store> store;
    Twin twin;
};

bool are_equal(const std::vector<TimelinePoint>& a, const std::vector<TimelinePoint>& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](const TimelinePoint& left, const TimelinePoint& right) {
                          return left.at == right.at && left.position == right.position &&
                                 left.posture == right.posture;
                      });
}

// Sampled step by step, as in the replay tool.
std::optional<std::vector<TimelinePoint>> sampled(const std::vector<HistoryStep>& steps,
                                                  Instant from, Instant to,
                                                  std::optional<hours> every,
                                                  std::size_t points_max) {
    TimelineSampler sampler(from, every, points_max);
    for (const HistoryStep& step : steps) {
        if (step.time <= to && !sampler.add(step)) {
            return std::nullopt;
        }
    }
    return sampler.finish(to);
}
std::vector<TimelinePoint> timeline(const std::vector<HistoryStep>& steps, Instant from, Instant to,
                                    hours every) {
    // Points before the first step are omitted and do not count towards the limit.
    const bool begins_before =
        !steps.empty() && from < steps.front().time && steps.front().time <= to;
    const Instant counted_from =
        begins_before ? from + (steps.front().time - from) / every * every : from;
    const auto points_max = static_cast<std::size_t>(count_points(counted_from, to, every));
    BOOST_TEST((points_max == 0 || !sampled(steps, from, to, every, points_max - 1)));
    return *sampled(steps, from, to, every, points_max);
}
std::optional<std::vector<TimelinePoint>> timeline_of_changes(const std::vector<HistoryStep>& steps,
                                                              Instant from, Instant to,
                                                              std::size_t points_max) {
    return sampled(steps, from, to, std::nullopt, points_max);
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_step_is_a_number_of_hours_or_days) {
    BOOST_TEST((parse_step("1h") == std::optional(hours{1})));
    BOOST_TEST((parse_step("36h") == std::optional(hours{36})));
    BOOST_TEST((parse_step("1d") == std::optional(hours{24})));
    BOOST_TEST((parse_step("7d") == std::optional(hours{168})));
    BOOST_TEST((parse_step("999999d") == std::optional(hours{23'999'976})));
    for (const std::string_view text : {"",         "h",
                                        "d",        "1",
                                        "0h",       "0d",
                                        "00h",      "01h",
                                        "-1h",      "+1h",
                                        "1.5h",     "1H",
                                        "1D",       "1w",
                                        "1m",       "1hh",
                                        "h1",       "1 h",
                                        " 1h",      "1h ",
                                        "1000000h", "99999999999999999999h",
                                        "change"}) {
        BOOST_TEST(!parse_step(text), text);
    }
}

BOOST_AUTO_TEST_CASE(a_date_as_the_start_of_a_range_is_the_start_of_its_day) {
    BOOST_TEST((parse_range_start("2026-03-31") == parse_instant("2026-03-31T00:00:00Z")));
    BOOST_TEST((parse_range_start("2026-03-31T12:00:00.5 02:00") ==
                parse_instant("2026-03-31T10:00:00.5Z")));
    for (const auto* const text : {"", "2026-02-29", "2026-03", "2026-03-31 ", "12:00:00Z"}) {
        BOOST_TEST(!parse_range_start(text), text);
    }
}

BOOST_AUTO_TEST_CASE(the_number_of_points_includes_the_last) {
    constexpr std::string_view start = "2026-03-01T00:00:00Z";
    BOOST_TEST(points_between(start, start, hours{1}) == 1U);
    BOOST_TEST(points_between(start, "2026-03-01T00:00:00.000001Z", hours{1}) == 2U);
    BOOST_TEST(points_between(start, "2026-03-01T01:00:00Z", hours{1}) == 2U);
    BOOST_TEST(points_between(start, "2026-03-01T01:00:01Z", hours{1}) == 3U);
    BOOST_TEST(points_between(start, "2026-03-31T00:00:00Z", hours{24}) == 31U);
    BOOST_TEST(points_between("0000-01-01T00:00:00Z", "9999-12-31T23:00:00Z", hours{1}) ==
               87'658'200U);
    BOOST_TEST(points_between(start, "2026-02-28T23:59:59Z", hours{1}) == 0U);
}

BOOST_AUTO_TEST_CASE(a_timeline_has_the_points_at_which_the_product_existed) {
    const auto points = timeline(short_life, instant("2026-02-27T00:00:00Z"),
                                 instant("2026-03-06T10:00:00Z"), hours{24});
    const std::vector<std::string> wanted{
        "2026-03-02T00:00:00.000000Z 20 2", "2026-03-03T00:00:00.000000Z 30 3",
        "2026-03-04T00:00:00.000000Z 30 3", "2026-03-05T00:00:00.000000Z 30 3"};
    BOOST_TEST(described(points) == wanted, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_timeline_ends_at_its_end_and_has_it_once) {
    const Instant from = instant("2026-03-01T12:00:00Z");
    const auto ends_between =
        timeline(short_life, from, instant("2026-03-02T13:30:00Z"), hours{24});
    const std::vector<std::string> two_and_end{"2026-03-01T12:00:00.000000Z 10 1",
                                               "2026-03-02T12:00:00.000000Z 20 2",
                                               "2026-03-02T13:30:00.000000Z 20 2"};
    BOOST_TEST(described(ends_between) == two_and_end, boost::test_tools::per_element());
    BOOST_TEST(timeline(short_life, from, instant("2026-03-02T12:00:00Z"), hours{24}).size() == 2U);
    BOOST_TEST(timeline(short_life, from, from, hours{24}).size() == 1U);
    BOOST_TEST(timeline(short_life, from, from - microseconds{1}, hours{24}).empty());
}

BOOST_AUTO_TEST_CASE(changes_equal_the_answers_of_the_gate) {
    const auto all = timeline_of_changes(short_life, Instant{}, Instant::max(), 3);
    BOOST_REQUIRE(all);
    const std::vector<std::string> wanted{"2026-03-01T12:00:00.000000Z 10 1",
                                          "2026-03-01T12:00:00.000001Z 20 2",
                                          "2026-03-03T00:00:00.000000Z 30 3"};
    BOOST_TEST(described(*all) == wanted, boost::test_tools::per_element());
    BOOST_TEST(!timeline_of_changes(short_life, Instant{}, Instant::max(), 2));

    const auto inside = timeline_of_changes(short_life, short_life[1].time, short_life[2].time, 2);
    BOOST_REQUIRE(inside);
    BOOST_TEST(inside->size() == 2U);
    BOOST_TEST(
        timeline_of_changes(short_life, short_life[2].time + microseconds{1}, short_life[3].time, 0)
            ->empty());
}

BOOST_AUTO_TEST_CASE(timelines_of_random_histories_equal_the_twin) {
    const std::uint64_t seed = test_seed();
    const Recorded recorded(seed, test_rounds(400));
    const ReadView view(*recorded.store);
    Random random(seed);
    std::size_t points_compared = 0;
    for (const auto& [product, unused] : recorded.twin.products()) {
        const auto& moments = recorded.twin.history(product);
        const auto steps = recorded.steps(product);
        BOOST_REQUIRE(steps.size() == moments.size());
        for (int round = 0; round < 20; ++round) {
            const Instant from =
                random.pick(moments).time - hours{random.below(50)} - microseconds{random.below(2)};
            const Instant to = from + hours{random.below(500)} + microseconds{random.below(2)};
            const hours every{random.between(1, 48)};
            const auto wanted = recorded.wanted(product, from, to, every);
            BOOST_TEST(are_equal(query::timeline(view, product, from, to, every), wanted));
            BOOST_TEST(are_equal(timeline(steps, from, to, every), wanted));
            BOOST_TEST(wanted.size() <= count_points(from, to, every));
            points_compared += wanted.size();
        }
    }
    BOOST_TEST(points_compared > 0U);
}

BOOST_AUTO_TEST_CASE(changes_of_random_histories_equal_the_twin) {
    const std::uint64_t seed = test_seed();
    const Recorded recorded(seed, test_rounds(400));
    const ReadView view(*recorded.store);
    Random random(seed);
    for (const auto& [product, unused] : recorded.twin.products()) {
        const auto& moments = recorded.twin.history(product);
        const auto steps = recorded.steps(product);
        for (int round = 0; round < 20; ++round) {
            const Instant from = random.pick(moments).time - microseconds{random.below(2)};
            const Instant to = random.pick(moments).time + microseconds{random.below(2)};
            std::vector<TimelinePoint> wanted;
            for (const TwinMoment& moment : moments) {
                if (from <= moment.time && moment.time <= to && !moment.archived) {
                    wanted.push_back({moment.time, moment.last_position, moment.posture});
                }
            }
            const auto found = query::timeline_of_changes(view, product, from, to, wanted.size());
            BOOST_REQUIRE(found);
            BOOST_TEST(are_equal(*found, wanted));
            BOOST_TEST(are_equal(*timeline_of_changes(steps, from, to, wanted.size()), wanted));
            if (!wanted.empty()) {
                BOOST_TEST(!query::timeline_of_changes(view, product, from, to, wanted.size() - 1));
            }
        }
        // The range begins before the earliest possible event.
        BOOST_TEST(query::timeline_of_changes(view, product, instant("0000-01-01T00:00:00Z"),
                                              moments.back().time, steps.size())
                       .has_value());
    }
}

BOOST_AUTO_TEST_CASE(a_missing_product_has_no_timeline) {
    const Recorded recorded(1, 20);
    const ReadView view(*recorded.store);
    const ProductId unknown = 1'000'000;
    const Instant from = instant("2020-01-01T00:00:00Z");
    BOOST_TEST(query::timeline(view, unknown, from, from + hours{48}, hours{24}).empty());
    BOOST_TEST(query::timeline_of_changes(view, unknown, from, Instant::max(), 1)->empty());
}

BOOST_AUTO_TEST_SUITE_END()
