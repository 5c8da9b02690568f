#pragma once

// Summaries over time.

#include <chrono>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "projections/history.hpp"

namespace threatatlas {

struct TimelinePoint {
    Instant at{};
    Position position = 0;  // of the product's newest event then
    Posture posture;
};

// "1h", "1d", "7d": a whole number from 1 to 999999, and h or d. "change" is not one of them.
std::optional<std::chrono::hours> parse_step(std::string_view text);

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

// The same out of the steps of one product, in order of time, wherever they were folded (the replay
// tool).
std::vector<TimelinePoint> timeline(std::span<const HistoryStep> steps, Instant from, Instant to,
                                    std::chrono::hours every);
std::optional<std::vector<TimelinePoint>> timeline_of_changes(std::span<const HistoryStep> steps,
                                                              Instant from, Instant to,
                                                              std::size_t points_max);

}  // namespace threatatlas
