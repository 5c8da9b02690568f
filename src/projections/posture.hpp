#pragma once

/// From a stored row to the posture that is judged and shown.

#include "projections/model.hpp"

namespace threatatlas::projections {

/// The posture that a row gives at an instant: the row is the newest one then, that is, it was
/// stored at or before `instant`, and nothing was recorded of the product between the two. Pure.
///
/// Everything that judges or shows a posture obtains it here: the gate, now and in the past, lists,
/// timelines, reports, metrics and the replay tool. This is the place for what changes between two
/// events because time passes, such as the end of an accepted risk: the row would store when, and
/// this function would count the threat as open from then on. No row stores such a time yet.
inline const Posture& posture_at(const Product& row, base::Instant /*instant*/) {
    return row.posture;
}

/// The same for the row of a product's past.
inline const Posture& posture_at(const HistoryRow& row, base::Instant /*instant*/) {
    return row.posture;
}

}  // namespace threatatlas::projections
