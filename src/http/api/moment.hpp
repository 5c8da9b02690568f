#pragma once

/// The moment that a question is about: as_of, at_position, or now. Parsing it looks at the request
/// alone; resolving it reads the log, and may have to wait for what is being recorded.

#include <optional>

#include "http/api/call.hpp"
#include "http/api/request_query.hpp"
#include "projections/query/history.hpp"

namespace threatatlas::api {

/// The answer depends on a group that is still being committed. The call is begun again after
/// Sequencer::when_final().
class NotFinalYet : public commands::Refusal {
  public:
    explicit NotFinalYet(base::Instant as_of)
        : commands::Refusal(
              commands::RefusalKind::busy,
              "What is recorded last is still on its way to the disk: repeat the request soon."),
          as_of_(as_of) {}

    base::Instant as_of() const { return as_of_; }

  private:
    base::Instant as_of_;
};

/// The moment as the question names it: at most one of the two, or neither for now.
struct AskedMoment {
    std::optional<base::Instant> as_of;  ///< not later than the `now` that it was parsed with
    std::optional<Position> at_position;
};

/// The parameters as_of and at_position. A date means the end of that day, today's date means now.
/// Throws Rejection 422.
AskedMoment parse_moment(const RequestQuery& query, base::Instant now);

/// The instant of that moment, or nothing for now; nothing more will be recorded up to it. Views of
/// the store must be taken afterwards. Throws Rejection 422 for a position beyond the end of the
/// log, NotFinalYet, and Refusal if the past cannot be known at the moment.
query::Moment resolve_moment(const AskedMoment& asked, const Call& call);

struct AskedRange {
    std::optional<base::Instant> from;  ///< not set if the parameter was not given
    base::Instant to{};
};

/// The parameters `from` and `to` of a range. A date means the start of that day in `from` and its
/// end in `to`; today's date as `to` means now, as does a `to` that was not given. Both are checked
/// against `now`, the time of the request: the clock moves on meanwhile, and a range from today to
/// now must not begin after its end. Throws Rejection 422.
AskedRange parse_range(const RequestQuery& query, base::Instant now);

/// Returns if nothing more will be recorded up to this instant. Throws NotFinalYet, or Refusal as
/// resolve_moment() does.
void require_final(base::Instant as_of, ops::Engine& engine);

/// The product at the moment, or at `now`. Throws Rejection 404: never registered, not yet then,
/// archived then.
query::ProductAt require_product(const store::ReadView& view, ProductId product,
                                 query::Moment moment, base::Instant now);

}  // namespace threatatlas::api
