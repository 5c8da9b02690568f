#pragma once

// The moment that a question is about: as_of, at_position, or now.

#include <string_view>

#include "http/call.hpp"
#include "http/request_query.hpp"
#include "projections/history.hpp"

namespace threatatlas {

// Reads as_of and at_position, and makes sure that nothing more will be recorded up to then. Views
// of the store must be taken afterwards. Throws Rejection 422, Refusal where the past cannot be
// known at the moment.
Moment read_moment(const RequestQuery& query, Engine& engine);

// An instant in a parameter of this name, by the rules of as_of; the date of today stands for now,
// and so does a parameter that was not given. Settled likewise.
Instant read_instant(const RequestQuery& query, std::string_view name, Engine& engine);

// The product as it was. Throws Rejection 404: never registered, not yet then, archived then.
ProductAt require_product(const ReadView& view, ProductId product, Moment moment);

}  // namespace threatatlas
