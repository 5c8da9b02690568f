// Which readings of the clock are believed, and what is remembered of them across restarts.
#include "commands/sequencer/clock_guard.hpp"

#include <fstream>

#include <boost/test/unit_test.hpp>

#include "support/temp_directory.hpp"

BOOST_AUTO_TEST_SUITE(clock_guard_test)

using namespace threatatlas;
using namespace threatatlas::base;
using namespace threatatlas::sequencer;
using namespace threatatlas::testing;
using namespace std::chrono_literals;

namespace {

constexpr std::chrono::microseconds tick{1};
const Instant start{std::chrono::seconds{1'700'000'000}};

ClockReading at(std::chrono::microseconds wall, std::chrono::microseconds uptime) {
    return {start + wall, 1h + uptime};
}

struct Fixture {
    const TempDirectory directory;
    const std::filesystem::path data = directory / "data";
};

}  // namespace

BOOST_AUTO_TEST_CASE(a_steady_clock_is_believed) {
    ClockGuard guard(at(0s, 0s), start, std::nullopt);
    for (const auto passed : {1s, 10s, 100'000s}) {
        BOOST_TEST((guard.believed(at(passed, passed)) == start + passed));
        BOOST_TEST(!guard.doubt(at(passed, passed)));
    }
    // Small steps are believed, and so is one of almost five minutes.
    BOOST_TEST((guard.believed(at(100'001s, 100'000s)) == start + 100'001s));
    BOOST_TEST(!guard.doubt(at(100'300s, 100'000s)));
    // Steps add up.
    BOOST_TEST(guard.doubt(at(100'301s, 100'000s)).has_value());
}

BOOST_AUTO_TEST_CASE(a_step_ahead_is_not_believed_until_it_is_undone) {
    ClockGuard guard(at(0s, 0s), start, std::nullopt);
    const ClockReading ahead = at(10s + 5min + tick, 10s);
    BOOST_TEST((guard.believed(ahead) == start + 10s));
    BOOST_TEST((guard.step(ahead) == ClockStep{start + 10s, ahead.wall, ahead.uptime}));
    const auto sentence = guard.doubt(ahead);
    BOOST_REQUIRE(sentence);
    BOOST_TEST(sentence->find(format_instant(ahead.wall)) != std::string::npos);
    BOOST_TEST(sentence->find(format_instant(start + 10s)) != std::string::npos);
    // Reading it repeatedly does not make the clock believable.
    BOOST_TEST(guard.doubt(ahead).has_value());
    BOOST_TEST(!guard.doubt(at(11s, 11s)));
    BOOST_TEST(!guard.step(at(11s, 11s)));
}

BOOST_AUTO_TEST_CASE(a_step_back_is_not_believed_until_it_is_undone) {
    ClockGuard guard(at(0s, 0s), start, std::nullopt);
    BOOST_TEST(!guard.doubt(at(10s, 10s)));
    const ClockReading behind = at(20s - 5min - tick, 20s);
    BOOST_TEST((guard.believed(behind) == start + 20s));
    BOOST_TEST((guard.step(behind) == ClockStep{start + 20s, behind.wall, behind.uptime}));
    const auto sentence = guard.doubt(behind);
    BOOST_REQUIRE(sentence);
    BOOST_TEST(sentence->find("stepped back") != std::string::npos, *sentence);
    BOOST_TEST(sentence->find(format_instant(behind.wall)) != std::string::npos);
    BOOST_TEST(sentence->find(format_instant(start + 20s)) != std::string::npos);
    BOOST_TEST(guard.doubt(at(-2h, 21s)).has_value());
    // The clock is not right an hour later either, nor if it is set too far ahead.
    BOOST_TEST(guard.doubt(at(-1h, 1h)).has_value());
    BOOST_TEST(guard.doubt(at(2h, 1h)).has_value());
    BOOST_TEST(!guard.doubt(at(1h + 1s, 1h + 2s)));
}

BOOST_AUTO_TEST_CASE(small_steps_are_followed_in_both_directions) {
    ClockGuard guard(at(0s, 0s), start, std::nullopt);
    std::chrono::microseconds sum{0};
    for (const auto step : {5min, -5min, -5min, 5min, 1min, 1min, 1min, 1min, 1min}) {
        sum += step;
        BOOST_TEST((guard.believed(at(1h + sum, 1h)) == start + 1h + sum));
        BOOST_TEST(!guard.doubt(at(1h + sum, 1h)));
    }
    BOOST_TEST(guard.doubt(at(1h + sum + tick, 1h)).has_value());
}

BOOST_AUTO_TEST_CASE(steps_add_up_until_they_are_in_doubt) {
    for (const auto distance : {295s, -295s}) {
        ClockGuard guard(at(0s, 0s), start, std::nullopt);
        std::chrono::microseconds sum{0};
        for (int second = 1; second <= 20; ++second) {
            sum += distance;
            const std::chrono::seconds passed{second};
            const Instant believed = guard.believed(at(passed + sum, passed));
            static_cast<void>(guard.seen(at(passed + sum, passed)));
            BOOST_TEST((std::chrono::abs(believed - (start + passed)) <= 5min));
            BOOST_TEST(guard.doubt(at(passed + sum, passed)).has_value() == (second > 1));
        }
    }
}

BOOST_AUTO_TEST_CASE(small_steps_are_forgiven_with_time) {
    ClockGuard guard(at(0s, 0s), start, std::nullopt);
    std::chrono::microseconds sum{0};
    // A clock that gains four seconds in three hours, and one that gains ten seconds per hour.
    for (auto passed = 0h; passed < 24h * 60; passed += 3h) {
        sum += 4s;
        BOOST_TEST(!guard.doubt(at(passed + sum, passed)));
        BOOST_TEST(guard.seen(at(passed + sum, passed)).has_value());
    }
    ClockGuard fast(at(0s, 0s), start, std::nullopt);
    sum = 0s;
    int steps = 0;
    for (auto passed = 0h; !fast.doubt(at(passed + sum, passed)); passed += 1h) {
        static_cast<void>(fast.seen(at(passed + sum, passed)));
        sum += 10s;
        ++steps;
    }
    BOOST_TEST(steps == 37);  // 1.8 s are forgiven per hour
}

BOOST_AUTO_TEST_CASE(the_sum_of_steps_survives_restarts) {
    for (const std::string next_boot : {"one", "two"}) {
        for (const auto distance : {295s, -295s}) {
            ClockGuard first(at(0s, 0s), start, std::nullopt, "one");
            const auto seen = first.seen(at(distance + 1s, 1s));
            BOOST_REQUIRE(seen);
            BOOST_TEST((seen->moved == distance));
            // The program or the machine was down for a minute.
            const auto uptime = next_boot == "one" ? 61s : -1h;
            ClockGuard second(at(distance + 61s, uptime), start - 1h, std::nullopt, next_boot,
                              seen);
            BOOST_TEST(!second.doubt(at(distance + 61s, uptime)));
            BOOST_TEST(second.doubt(at(2 * distance + 61s, uptime)).has_value());
            BOOST_TEST(!second.doubt(at(61s, uptime)));
        }
    }
}

BOOST_AUTO_TEST_CASE(a_step_while_the_program_was_down_is_in_doubt) {
    const ClockSeen seen{start, start, 0s, 1h, "one"};
    for (const auto distance : {24h, -24h}) {
        const ClockReading stepped = at(distance + 600s, 600s);
        ClockGuard guard(stepped, start - 1h, std::nullopt, "one", seen);
        BOOST_TEST(guard.doubt(stepped).has_value());
        BOOST_TEST((guard.believed(stepped) == start + 600s));
        BOOST_TEST(
            (guard.step(stepped) == ClockStep{start + 600s, stepped.wall, stepped.uptime, "one"}));
        BOOST_TEST(!guard.doubt(at(601s, 601s)));
    }
}

BOOST_AUTO_TEST_CASE(a_clock_earlier_than_before_a_reboot_is_in_doubt) {
    const ClockSeen seen{start - 1min, start, 0s, 1h, "one"};
    const ClockReading behind{start - 5min - tick, 7s};
    ClockGuard guard(behind, start - 24h, std::nullopt, "two", seen);
    const auto sentence = guard.doubt(behind);
    BOOST_REQUIRE(sentence);
    BOOST_TEST(sentence->find(format_instant(start)) != std::string::npos, *sentence);
    BOOST_TEST((guard.latest(behind) == start));
    const ClockReading near{start - 5min + 1s, 8s};
    BOOST_TEST(!guard.doubt(near));
    BOOST_TEST((guard.believed(near) == near.wall));
    BOOST_TEST((guard.latest(near) == start));
    // Regardless of how long the machine was down.
    ClockGuard later({start + 1'000h, 7s}, start, std::nullopt, "two", seen);
    BOOST_TEST(!later.doubt({start + 1'000h, 7s}));
}

BOOST_AUTO_TEST_CASE(expiry_is_judged_by_the_highest_believed_time) {
    ClockGuard guard(at(0s, 0s), start, std::nullopt);
    BOOST_TEST((guard.latest(at(10s, 10s)) == start + 10s));
    BOOST_TEST((guard.believed(at(11s - 4min, 11s)) == start + 11s - 4min));
    BOOST_TEST((guard.latest(at(11s - 4min, 11s)) == start + 11s));
    BOOST_TEST((guard.latest(at(60s - 4min, 60s)) == start + 11s));
    BOOST_TEST((guard.seen(at(60s - 4min, 60s))->highest == start + 11s));
    BOOST_TEST((guard.latest(at(5min - 4min, 5min)) == start + 1min));
}

BOOST_AUTO_TEST_CASE(a_clock_that_steps_back_before_the_log_is_in_doubt) {
    ClockGuard guard(at(0s, 0s), start, std::nullopt);
    BOOST_TEST(!guard.doubt(at(5min, 0s), start + 5min));
    // A step back that would be believed on its own.
    BOOST_TEST(!guard.doubt(at(0s, 0s), start + 5min));
    BOOST_TEST(guard.doubt(at(-tick, 0s), start + 5min).has_value());
}

BOOST_AUTO_TEST_CASE(a_clock_before_the_log_at_start_may_be_corrected) {
    ClockGuard guard(at(-24h, 0s), start, std::nullopt, "one");
    BOOST_TEST(guard.doubt(at(-24h, 0s)).has_value());
    BOOST_TEST(!guard.step(at(-24h, 0s)));
    BOOST_TEST(!guard.seen(at(-24h, 0s)));
    BOOST_TEST(!guard.doubt(at(10s, 1s)));
    BOOST_TEST(guard.seen(at(10s, 1s))->moved == 0s);
}

BOOST_AUTO_TEST_CASE(a_log_ahead_of_the_clock_waits_for_the_clock) {
    ClockGuard near(at(0s, 0s), start + 5min, std::nullopt);
    BOOST_TEST(!near.doubt(at(0s, 0s)));
    ClockGuard guard(at(0s, 0s), start + 5min + tick, std::nullopt);
    BOOST_TEST(guard.doubt(at(0s, 0s)).has_value());
    BOOST_TEST(!guard.step(at(0s, 0s)));
    BOOST_TEST(!guard.doubt(at(tick, tick)));
    BOOST_TEST(guard.doubt(at(-1h, 1s)).has_value());
}

BOOST_AUTO_TEST_CASE(a_restart_of_the_program_uses_the_uptime) {
    for (const auto distance : {24h, -24h}) {
        const ClockStep step{start, start + distance, 1h, "one"};
        // Regardless of how long it took, the clock either has the expected time or it does not.
        for (const std::chrono::hours passed : {0h, 1h, 23h, 24h, 25h, 1'000h}) {
            const ClockReading wrong{start + distance + passed, 1h + passed};
            ClockGuard still_wrong(wrong, start, step, "one");
            BOOST_TEST(still_wrong.doubt(wrong).has_value());
            BOOST_TEST((still_wrong.believed(wrong) == start + passed));
            BOOST_TEST((still_wrong.step(wrong) ==
                        ClockStep{start + passed, wrong.wall, wrong.uptime, "one"}));
            BOOST_TEST(!still_wrong.doubt({start + passed + 1s, 1h + passed + 1s}));
            const ClockReading right{start + passed + 5min, 1h + passed};
            ClockGuard set_right(right, start, step, "one");
            BOOST_TEST(!set_right.doubt(right));
            BOOST_TEST(!set_right.step(right));
        }
    }
}

BOOST_AUTO_TEST_CASE(a_step_ahead_is_in_doubt_after_a_restart_of_the_machine_until_set_back) {
    for (const std::string boot : {"one", ""}) {  // earlier versions did not record the boot
        const ClockStep step{start, start + 24h, 1h, boot};
        ClockGuard still_there({start + 25h, 7s}, start, step, "two");
        const auto sentence = still_there.doubt({start + 25h, 7s});
        BOOST_REQUIRE(sentence);
        BOOST_TEST(sentence->find(format_instant(start + 25h)) != std::string::npos);
        BOOST_TEST(sentence->find(format_instant(start)) != std::string::npos);
        BOOST_TEST((still_there.believed({start + 25h + 1s, 8s}) == start + 1s));
        // The machine's downtime is unknown, so the expected time cannot be stored for the next
        // start.
        BOOST_TEST(still_there.step({start + 25h + 1s, 8s})->boot.empty());
        // The clock is set right while the server runs; the machine was down for an hour.
        BOOST_TEST(!still_there.doubt({start + 1h + 2s, 9s}));
        BOOST_TEST(!still_there.step({start + 1h + 2s, 9s}));
        BOOST_TEST(still_there.doubt({start + 25h + 3s, 10s}).has_value());
        ClockGuard set_right({start + 1h, 7s}, start, step, "two");
        BOOST_TEST(!set_right.doubt({start + 1h, 7s}));
        ClockGuard too_far_back({start - 1h, 7s}, start, step, "two");
        BOOST_TEST(too_far_back.doubt({start - 1h, 7s}).has_value());
        BOOST_TEST(!too_far_back.doubt({start + 1h, 8s}));
    }
}

BOOST_AUTO_TEST_CASE(a_step_back_is_in_doubt_after_a_restart_of_the_machine_until_it_is_over) {
    const ClockStep step{start, start - 2h, 1h, "one"};
    ClockGuard still_there({start - 1h, 7s}, start - 4h, step, "two");
    const auto sentence = still_there.doubt({start - 1h, 7s});
    BOOST_REQUIRE(sentence);
    BOOST_TEST(sentence->find(format_instant(start - 1h)) != std::string::npos);
    BOOST_TEST(sentence->find(format_instant(start)) != std::string::npos);
    // The clock is set right while the server runs; the machine was down for an hour.
    BOOST_TEST(!still_there.doubt({start + 1h + 1s, 8s}));
    BOOST_TEST(still_there.doubt({start - 1h + 2s, 9s}).has_value());
    ClockGuard set_right({start + 1'000h, 7s}, start, step, "two");
    BOOST_TEST(!set_right.doubt({start + 1'000h, 7s}));
}

BOOST_FIXTURE_TEST_CASE(a_saved_step_is_read_back_and_a_broken_file_ignored, Fixture) {
    std::filesystem::create_directory(data);
    BOOST_TEST(!load_clock_step(data));
    for (const ClockStep& step :
         {ClockStep{start, start + 24h, 1h, "one"}, ClockStep{start, start - 2h, 0s, ""}}) {
        save_clock_step(data, step);
        BOOST_TEST((load_clock_step(data) == step));
    }
    // The format of earlier versions.
    const ClockStep step{start, start + 24h};
    std::ofstream(data / "clock-doubt") << "expected " << format_instant(step.expected) << " seen "
                                        << format_instant(step.seen) << "\n";
    BOOST_TEST((load_clock_step(data) == step));
    save_clock_step(data, std::nullopt);
    BOOST_TEST(!load_clock_step(data));
    save_clock_step(data, std::nullopt);
    for (const char* broken : {"", "expected ", "expected x seen y", "seen expected"}) {
        std::ofstream(data / "clock-doubt") << broken;
        BOOST_TEST(!load_clock_step(data));
    }
}

BOOST_FIXTURE_TEST_CASE(a_saved_reading_is_read_back, Fixture) {
    std::filesystem::create_directory(data);
    BOOST_TEST(!load_clock_seen(data));
    for (const auto moved : {-295s, 0s, 1s}) {
        const ClockSeen seen{start, start + 1h, moved, 2h, "one"};
        save_clock_seen(data, seen);
        BOOST_TEST((load_clock_seen(data) == seen));
    }
    save_clock_seen(data, std::nullopt);
    BOOST_TEST(!load_clock_seen(data));
    for (const char* broken : {"", "wall ", "wall x highest y moved z\nuptime 1 boot one\n"}) {
        std::ofstream(data / "clock-seen") << broken;
        BOOST_TEST(!load_clock_seen(data));
    }
}

BOOST_AUTO_TEST_SUITE_END()
