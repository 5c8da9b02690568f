#include "commands/sequencer/clock_guard.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <unistd.h>

#include "base/own_file.hpp"
#include "events/limits.hpp"
#include "events/store/errors.hpp"

namespace threatatlas::sequencer {
namespace {

using std::chrono::microseconds;

constexpr std::string_view expected_word = "expected ";
constexpr std::string_view seen_word = " seen ";

constexpr std::string_view wall_word = "wall ";
constexpr std::string_view highest_word = " highest ";
constexpr std::string_view moved_word = " moved ";

constexpr std::string_view uptime_word = "uptime ";
constexpr std::string_view boot_word = " boot ";

constexpr std::int64_t step_max = microseconds{events::limits::clock_step_max}.count();
// The difference between wall clock and uptime varies slightly from reading to reading. Smaller
// changes are ignored, so that most readings do not modify anything.
constexpr std::int64_t followed_min = microseconds{std::chrono::milliseconds{1}}.count();
// The interval between two corrections, long enough that rounding does not cancel them.
constexpr microseconds forgiven_every = std::chrono::seconds{10};

constexpr std::int64_t no_offset = std::numeric_limits<std::int64_t>::max();

std::int64_t offset_of(ClockReading now) {
    return (now.wall.time_since_epoch() - now.uptime).count();
}

// Whether the time that has passed since `past` is known. `past` is an optional ClockStep or
// ClockSeen.
template <class Past>
bool is_of_this_boot(const Past& past, ClockReading now, std::string_view boot) {
    return past && !boot.empty() && past->boot == boot && past->uptime <= now.uptime;
}

// The rest of `distance` after a part of it was forgiven for the time that has passed.
std::int64_t unforgiven(std::int64_t distance, microseconds passed) {
    constexpr std::int64_t thousand = 1'000;  // dividing twice avoids an overflow
    const std::int64_t forgiven = std::max<std::int64_t>(passed.count(), 0) / thousand *
                                  events::limits::clock_forgiven_ppm / thousand;
    return distance > 0 ? std::max<std::int64_t>(distance - forgiven, 0)
                        : std::min<std::int64_t>(distance + forgiven, 0);
}

// The first offset against which the clock is compared. After a restart of the program: the one
// that the clock should have had when it stepped, or had when it was last trusted. After a restart
// of the machine: a lower bound.
std::int64_t first_offset(ClockReading now, base::Instant last,
                          const std::optional<ClockStep>& step,
                          const std::optional<ClockSeen>& seen, std::string_view boot) {
    if (is_of_this_boot(step, now, boot)) {
        return offset_of({step->expected, step->uptime});
    }
    if (!step && is_of_this_boot(seen, now, boot)) {
        return offset_of({seen->wall, seen->uptime});
    }
    if (step) {
        return offset_of(
            {std::max(step->expected, seen ? seen->highest : base::Instant{}), now.uptime});
    }
    return offset_of({std::max(last, seen ? seen->highest : base::Instant{}), now.uptime});
}

std::int64_t first_anchor(ClockReading now, std::int64_t offset,
                          const std::optional<ClockSeen>& seen, std::string_view boot) {
    if (!is_of_this_boot(seen, now, boot)) {
        return offset;
    }
    return offset_of({seen->wall, seen->uptime}) -
           unforgiven(seen->moved.count(), now.uptime - seen->uptime);
}

std::int64_t suspect_offset(ClockReading now, const std::optional<ClockStep>& step) {
    const bool may_still_be_ahead = step && step->is_ahead() && now.wall >= step->seen;
    return may_still_be_ahead ? offset_of(now) : no_offset;
}

std::string sentence_about(const ClockStep& step, bool expected_is_bound) {
    constexpr std::string_view advice =
        "Set it right, or restart with --accept-clock to go on with it.";
    const std::string seen = base::format_instant(step.seen);
    const std::string expected = base::format_instant(step.expected);
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
std::filesystem::path seen_file(const std::filesystem::path& data) {
    return data / "clock-seen";
}

std::optional<microseconds> micros_in(std::string_view digits) {
    std::int64_t micros = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), micros);
    if (error != std::errc{} || end != digits.data() + digits.size()) {
        return std::nullopt;
    }
    return microseconds{micros};
}

// Parses the line with the uptime and the start of the machine. Files of older versions do not have
// it.
template <class Past>
bool read_uptime(std::string_view line, Past& past) {
    const std::size_t middle = line.find(boot_word);
    if (!line.starts_with(uptime_word) || middle == std::string_view::npos) {
        return false;
    }
    const auto uptime = micros_in(line.substr(uptime_word.size(), middle - uptime_word.size()));
    if (uptime) {
        past.uptime = *uptime;
        past.boot = line.substr(middle + boot_word.size());
    }
    return uptime.has_value();
}

template <class Past>
std::string uptime_line(const Past& past) {
    return fmt::format("{}{}{}{}\n", uptime_word, past.uptime.count(), boot_word, past.boot);
}

// The value after `word` in the line, up to the next space; empty if `word` is not found.
std::string_view value_after(std::string_view line, std::string_view word) {
    const std::size_t at = line.find(word);
    if (at == std::string_view::npos) {
        return {};
    }
    const std::string_view rest = line.substr(at + word.size());
    return rest.substr(0, rest.find(' '));
}

// Replaces the file, or removes it if there is no text. The text is first written to a temporary
// file, so that a full disk does not destroy the existing file.
void keep_file(const std::filesystem::path& file, const std::optional<std::string>& text) {
    std::error_code error;
    if (!text) {
        std::filesystem::remove(file, error);
        if (error) {
            throw store::StorageError(fmt::format("{} cannot be removed", file.string()));
        }
        return;
    }
    std::filesystem::path anew = file;
    anew += ".new";
    const int out = base::make_own_file_anew(anew);
    bool written = false;
    if (out >= 0) {
        written = base::write_whole(out, *text);
        written = ::close(out) == 0 && written;
    }
    if (written) {
        std::filesystem::rename(anew, file, error);
    }
    if (!written || error) {
        throw store::StorageError(fmt::format("{} cannot be written", file.string()));
    }
}

}  // namespace

ClockGuard::ClockGuard(ClockReading now, base::Instant last, const std::optional<ClockStep>& step,
                       std::string boot, const std::optional<ClockSeen>& seen)
    : last_(last),
      boot_(std::move(boot)),
      seen_(is_of_this_boot(seen, now, boot_) ? std::nullopt : seen),
      suspect_offset_(suspect_offset(now, step)),
      is_bound_by_log_(!step && last > (seen ? seen->highest : base::Instant{})),
      offset_(first_offset(now, last, step, seen, boot_)),
      offset_is_bound_(step ? !is_of_this_boot(step, now, boot_)
                            : !is_of_this_boot(seen, now, boot_)),
      anchor_(first_anchor(now, offset_, seen, boot_)),
      forgiven_at_(now.uptime),
      highest_((seen ? seen->highest : base::Instant{}).time_since_epoch().count()) {
    static_cast<void>(is_right(now));
}

bool ClockGuard::is_right(ClockReading now) {
    const std::int64_t offset = offset_of(now);
    if (offset_is_bound_) {
        if (offset < offset_ - step_max || offset >= suspect_offset_ - step_max) {
            return false;
        }
        anchor_ = offset - (seen_ ? unforgiven(seen_->moved.count(), now.wall - seen_->wall) : 0);
        offset_ = offset;
        offset_is_bound_ = false;
    }
    if (std::abs(offset - anchor_.load(std::memory_order_relaxed)) > step_max) {
        return false;
    }
    const std::int64_t before = offset_.load(std::memory_order_relaxed);
    if (before - offset >= followed_min) {
        // Another thread may have followed the same step at the same time.
        const std::int64_t highest = now.uptime.count() + before;
        std::int64_t known = highest_.load();
        while (known < highest && !highest_.compare_exchange_weak(known, highest)) {
        }
    }
    if (std::abs(before - offset) >= followed_min) {
        offset_ = offset;
    }
    return true;
}

base::Instant ClockGuard::believed(ClockReading now) {
    const base::Instant time =
        is_right(now) ? now.wall : base::Instant{now.uptime + microseconds{offset_.load()}};
    return std::min<base::Instant>(time, events::limits::time_max);
}

base::Instant ClockGuard::latest(ClockReading now) {
    return std::max(believed(now),
                    base::Instant{microseconds{highest_.load(std::memory_order_relaxed)}});
}

std::optional<ClockStep> ClockGuard::step(ClockReading now) {
    if (is_right(now) || (offset_is_bound_ && is_bound_by_log_)) {
        return std::nullopt;
    }
    return ClockStep{.expected = base::Instant{now.uptime + microseconds{offset_.load()}},
                     .seen = now.wall,
                     .uptime = now.uptime,
                     .boot = offset_is_bound_ ? std::string() : boot_};
}

std::optional<std::string> ClockGuard::doubt(ClockReading now, base::Instant log_end) {
    if (const auto stepped = step(now)) {
        return sentence_about(*stepped, offset_is_bound_);
    }
    const base::Instant newest = std::max(last_, log_end);
    if (newest - now.wall > events::limits::clock_step_max) {
        return fmt::format(
            "The newest time of the log, {}, lies ahead of the clock, which says {}. Set the "
            "clock right, or restart with --accept-clock to go on from the log's time.",
            base::format_instant(newest), base::format_instant(now.wall));
    }
    return std::nullopt;
}

void ClockGuard::forgive(ClockReading now) {
    const microseconds passed = now.uptime - forgiven_at_;
    if (passed < forgiven_every) {
        return;
    }
    const std::int64_t offset = offset_of(now);
    anchor_ = offset - unforgiven(offset - anchor_, passed);
    forgiven_at_ = now.uptime;
}

std::optional<ClockSeen> ClockGuard::seen(ClockReading now) {
    if (!is_right(now)) {
        return std::nullopt;
    }
    forgive(now);
    return ClockSeen{.wall = now.wall,
                     .highest = latest(now),
                     .moved = microseconds{offset_of(now) - anchor_},
                     .uptime = now.uptime,
                     .boot = boot_};
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
        base::parse_instant(text.substr(expected_word.size(), middle - expected_word.size()));
    const auto seen = base::parse_instant(text.substr(middle + seen_word.size()));
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
    std::optional<std::string> text;
    if (step) {
        text = fmt::format("{}{}{}{}\n", expected_word, base::format_instant(step->expected),
                           seen_word, base::format_instant(step->seen));
        if (!step->boot.empty()) {
            *text += uptime_line(*step);
        }
    }
    keep_file(step_file(data), text);
}

std::optional<ClockSeen> load_clock_seen(const std::filesystem::path& data) {
    std::ifstream file(seen_file(data));
    std::string line;
    std::getline(file, line);
    std::string more;
    std::getline(file, more);
    const auto wall = base::parse_instant(value_after(line, wall_word));
    const auto highest = base::parse_instant(value_after(line, highest_word));
    const auto moved = micros_in(value_after(line, moved_word));
    ClockSeen seen;
    if (!wall || !highest || !moved || !read_uptime(more, seen)) {
        return std::nullopt;
    }
    seen.wall = *wall;
    seen.highest = *highest;
    seen.moved = *moved;
    return seen;
}

void save_clock_seen(const std::filesystem::path& data, const std::optional<ClockSeen>& seen) {
    std::optional<std::string> text;
    if (seen) {
        text = fmt::format("{}{}{}{}{}{}\n{}", wall_word, base::format_instant(seen->wall),
                           highest_word, base::format_instant(seen->highest), moved_word,
                           seen->moved.count(), uptime_line(*seen));
    }
    keep_file(seen_file(data), text);
}

}  // namespace threatatlas::sequencer
