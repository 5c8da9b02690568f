#pragma once

// The moment that a question is about: as_of, at_position, or now.

#include <optional>

#include "http/api/call.hpp"
#include "http/api/request_query.hpp"
#include "projections/query/history.hpp"

namespace threatatlas {

// The answer has to wait for a group that is in flight to the disk. Whoever runs a call has it
// begun again after Sequencer::when_final().
class NotFinalYet : public Refusal {
  public:
    explicit NotFinalYet(Instant as_of)
        : Refusal(
              RefusalKind::busy,
              "What is recorded last is still on its way to the disk: repeat the request soon."),
          as_of_(as_of) {}

    Instant as_of() const { return as_of_; }

  private:
    Instant as_of_;
};

// Reads as_of and at_position, and makes sure that nothing more will be recorded up to then. Views
// of the store must be taken afterwards. Throws Rejection 422, NotFinalYet, Refusal where the past
// cannot be known at the moment.
Moment read_moment(const RequestQuery& query, Engine& engine);

struct AskedRange {
    std::optional<Instant> from;  // nothing where it was not given
    Instant to{};
};

// Reads the parameters `from` and `to` of a range, and settles it likewise. A date means the start
// of that day in `from` and its end in `to`; there the date of today stands for now, and so does a
// parameter that was not given. Both are judged by `now`, when the request came: the clock moves on
// meanwhile, and a range from today to now must not begin after its end. Throws Rejection 422,
// NotFinalYet.
AskedRange read_range(const RequestQuery& query, Engine& engine, Instant now);

// The product as it was. Throws Rejection 404: never registered, not yet then, archived then.
ProductAt require_product(const ReadView& view, ProductId product, Moment moment);

}  // namespace threatatlas
