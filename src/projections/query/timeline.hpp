#pragma once

// Summaries over time.

#include <chrono>
#include <optional>
#include <string_view>
#include <vector>

#include "projections/query/history.hpp"

namespace threatatlas {

struct TimelinePoint {
    Instant at{};
    Position position = 0;  // of the product's newest event then
    Posture posture;
};

// "1h", "1d", "7d": a whole number from 1 to 999999, and h or d. "change" is not one of them.
std::optional<std::chrono::hours> parse_step(std::string_view text);

// The start of a range: what parse_as_of() accepts, but a date means the first microsecond of that
// day in UTC.
std::optional<Instant> parse_range_start(std::string_view text);

// How many points a range asks for at most; 0 where `to` is before `from`.
std::uint64_t count_points(Instant from, Instant to, std::chrono::hours every);

// At from + k x every up to `to`, and at `to` itself. Points at which the product did not exist
// yet, or was archived, are left out. At most count_points() seeks.
std::vector<TimelinePoint> timeline(const ReadView& view, ProductId product, Instant from,
                                    Instant to, std::chrono::hours every);

// After each transaction with from <= time <= to that the gate could have answered. Nothing where
// there are more than `points_max`.
std::optional<std::vector<TimelinePoint>> timeline_of_changes(const ReadView& view,
                                                              ProductId product, Instant from,
                                                              Instant to, std::size_t points_max);

// The same points out of a product's steps, taken as they come while its log is folded (the replay
// tool).
class TimelineSampler {
  public:
    // `from` nothing = when the product was registered; `every` nothing = after each transaction.
    TimelineSampler(std::optional<Instant> from, std::optional<std::chrono::hours> every,
                    std::size_t points_max);

    // Times rise from step to step. False where there are more points than wanted.
    bool add(const HistoryStep& step);
    // After the last step that is not after `to`. Nothing where there are more points than wanted.
    std::optional<std::vector<TimelinePoint>> finish(Instant to);

  private:
    void sample();
    void take(Instant at);
    bool is_too_many() const { return taken_ > points_max_; }

    const std::optional<std::chrono::hours> every_;
    const std::size_t points_max_;
    std::optional<Instant> next_;  // where the next point is due
    std::size_t taken_ = 0;        // with those at which there was no product
    std::optional<HistoryStep> held_;
    std::vector<TimelinePoint> points_;
};

}  // namespace threatatlas
