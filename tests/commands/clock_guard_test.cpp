// A clock that cannot be believed stops writing, and does not move the log into the future.
#define BOOST_TEST_MODULE clock_guard
#include "commands/clock_guard.hpp"

#include <atomic>
#include <fstream>

#include <boost/test/unit_test.hpp>

#include "commands/sequencer.hpp"
#include "desk.hpp"
#include "refused.hpp"

using namespace threatatlas;
using namespace std::chrono_literals;

namespace {

constexpr std::chrono::microseconds tick{1};
const Instant start{std::chrono::seconds{1'700'000'000}};

ClockReading at(std::chrono::microseconds wall, std::chrono::microseconds uptime) {
    return {start + wall, 1h + uptime};
}

// A sequencer on a clock that the test sets; both times pass only as it says.
class Writer {
  public:
    explicit Writer(const std::filesystem::path& data, Instant wall = start,
                    bool accepts_clock = false)
        : wall_(wall.time_since_epoch().count()),
          store_(Store::open(data, {.create = true, .cache_mebibytes = 8})),
          sequencer_(
              *store_, access_,
              {.clock = [this] { return Instant{std::chrono::microseconds{wall_}}; },
               .random = [](auto bytes) { std::fill(bytes.begin(), bytes.end(), std::byte{}); },
               .uptime = [this] { return std::chrono::microseconds{uptime_}; },
               .accepts_clock = accepts_clock}) {}

    Sequencer* operator->() { return &sequencer_; }
    void pass(std::chrono::microseconds time) {
        uptime_ += time.count();
        wall_ += time.count();
    }
    void step(std::chrono::microseconds distance) { wall_ += distance.count(); }

    Instant register_product() {
        sequencer_.execute(Desk::about(0, parse_register_product(R"({"name":"P"})")));
        return sequencer_.end().time;
    }
    bool is_refused() {
        try {
            register_product();
        } catch (const Refusal& refusal) {
            BOOST_TEST((refusal.kind() == RefusalKind::clock_in_doubt));
            return true;
        }
        return false;
    }

  private:
    std::atomic<std::int64_t> wall_;
    std::atomic<std::int64_t> uptime_ = 0;
    std::unique_ptr<Store> store_;
    Access access_;
    Sequencer sequencer_;
};

struct Fixture {
    const TempDirectory directory;
    const std::filesystem::path data = directory / "data";
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(clock_guard, Fixture)

BOOST_AUTO_TEST_CASE(a_clock_that_goes_with_the_time_is_believed) {
    ClockGuard guard(at(0s, 0s), start, std::nullopt);
    for (const auto passed : {1s, 10s, 100'000s}) {
        BOOST_TEST((guard.believed(at(passed, passed)) == start + passed));
        BOOST_TEST(!guard.doubt(at(passed, passed)));
    }
    // It is kept right by small steps, and by one of five minutes.
    BOOST_TEST((guard.believed(at(100'001s, 100'000s)) == start + 100'001s));
    BOOST_TEST(!guard.doubt(at(100'301s, 100'000s)));
    // What was once believed is where the next step begins.
    BOOST_TEST(!guard.doubt(at(100'601s, 100'000s)));
}

BOOST_AUTO_TEST_CASE(a_step_ahead_is_not_believed_until_it_is_taken_back) {
    ClockGuard guard(at(0s, 0s), start, std::nullopt);
    const ClockReading ahead = at(10s + 5min + tick, 10s);
    BOOST_TEST((guard.believed(ahead) == start + 10s));
    BOOST_TEST((guard.step(ahead) == ClockStep{start + 10s, ahead.wall}));
    const auto sentence = guard.doubt(ahead);
    BOOST_REQUIRE(sentence);
    BOOST_TEST(sentence->find(format_instant(ahead.wall)) != std::string::npos);
    BOOST_TEST(sentence->find(format_instant(start + 10s)) != std::string::npos);
    // Having been looked at does not make it any better.
    BOOST_TEST(guard.doubt(ahead).has_value());
    BOOST_TEST(!guard.doubt(at(11s, 11s)));
    BOOST_TEST(!guard.step(at(11s, 11s)));
}

BOOST_AUTO_TEST_CASE(a_step_back_and_the_way_back_from_it_are_harmless) {
    ClockGuard guard(at(0s, 0s), start, std::nullopt);
    BOOST_TEST((guard.believed(at(-1h, 1s)) == start - 1h));
    BOOST_TEST(!guard.doubt(at(-1h, 1s)));
    BOOST_TEST(!guard.doubt(at(2s, 2s)));
}

BOOST_AUTO_TEST_CASE(a_log_ahead_of_the_clock_waits_until_it_has_caught_up) {
    ClockGuard near(at(0s, 0s), start + 5min, std::nullopt);
    BOOST_TEST(!near.doubt(at(0s, 0s)));
    ClockGuard guard(at(0s, 0s), start + 5min + tick, std::nullopt);
    BOOST_TEST(guard.doubt(at(0s, 0s)).has_value());
    BOOST_TEST(!guard.step(at(0s, 0s)));
    BOOST_TEST(!guard.doubt(at(tick, tick)));
    // From then on steps back are the clock's own affair.
    BOOST_TEST(!guard.doubt(at(-1h, 1s)));
}

BOOST_AUTO_TEST_CASE(a_step_is_kept_over_a_restart) {
    const ClockStep step{start, start + 24h};
    ClockGuard still_there({start + 25h, 7s}, start, step);
    BOOST_TEST(still_there.doubt({start + 25h, 7s}).has_value());
    BOOST_TEST((still_there.believed({start + 25h + 1s, 8s}) == start + 1s));
    ClockGuard set_right({start + 1h, 7s}, start, step);
    BOOST_TEST(!set_right.doubt({start + 1h, 7s}));
}

BOOST_AUTO_TEST_CASE(its_file_is_read_back_and_a_broken_one_counts_as_none) {
    std::filesystem::create_directory(data);
    BOOST_TEST(!load_clock_step(data));
    const ClockStep step{start, start + 24h};
    save_clock_step(data, step);
    BOOST_TEST((load_clock_step(data) == step));
    save_clock_step(data, std::nullopt);
    BOOST_TEST(!load_clock_step(data));
    save_clock_step(data, std::nullopt);
    for (const char* broken : {"", "expected ", "expected x seen y", "seen expected"}) {
        std::ofstream(data / "clock-doubt") << broken;
        BOOST_TEST(!load_clock_step(data));
    }
}

BOOST_AUTO_TEST_CASE(the_sequencer_records_nothing_while_it_is_in_doubt) {
    Writer writer(data);
    BOOST_TEST((writer.register_product() == start));
    writer.pass(1s);
    writer.step(24h);
    BOOST_TEST(writer.is_refused());
    // No question about the past, and no token's end, is judged by it either.
    BOOST_TEST((writer->now() == start + 1s));
    writer.step(-24h);
    BOOST_TEST((writer.register_product() == start + 1s));
    BOOST_TEST(!writer->clock_doubt());
    BOOST_TEST(writer->end().position == 2U);
}

BOOST_AUTO_TEST_CASE(a_restart_alone_does_not_make_it_believed_but_the_operator_does) {
    {
        Writer writer(data);
        writer.register_product();
        writer.step(24h);
        BOOST_TEST(writer.is_refused());
    }
    const Instant later = start + 25h;
    {
        Writer writer(data, later);
        BOOST_TEST(writer.is_refused());
    }
    {
        Writer writer(data, later, true);
        BOOST_TEST((writer.register_product() == later));
    }
    Writer writer(data, later + 1s);
    BOOST_TEST((writer.register_product() == later + 1s));
}

BOOST_AUTO_TEST_CASE(a_log_from_the_future_is_read_and_goes_on_only_when_accepted) {
    const Instant future = start + 24h * 365;
    Writer(data, future).register_product();
    {
        Writer writer(data);
        BOOST_TEST(writer.is_refused());
        BOOST_TEST((writer->now() == future));
        BOOST_TEST(writer->end().position == 1U);
    }
    Writer writer(data, start, true);
    BOOST_TEST((writer.register_product() == future + tick));
}

BOOST_AUTO_TEST_SUITE_END()
