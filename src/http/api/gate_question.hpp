#pragma once

/// The question that the gate and the downloads are asked: thresholds, and a moment.

#include "http/api/moment.hpp"
#include "projections/verdict.hpp"

namespace threatatlas::api {

struct GateQuestion {
    projections::Thresholds thresholds;
    AskedMoment moment;
};

/// `text` is the query, still percent-encoded; as_of must not be later than `now`. Throws
/// Rejection 422.
GateQuestion parse_gate_question(std::string_view text, base::Instant now);

}  // namespace threatatlas::api
