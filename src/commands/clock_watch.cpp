#include "commands/clock_watch.hpp"

#include <utility>

namespace threatatlas {

ClockWatch::ClockWatch(const SequencerEnvironment& environment, std::filesystem::path data,
                       Instant last)
    : environment_(environment), data_(std::move(data)) {
    if (!environment_.uptime) {
        return;
    }
    if (environment_.accepts_clock) {
        save_clock_step(data_, std::nullopt);
    }
    const auto step = load_clock_step(data_);
    guard_.emplace(reading(), environment_.accepts_clock ? Instant{} : last, step);
    is_kept_ = step.has_value();
}

Instant ClockWatch::now() const {
    return guard_ ? guard_->believed(reading()) : environment_.clock();
}

std::optional<std::string> ClockWatch::doubt() const {
    return guard_ ? guard_->doubt(reading()) : std::nullopt;
}

void ClockWatch::look() {
    if (!guard_) {
        return;
    }
    const ClockReading now = reading();
    const auto doubt = guard_->doubt(now);
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
    const auto step = guard_->step(now);
    if (step.has_value() != is_kept_) {
        save_clock_step(data_, step);
        is_kept_ = step.has_value();
    }
}

}  // namespace threatatlas
