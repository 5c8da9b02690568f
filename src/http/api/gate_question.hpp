#pragma once

/// The parameters shared by the gate, its other forms and the downloads: thresholds,
/// policies, a moment and a baseline.

#include <optional>
#include <string>
#include <string_view>

#include "http/api/moment.hpp"
#include "projections/query/policies.hpp"
#include "projections/verdict.hpp"

namespace threatatlas::api {

struct GateQuestion {
    projections::Thresholds thresholds;
    query::PolicyChoice policies;  ///< without the instant of the baseline
    AskedMoment moment;
    AskedBaseline baseline;
    std::optional<std::string> own;  ///< value of the call's own parameter
};

/// `text` is the query, still percent-encoded; as_of must not be later than `now`. `own_parameter`
/// is a constant, the name of a further parameter that the call has; empty: it has none. Throws
/// Rejection 422.
GateQuestion parse_gate_question(std::string_view text, base::Instant now,
                                 std::string_view own_parameter = {});

}  // namespace threatatlas::api
