#pragma once

/// @file
/// Derives the posture that is judged and displayed from a stored row.

#include "projections/model.hpp"

namespace threatatlas::projections {

/// The posture at an instant, from the row that is the newest one at that instant: it was stored at
/// or before `instant`, and no later event of the product was recorded up to `instant`. Pure.
///
/// Everything that judges or displays a posture obtains it here: the gate, now and in the past,
/// lists, timelines, reports, metrics and the replay tool. Effects of time between two events
/// belong here, such as the expiry of an accepted risk: the row would store the time, and this
/// function would count the threat as open from then on. No row stores such a time yet.
inline const Posture& posture_at(const Product& row, base::Instant /*instant*/) {
    return row.posture;
}

/// The same for a row of the history table.
inline const Posture& posture_at(const HistoryRow& row, base::Instant /*instant*/) {
    return row.posture;
}

}  // namespace threatatlas::projections
