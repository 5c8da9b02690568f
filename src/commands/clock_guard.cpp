#include "commands/clock_guard.hpp"

#include <fstream>
#include <string_view>

#include <fmt/format.h>

#include "events/limits.hpp"
#include "events/store.hpp"

namespace threatatlas {
namespace {

using std::chrono::microseconds;

constexpr std::string_view expected_word = "expected ";
constexpr std::string_view seen_word = " seen ";

std::int64_t offset_of(ClockReading now) {
    return (now.wall.time_since_epoch() - now.uptime).count();
}

// What the clock is measured against from the start on: itself, but for one that is known to stand
// where it had stepped to.
std::int64_t first_offset(ClockReading now, const std::optional<ClockStep>& step) {
    const bool still_there = step && now.wall >= step->seen;
    return offset_of(still_there ? ClockReading{step->expected, now.uptime} : now);
}

std::filesystem::path step_file(const std::filesystem::path& data) {
    return data / "clock-doubt";
}

}  // namespace

ClockGuard::ClockGuard(ClockReading now, Instant last, const std::optional<ClockStep>& step)
    : last_(last),
      log_is_ahead_(last - now.wall > limits::clock_step_max),
      offset_(first_offset(now, step)) {}

Instant ClockGuard::believed(ClockReading now) {
    const std::int64_t offset = offset_of(now);
    std::int64_t most = offset_.load(std::memory_order_relaxed);
    if (offset - most > microseconds{limits::clock_step_max}.count()) {
        return Instant{now.uptime + microseconds{most}};
    }
    // A clock that is kept right moves a little all the time.
    while (offset > most && !offset_.compare_exchange_weak(most, offset)) {
    }
    return now.wall;
}

std::optional<ClockStep> ClockGuard::step(ClockReading now) {
    const Instant expected = believed(now);
    return expected == now.wall ? std::nullopt : std::optional(ClockStep{expected, now.wall});
}

std::optional<std::string> ClockGuard::doubt(ClockReading now) {
    if (const auto stepped = step(now)) {
        return fmt::format(
            "The clock stepped ahead: it says {}, and {} was to be expected. Set it right, or "
            "restart with --accept-clock to go on with it.",
            format_instant(stepped->seen), format_instant(stepped->expected));
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
    std::string line;
    std::getline(std::ifstream(step_file(data)), line);
    const std::size_t middle = line.find(seen_word);
    if (!line.starts_with(expected_word) || middle == std::string::npos) {
        return std::nullopt;
    }
    const std::string_view text = line;
    const auto expected =
        parse_instant(text.substr(expected_word.size(), middle - expected_word.size()));
    const auto seen = parse_instant(text.substr(middle + seen_word.size()));
    return expected && seen ? std::optional(ClockStep{*expected, *seen}) : std::nullopt;
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
    std::ofstream out(file, std::ios::trunc);
    out << expected_word << format_instant(step->expected) << seen_word
        << format_instant(step->seen) << '\n';
    if (!out.flush()) {
        throw StorageError(fmt::format("{} cannot be written", file.string()));
    }
}

}  // namespace threatatlas
