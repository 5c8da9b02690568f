#include "replay/progress.hpp"

#include <algorithm>
#include <cstdio>

#include <fmt/format.h>
#include <unistd.h>

#include "base/write_failures.hpp"
#include "replay/signals.hpp"

namespace threatatlas::replay {
namespace {

constexpr std::chrono::seconds silent_time{1};
constexpr std::chrono::milliseconds redraw_time{200};
constexpr std::size_t bar_columns = 30;

std::string rate_of(Progress::Unit unit, double per_second) {
    const std::string_view what = unit == Progress::Unit::bytes ? "B" : " events";
    if (per_second >= 1e6) {
        return fmt::format("{:.1f} M{}/s", per_second / 1e6, what);
    }
    if (per_second >= 1e3) {
        return fmt::format("{:.1f} k{}/s", per_second / 1e3, what);
    }
    return fmt::format("{:.0f} {}/s", per_second, unit == Progress::Unit::bytes ? "B" : "events");
}

}  // namespace

std::string progress_line(std::string_view doing, Progress::Unit unit, std::uint64_t done,
                          std::uint64_t total, std::chrono::duration<double> taken) {
    const double per_second = static_cast<double>(done) / std::max(taken.count(), 1e-9);
    const std::string rate = rate_of(unit, per_second);
    if (total == 0) {
        return fmt::format("{}  {}", doing, rate);
    }
    done = std::min(done, total);
    const double share = static_cast<double>(done) / static_cast<double>(total);
    const auto filled = static_cast<std::size_t>(share * static_cast<double>(bar_columns));
    std::string line = fmt::format("{}  [{}{}] {:3.0f}%  {}", doing, std::string(filled, '#'),
                                   std::string(bar_columns - filled, ' '), share * 100, rate);
    if (per_second > 0) {
        const auto left =
            static_cast<std::uint64_t>(static_cast<double>(total - done) / per_second);
        line += fmt::format("  {}:{:02} left", left / 60, left % 60);
    }
    return line;
}

Progress::Progress(std::string_view doing, Unit unit)
    : doing_(doing), unit_(unit), shown_(::isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() {
    if (is_drawn_) {
        std::fputs("\r\x1b[K", stderr);
    }
}

void Progress::update(std::uint64_t done, std::uint64_t total) {
    check_signals();
    if (!shown_) {
        return;
    }
    const auto now = Clock::now();
    if (now - start_ < silent_time || now - drawn_ < redraw_time) {
        return;
    }
    drawn_ = now;
    is_drawn_ = true;
    base::say(stderr,
              fmt::format("\r{}\x1b[K", progress_line(doing_, unit_, done, total, now - start_)));
    std::fflush(stderr);
}

}  // namespace threatatlas::replay
