#include "commands/clock_guard.hpp"

#include <charconv>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "events/limits.hpp"
#include "events/store.hpp"

namespace threatatlas {
namespace {

using std::chrono::microseconds;

constexpr std::string_view expected_word = "expected ";
constexpr std::string_view seen_word = " seen ";

constexpr std::string_view uptime_word = "uptime ";
constexpr std::string_view boot_word = " boot ";

constexpr std::int64_t step_max = microseconds{limits::clock_step_max}.count();
// A clock that is kept right moves all the time, and no two readings of wall clock and uptime are
// equally far apart. Less than this is not followed, so that most readings change nothing.
constexpr std::int64_t followed_min = microseconds{std::chrono::milliseconds{100}}.count();

std::int64_t offset_of(ClockReading now) {
    return (now.wall.time_since_epoch() - now.uptime).count();
}

// Whether the time that passed since the step is known.
bool is_of_this_boot(const ClockStep& step, ClockReading now, std::string_view boot) {
    return !boot.empty() && step.boot == boot && step.uptime <= now.uptime;
}

// What the clock is measured against from the start on: itself, or what it should have said when it
// stepped.
std::int64_t first_offset(ClockReading now, const std::optional<ClockStep>& step,
                          std::string_view boot) {
    if (!step) {
        return offset_of(now);
    }
    const bool is_exact = is_of_this_boot(*step, now, boot);
    return offset_of({step->expected, is_exact ? step->uptime : now.uptime});
}

std::int64_t suspect_offset(ClockReading now, const std::optional<ClockStep>& step) {
    const bool may_still_be_ahead = step && step->is_ahead() && now.wall >= step->seen;
    return may_still_be_ahead ? offset_of(now) : std::numeric_limits<std::int64_t>::max();
}

std::string sentence_about(const ClockStep& step, bool expected_is_bound) {
    constexpr std::string_view advice =
        "Set it right, or restart with --accept-clock to go on with it.";
    const std::string seen = format_instant(step.seen);
    const std::string expected = format_instant(step.expected);
    if (!expected_is_bound) {
        return fmt::format("The clock stepped {}: it says {}, and {} was to be expected. {}",
                           step.is_ahead() ? "ahead" : "back", seen, expected, advice);
    }
    if (step.is_ahead()) {
        return fmt::format(
            "The clock stepped ahead before the machine was restarted, and was not set back since: "
            "it says {}, and {} was to be expected before the restart. {}",
            seen, expected, advice);
    }
    return fmt::format(
        "The clock stepped back before the machine was restarted: it says {}, and at least {} was "
        "to be expected. {}",
        seen, expected, advice);
}

std::filesystem::path step_file(const std::filesystem::path& data) {
    return data / "clock-doubt";
}

// The second line of the file: what the first one does not say. Programs before wrote none.
void read_uptime(std::string_view line, ClockStep& step) {
    const std::size_t middle = line.find(boot_word);
    if (!line.starts_with(uptime_word) || middle == std::string_view::npos) {
        return;
    }
    const std::string_view digits = line.substr(uptime_word.size(), middle - uptime_word.size());
    std::int64_t micros = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), micros);
    if (error == std::errc{} && end == digits.data() + digits.size()) {
        step.uptime = microseconds{micros};
        step.boot = line.substr(middle + boot_word.size());
    }
}

}  // namespace

ClockGuard::ClockGuard(ClockReading now, Instant last, const std::optional<ClockStep>& step,
                       std::string boot)
    : last_(last),
      boot_(std::move(boot)),
      suspect_offset_(suspect_offset(now, step)),
      log_is_ahead_(last - now.wall > limits::clock_step_max),
      offset_(first_offset(now, step, boot_)),
      offset_is_bound_(step && !is_of_this_boot(*step, now, boot_)) {}

bool ClockGuard::is_right(ClockReading now) {
    const std::int64_t offset = offset_of(now);
    if (offset_is_bound_) {
        if (offset < offset_ - step_max || offset >= suspect_offset_ - step_max) {
            return false;
        }
        offset_ = offset;
        offset_is_bound_ = false;
        return true;
    }
    const std::int64_t moved = std::abs(offset - offset_.load(std::memory_order_relaxed));
    if (moved > step_max) {
        return false;
    }
    if (moved >= followed_min) {
        offset_ = offset;
    }
    return true;
}

Instant ClockGuard::believed(ClockReading now) {
    return is_right(now) ? now.wall : Instant{now.uptime + microseconds{offset_.load()}};
}

std::optional<ClockStep> ClockGuard::step(ClockReading now) {
    if (is_right(now)) {
        return std::nullopt;
    }
    return ClockStep{.expected = Instant{now.uptime + microseconds{offset_.load()}},
                     .seen = now.wall,
                     .uptime = now.uptime,
                     .boot = offset_is_bound_ ? std::string() : boot_};
}

std::optional<std::string> ClockGuard::doubt(ClockReading now) {
    if (const auto stepped = step(now)) {
        return sentence_about(*stepped, offset_is_bound_);
    }
    if (log_is_ahead_.load(std::memory_order_relaxed)) {
        if (last_ - now.wall > limits::clock_step_max) {
            return fmt::format(
                "The newest time of the log, {}, lies ahead of the clock, which says {}. Set the "
                "clock right, or restart with --accept-clock to go on from the log's time.",
                format_instant(last_), format_instant(now.wall));
        }
        log_is_ahead_ = false;
    }
    return std::nullopt;
}

std::optional<ClockStep> load_clock_step(const std::filesystem::path& data) {
    std::ifstream file(step_file(data));
    std::string line;
    std::getline(file, line);
    const std::size_t middle = line.find(seen_word);
    if (!line.starts_with(expected_word) || middle == std::string::npos) {
        return std::nullopt;
    }
    const std::string_view text = line;
    const auto expected =
        parse_instant(text.substr(expected_word.size(), middle - expected_word.size()));
    const auto seen = parse_instant(text.substr(middle + seen_word.size()));
    if (!expected || !seen) {
        return std::nullopt;
    }
    ClockStep step{*expected, *seen};
    std::string more;
    std::getline(file, more);
    read_uptime(more, step);
    return step;
}

void save_clock_step(const std::filesystem::path& data, const std::optional<ClockStep>& step) {
    const std::filesystem::path file = step_file(data);
    std::error_code error;
    if (!step) {
        std::filesystem::remove(file, error);
        if (error) {
            throw StorageError(fmt::format("{} cannot be removed", file.string()));
        }
        return;
    }
    // Beside it first: a full disk must not take away the one that is there.
    std::filesystem::path anew = file;
    anew += ".new";
    std::ofstream out(anew, std::ios::trunc);
    out << expected_word << format_instant(step->expected) << seen_word
        << format_instant(step->seen) << '\n';
    if (!step->boot.empty()) {
        out << uptime_word << step->uptime.count() << boot_word << step->boot << '\n';
    }
    out.close();
    if (out) {
        std::filesystem::rename(anew, file, error);
    }
    if (!out || error) {
        throw StorageError(fmt::format("{} cannot be written", file.string()));
    }
}

}  // namespace threatatlas
