#pragma once

// What the gate and the downloads are asked with: thresholds, and a moment.

#include "http/api/call.hpp"
#include "projections/query/history.hpp"
#include "projections/verdict.hpp"

namespace threatatlas {

struct GateQuestion {
    Thresholds thresholds;
    Moment moment;
    // The instant that as_of named; nothing where it is about now, or about a position.
    std::optional<Instant> named_instant;
};

// Throws what read_moment() and RequestQuery throw.
GateQuestion read_gate_question(const Call& call);

}  // namespace threatatlas
