#pragma once

/// The moment that a request asks about: as_of, at_position, or now. Parsing uses only the request.
/// Resolving uses the log, and may have to wait for a commit.

#include <optional>

#include "http/api/call.hpp"
#include "http/api/request_query.hpp"
#include "projections/query/history.hpp"

namespace threatatlas::api {

/// The response depends on a group that is still being committed. The call is repeated after
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

/// The requested moment: at most one member is set; neither means now.
struct AskedMoment {
    std::optional<base::Instant> as_of;  ///< not later than the `now` passed to parse_moment()
    std::optional<Position> at_position;

    bool is_now() const { return !as_of && !at_position; }
};

/// Reads the parameters as_of and at_position. A date means the end of that day; today's date means
/// now. Throws Rejection 422.
AskedMoment parse_moment(const RequestQuery& query, base::Instant now);

/// The instant of the requested moment; nullopt for now. Nothing more will be recorded up to that
/// instant. Views of the store must be taken afterwards. Throws Rejection 422 for a position beyond
/// the end of the log, NotFinalYet, and Refusal if the past cannot be determined at present.
query::Moment resolve_moment(const AskedMoment& asked, const Call& call);

/// The baseline that a question names: at most one member is set; neither means that it names none.
struct AskedBaseline {
    std::optional<base::Instant> instant;  ///< not later than the `now` passed to parse_baseline()
    std::optional<Position> position;

    bool is_empty() const { return !instant && !position; }
};

/// Reads the parameter baseline: an instant, a date, which means the end of that day, today's date,
/// which means now, or position:N. Throws Rejection 422.
AskedBaseline parse_baseline(const RequestQuery& query, base::Instant now);

/// The instant of the baseline; nullopt if there is none. For a position, that is the time of the
/// last transaction that ends there or before. `latest` is the moment that the question is about.
/// Nothing more will be recorded up to the baseline, unless it is `latest` itself. Views of the
/// store must be taken afterwards. Throws like resolve_moment(), and Rejection 422 for a baseline
/// that is later than `latest`.
std::optional<base::Instant> resolve_baseline(const AskedBaseline& asked, base::Instant latest,
                                              const Call& call);

/// parse_moment() and resolve_moment() in one.
query::Moment moment_of(const Call& call, const RequestQuery& query);

/// Rejection 404 for the object in the path, which does not exist at the moment. `kind` is
/// "threat", for example.
net::Rejection no_object(const Call& call, std::string_view kind);

struct AskedRange {
    std::optional<base::Instant> from;  ///< nullopt if the parameter is absent
    base::Instant to{};
};

/// Reads the parameters `from` and `to`. A date means the start of that day in `from` and its end
/// in `to`; today's date as `to` means now, as does an absent `to`. Both are compared with `now`,
/// the time of the request, and not with the current time, so that a range from today to now never
/// starts after its end. Throws Rejection 422.
AskedRange parse_range(const RequestQuery& query, base::Instant now);

/// Returns if nothing more will be recorded up to this instant. Otherwise throws NotFinalYet, or
/// Refusal as resolve_moment() does.
void require_final(base::Instant as_of, ops::Engine& engine);

/// The product at the moment, or at `now` if the moment is nullopt. Throws Rejection 404 if the
/// product was never registered, was not registered yet, or was archived at that moment.
query::ProductAt require_product(const store::ReadView& view, ProductId product,
                                 query::Moment moment, base::Instant now);

}  // namespace threatatlas::api
