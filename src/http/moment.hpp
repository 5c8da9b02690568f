#pragma once

// The moment that a question is about: as_of, at_position, or now.

#include <optional>

#include "http/call.hpp"
#include "http/request_query.hpp"
#include "projections/history.hpp"

namespace threatatlas {

// Reads as_of and at_position, and makes sure that nothing more will be recorded up to then. Views
// of the store must be taken afterwards. Throws Rejection 422, Refusal where the past cannot be
// known at the moment.
Moment read_moment(const RequestQuery& query, Engine& engine);

struct AskedRange {
    std::optional<Instant> from;  // nothing where it was not given
    Instant to{};
};

// Reads the parameters `from` and `to` of a range, and settles it likewise. A date means the start
// of that day in `from` and its end in `to`; there the date of today stands for now, and so does a
// parameter that was not given. Both are judged by one reading of the clock: it moves on meanwhile,
// and a range from today to now must not begin after its end. Throws Rejection 422.
AskedRange read_range(const RequestQuery& query, Engine& engine);

// The product as it was. Throws Rejection 404: never registered, not yet then, archived then.
ProductAt require_product(const ReadView& view, ProductId product, Moment moment);

}  // namespace threatatlas
