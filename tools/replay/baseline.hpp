#pragma once

/// The product that a verdict is about, with what it needs. The baselines of a verdict are folded
/// from the log, which is opened again for each.

#include "replay/commands.hpp"
#include "replay/past.hpp"

namespace threatatlas::replay {

/// The product with the policies, threats and baselines of the question. `instant` is what
/// past.resolve() returned. Throws UsageError, in particular for a baseline that is later than
/// `instant`, and for any if the log comes from stdin.
query::ProductAt judged_product(const Question& question, const ProductPast& past,
                                base::Instant instant);

}  // namespace threatatlas::replay
