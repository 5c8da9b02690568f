#include "projections/query/timeline.hpp"

#include <algorithm>
#include <charconv>

#include "base/work_watch.hpp"
#include "projections/posture.hpp"

namespace threatatlas::query {
namespace {

TimelinePoint point_of(base::Instant at, const HistoryStep& step) {
    return {at, step.row.last_position, projections::posture_at(step.row, at)};
}

// `step_then` returns the step that was valid at an instant, or nullopt.
template <class StepThen>
std::vector<TimelinePoint> sample(base::Instant from, base::Instant to, std::chrono::hours every,
                                  const StepThen& step_then) {
    std::vector<TimelinePoint> points;
    const auto add = [&](base::Instant at) {
        base::note_row_of_work();
        const std::optional<HistoryStep> step = step_then(at);
        if (step && !step->row.archived) {
            points.push_back(point_of(at, *step));
        }
    };
    if (to < from) {
        return points;
    }
    for (base::Instant at = from; at < to; at += every) {
        add(at);
    }
    add(to);
    return points;
}

// Collects steps until there are more points than the limit.
class Changes {
  public:
    explicit Changes(std::size_t points_max) : points_max_(points_max) {}

    // Returns false if there are more points than the limit.
    bool add(const HistoryStep& step) {
        if (step.row.archived) {
            return true;
        }
        if (points_.size() == points_max_) {
            is_too_many_ = true;
            return false;
        }
        points_.push_back(point_of(step.time, step));
        return true;
    }

    std::optional<std::vector<TimelinePoint>> take() {
        return is_too_many_ ? std::nullopt : std::optional(std::move(points_));
    }

  private:
    const std::size_t points_max_;
    std::vector<TimelinePoint> points_;
    bool is_too_many_ = false;
};

}  // namespace

std::optional<std::chrono::hours> parse_step(std::string_view text) {
    constexpr std::size_t digits_max = 6;
    if (text.size() < 2 || text.size() > digits_max + 1 || text.front() < '1' ||
        text.front() > '9') {
        return std::nullopt;
    }
    const char unit = text.back();
    text.remove_suffix(1);
    int count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (error != std::errc{} || end != text.data() + text.size()) {
        return std::nullopt;
    }
    switch (unit) {
        case 'h':
            return std::chrono::hours{count};
        case 'd':
            return std::chrono::days{count};
        default:
            return std::nullopt;
    }
}

std::optional<base::Instant> parse_range_start(std::string_view text) {
    const auto instant = base::parse_as_of(text);
    return instant && base::is_date(text)
               ? std::optional<base::Instant>(std::chrono::floor<std::chrono::days>(*instant))
               : instant;
}

std::uint64_t count_points(base::Instant from, base::Instant to, std::chrono::hours every) {
    if (to < from) {
        return 0;
    }
    const std::chrono::microseconds step = every;
    const auto whole = static_cast<std::uint64_t>((to - from) / step);
    const bool ends_between = (to - from) % step != std::chrono::microseconds{0};
    return whole + 1 + (ends_between ? 1 : 0);
}

std::vector<TimelinePoint> timeline(const store::ReadView& view, ProductId product,
                                    base::Instant from, base::Instant to,
                                    std::chrono::hours every) {
    return sample(from, to, every, [&](base::Instant at) { return step_at(view, product, at); });
}

std::optional<std::vector<TimelinePoint>> timeline_of_changes(const store::ReadView& view,
                                                              ProductId product, base::Instant from,
                                                              base::Instant to,
                                                              std::size_t points_max) {
    Changes changes(points_max);
    // Nothing is recorded before 1970, and scan_steps() excludes its first instant.
    const base::Instant behind = std::max(from, base::Instant{}) - std::chrono::microseconds{1};
    scan_steps(view, product, behind, to,
               [&](const HistoryStep& step) { return changes.add(step); });
    return changes.take();
}

TimelineSampler::TimelineSampler(std::optional<base::Instant> from,
                                 std::optional<std::chrono::hours> every, std::size_t points_max)
    : every_(every), points_max_(points_max), next_(from) {}

bool TimelineSampler::add(const HistoryStep& step) {
    if (!next_) {
        next_ = step.time;
    } else if (every_ && !held_ && *next_ < step.time) {
        // Points before the registration are left out, so they are skipped without being counted.
        *next_ += (step.time - *next_) / *every_ * *every_;
    }
    while (every_ && *next_ < step.time && !is_too_many()) {
        sample();
    }
    held_ = step;
    if (!every_ && step.time >= *next_ && !step.row.archived) {
        take(step.time);
    }
    return !is_too_many();
}

std::optional<std::vector<TimelinePoint>> TimelineSampler::finish(base::Instant to) {
    const bool is_range = every_ && next_ && (taken_ > 0 || *next_ <= to);
    while (is_range && *next_ < to && !is_too_many()) {
        sample();
    }
    if (is_range) {
        take(to);
    }
    return is_too_many() ? std::nullopt : std::optional(std::move(points_));
}

void TimelineSampler::sample() {
    take(*next_);
    *next_ += *every_;
}

void TimelineSampler::take(base::Instant at) {
    ++taken_;
    if (held_ && !held_->row.archived && !is_too_many()) {
        points_.push_back(point_of(at, *held_));
    }
}

}  // namespace threatatlas::query
