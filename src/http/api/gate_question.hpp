#pragma once

/// The question that the gate and the downloads are asked: thresholds, and a moment.

#include "http/api/moment.hpp"
#include "projections/verdict.hpp"

namespace threatatlas {

struct GateQuestion {
    Thresholds thresholds;
    AskedMoment moment;
};

/// `query` is still percent-encoded; as_of must not be later than `now`. Throws Rejection 422.
GateQuestion parse_gate_question(std::string_view query, Instant now);

}  // namespace threatatlas
