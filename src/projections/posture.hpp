#pragma once

/// @file
/// Derives the posture that is judged and displayed from a stored row.

#include <optional>
#include <span>

#include "projections/model.hpp"

namespace threatatlas::projections {

/// A posture as it is judged at an instant: its counts, and how many of them are accepted risks.
struct PostureAt : Posture {
    PostureAt() = default;
    /// Nothing is accepted. Implicit, as a posture is then judged by its counts alone.
    PostureAt(const Posture& counts) : Posture(counts) {}  // NOLINT(google-explicit-constructor)

    AcceptedCounts accepted;       ///< sum of the counts below
    AcceptedDays acceptances;      ///< those whose last day is not over
    bool had_acceptances = false;  ///< one was requested at some time
};

/// The last day on which one of these acceptances is in force; nullopt if none is.
std::optional<base::Day> accepted_until(const AcceptedDays& days,
                                        std::span<const AcceptanceId> acceptances);

/// The posture at an instant, from the row that is the newest one at that instant: it was stored at
/// or before `instant`, and no later event of the product was recorded up to `instant`. Pure.
///
/// Everything that judges or displays a posture obtains it here: the gate, now and in the past,
/// lists, timelines, reports, metrics and the replay tool. The end of an acceptance is an effect of
/// time between two events, so it is found here and never recorded.
PostureAt posture_at(const Product& row, base::Instant instant);
/// The same for a row of the history table.
PostureAt posture_at(const HistoryRow& row, base::Instant instant);
/// The same, without a copy of the row's accepted days, of which there may be many: they are taken
/// out of the row.
PostureAt take_posture_at(Product& row, base::Instant instant);
PostureAt take_posture_at(HistoryRow& row, base::Instant instant);

}  // namespace threatatlas::projections
