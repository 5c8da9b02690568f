#pragma once

/// @file
/// Summaries over time.

#include <chrono>
#include <optional>
#include <string_view>
#include <vector>

#include "projections/query/history.hpp"

namespace threatatlas::query {

/// The posture of a product at a moment.
struct TimelinePoint {
    base::Instant at{};
    Position position = 0;  ///< position of the product's newest event at that time
    projections::Posture posture;
};

/// Parses a step such as "1h", "1d" or "7d": a whole number from 1 to 999999, followed by h or d.
/// Does not accept "change".
std::optional<std::chrono::hours> parse_step(std::string_view text);

/// Parses the start of a range: as parse_as_of(), except that a date means the first microsecond of
/// that day in UTC.
std::optional<base::Instant> parse_range_start(std::string_view text);

/// The maximal number of points in a range; 0 if `to` is before `from`.
std::uint64_t count_points(base::Instant from, base::Instant to, std::chrono::hours every);

/// The points at from + k x every up to `to`, and at `to` itself. Points at which the product did
/// not exist or was archived are left out. At most count_points() seeks.
std::vector<TimelinePoint> timeline(const store::ReadView& view, ProductId product,
                                    base::Instant from, base::Instant to, std::chrono::hours every);

/// The points after each transaction with from <= time <= to, except those that archived the
/// product. Returns nullopt if there are more than `points_max`.
std::optional<std::vector<TimelinePoint>> timeline_of_changes(const store::ReadView& view,
                                                              ProductId product, base::Instant from,
                                                              base::Instant to,
                                                              std::size_t points_max);

/// Computes the same points from a product's steps as they are produced by folding a log (in the
/// replay tool).
class TimelineSampler {
  public:
    /// If `from` is nullopt, the range starts at the registration; if `every` is nullopt, there is
    /// a point after each transaction.
    TimelineSampler(std::optional<base::Instant> from, std::optional<std::chrono::hours> every,
                    std::size_t points_max);

    /// Times increase from step to step. Returns false if there are more points than `points_max`.
    bool add(const HistoryStep& step);
    /// Call after the last step that is not after `to`. Returns nullopt if there are more points
    /// than `points_max`.
    std::optional<std::vector<TimelinePoint>> finish(base::Instant to);

  private:
    void sample();
    void take(base::Instant at);
    bool is_too_many() const { return taken_ > points_max_; }

    const std::optional<std::chrono::hours> every_;
    const std::size_t points_max_;
    std::optional<base::Instant> next_;  ///< time of the next point
    std::size_t taken_ = 0;              ///< including points at which the product did not exist
    std::optional<HistoryStep> held_;
    std::vector<TimelinePoint> points_;
};

}  // namespace threatatlas::query
