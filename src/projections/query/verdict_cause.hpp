#pragma once

/// @file
/// What happened at the instant at which a verdict changed.

#include <optional>

#include "projections/query/verdict_since.hpp"
#include "projections/query/verdict_steps.hpp"

namespace threatatlas::query {

/// Explains a change at the beginning of a stretch, or of a day within it. `before` is the verdict
/// until then, nullopt if the gate refused to answer; `after` the one since then. Throws ReadError.
VerdictCause cause_of(const store::ReadView& view, const Stretch& stretch, base::Instant instant,
                      const std::optional<VerdictAt>& before, const VerdictAt& after);

}  // namespace threatatlas::query
