#pragma once

/// The product that a question about its verdict is about, with the policies that apply.

#include "http/api/call.hpp"
#include "http/api/gate_question.hpp"
#include "projections/query/history.hpp"

namespace threatatlas::api {

/// Applies the policies and the baseline of the question, and the policies of the product. `moment`
/// is the one that is judged, or nullopt for `now`. If a baseline is named, nothing more will be
/// recorded up to it. Throws Rejection 422, and what resolve_baseline() throws.
void apply_asked_policies(const Call& call, const store::ReadView& view, query::ProductAt& product,
                          const GateQuestion& question, query::Moment moment, base::Instant now);

/// Reads the threats and baselines of the product if the verdict needs them. `moment` and `now` as
/// above. Returns false if that is a long read and this call still has its worker: it must be
/// continued without it (answer_long_read()).
bool load_threats(const Call& call, const store::ReadView& view, query::ProductAt& product,
                  const projections::Thresholds& thresholds, query::Moment moment,
                  base::Instant now);

/// Reads the baselines of the product, whose threats are known, for a verdict on the instant
/// `judged`. apply_asked_policies() must have been called. Throws NotFinalYet if the product was
/// read from a view that is older than a baseline.
void load_baselines(const Call& call, query::ProductAt& product, base::Instant judged);

}  // namespace threatatlas::api
