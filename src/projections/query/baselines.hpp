#pragma once

/// @file
/// The baselines of a question about a verdict: what they say, and the states that they name.

#include <functional>
#include <memory>
#include <vector>

#include "projections/query/history.hpp"

namespace threatatlas::query {

/// The product as a baseline, from its state at that moment and the threats then.
std::shared_ptr<const projections::Baseline> make_baseline(
    const ProductAt& product, base::Instant instant, std::vector<projections::RatedThreat> threats);

/// Finds the state of the product at an earlier moment, up to which nothing more is recorded.
using FindBaseline =
    std::function<std::shared_ptr<const projections::Baseline>(base::Instant instant)>;

/// Sets the baselines of `product.applied`, whose threats must be known. `judged` is the instant
/// that is judged. `find` is called once for each earlier moment that a policy or the thresholds
/// name; a baseline at `judged` or later is the product itself.
void set_baselines(ProductAt& product, base::Instant judged, const FindBaseline& find);

/// Finds a baseline in the store. Costs a fold of the product's events up to `instant`. Without
/// threats if the product was not registered yet. Throws ReadError.
std::shared_ptr<const projections::Baseline> baseline_at(const store::ReadView& view,
                                                         ProductId product, base::Instant instant);

}  // namespace threatatlas::query
