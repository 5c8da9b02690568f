#include "commands/clock_watch.hpp"

#include <utility>

namespace threatatlas {
namespace {

// The newer what is kept, the more a start after a restart of the machine can tell from it.
constexpr std::chrono::minutes kept_again_after{1};

}  // namespace

ClockWatch::ClockWatch(const SequencerEnvironment& environment, std::filesystem::path data,
                       Instant last)
    : environment_(environment), data_(std::move(data)) {
    if (!environment_.uptime) {
        return;
    }
    if (environment_.accepts_clock) {
        save_clock_step(data_, std::nullopt);
    }
    kept_ = load_clock_step(data_);
    guard_.emplace(reading(), environment_.accepts_clock ? Instant{} : last, kept_,
                   environment_.boot);
}

Instant ClockWatch::now() const {
    return guard_ ? guard_->believed(reading()) : environment_.clock();
}

std::optional<std::string> ClockWatch::doubt() const {
    // Twice: if the machine was held up between its two clocks, only the first reading is wrong.
    if (!guard_ || !guard_->doubt(reading())) {
        return std::nullopt;
    }
    return guard_->doubt(reading());
}

void ClockWatch::look() {
    if (!guard_) {
        return;
    }
    const auto doubt = this->doubt();
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
}

bool ClockWatch::is_news(const std::optional<ClockStep>& step) const {
    if (!step || !kept_) {
        return step.has_value() != kept_.has_value();
    }
    return step->boot != kept_->boot || step->is_ahead() != kept_->is_ahead() ||
           std::chrono::abs(step->uptime - kept_->uptime) >= kept_again_after;
}

}  // namespace threatatlas
