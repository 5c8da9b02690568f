#include "commands/sequencer/clock_watch.hpp"

#include <algorithm>
#include <utility>

#include "events/limits.hpp"

namespace threatatlas::sequencer {
namespace {

/// How often the state is stored. A more recent state reveals more after a restart of the machine.
constexpr std::chrono::minutes kept_again_after{1};
/// Steps of at least this size are stored at once.
constexpr std::chrono::seconds moved_min{1};

}  // namespace

ClockWatch::ClockWatch(const SequencerEnvironment& environment, std::filesystem::path data,
                       base::Instant last)
    : environment_(environment),
      data_(std::move(data)),
      accepts_log_ahead_(environment.accepts_clock) {
    if (!environment_.uptime) {
        return;
    }
    if (environment_.accepts_clock) {
        save_clock_step(data_, std::nullopt);
        save_clock_seen(data_, std::nullopt);
    }
    kept_ = load_clock_step(data_);
    kept_seen_ = load_clock_seen(data_);
    guard_.emplace(reading(), environment_.accepts_clock ? base::Instant{} : last, kept_,
                   environment_.boot, kept_seen_);
}

base::Instant ClockWatch::now() const {
    return guard_ ? guard_->believed(reading()) : environment_.clock();
}

base::Instant ClockWatch::latest() const {
    if (guard_) {
        return guard_->latest(reading());
    }
    const std::int64_t now = environment_.clock().time_since_epoch().count();
    std::int64_t highest = highest_.load(std::memory_order_relaxed);
    while (highest < now && !highest_.compare_exchange_weak(highest, now)) {
    }
    return base::Instant{std::chrono::microseconds{std::max(highest, now)}};
}

std::optional<std::string> ClockWatch::doubt(base::Instant log_end) const {
    if (!guard_) {
        return std::nullopt;
    }
    if (accepts_log_ahead_.load(std::memory_order_relaxed)) {
        accepts_log_ahead_ = log_end - environment_.clock() > events::limits::clock_step_max;
        log_end = base::Instant{};
    }
    // Read twice: if the machine was suspended between reading its two clocks, only the first
    // reading is wrong.
    if (!guard_->doubt(reading(), log_end)) {
        return std::nullopt;
    }
    return guard_->doubt(reading(), log_end);
}

void ClockWatch::look(base::Instant log_end, bool is_last) {
    if (!guard_) {
        return;
    }
    const auto doubt = this->doubt(log_end);
    if (doubt.has_value() != is_told_) {
        is_told_ = doubt.has_value();
        if (doubt && environment_.report_clock) {
            environment_.report_clock(*doubt);
        }
        if (!doubt && environment_.report_recovery) {
            environment_.report_recovery("clock",
                                         "The clock is believed again, and writes are taken.");
        }
    }
    const auto step = doubt ? guard_->step(reading()) : std::nullopt;
    if (is_news(step)) {
        save_clock_step(data_, step);
        kept_ = step;
    }
    if (!doubt) {
        keep_seen(is_last);
    }
}

void ClockWatch::keep_seen(bool is_last) {
    const auto seen = guard_->seen(reading());
    if (seen && (is_last || is_news(*seen))) {
        // Also set if storing fails, so that the next attempt is made only when it is due.
        kept_seen_ = seen;
        save_clock_seen(data_, seen);
    }
}

bool ClockWatch::is_news(const std::optional<ClockStep>& step) const {
    if (!step || !kept_) {
        return step.has_value() != kept_.has_value();
    }
    return step->boot != kept_->boot || step->is_ahead() != kept_->is_ahead() ||
           std::chrono::abs(step->uptime - kept_->uptime) >= kept_again_after;
}

bool ClockWatch::is_news(const ClockSeen& seen) const {
    return !kept_seen_ || seen.boot != kept_seen_->boot ||
           std::chrono::abs(seen.moved - kept_seen_->moved) >= moved_min ||
           std::chrono::abs(seen.uptime - kept_seen_->uptime) >= kept_again_after;
}

}  // namespace threatatlas::sequencer
