#pragma once

/// @file
/// Risk acceptances at a moment: now, or as of some instant.

#include <functional>
#include <optional>
#include <span>
#include <string_view>

#include "projections/query/history.hpp"

namespace threatatlas::query {

/// The state of an acceptance at an instant. All but the first six follow from recorded steps, the
/// time, the threats and the mitigations, and are recorded nowhere themselves.
enum class AcceptanceStatus : std::uint8_t {
    requested,
    approved,  ///< and in force
    rejected,
    withdrawn,
    revoked,
    replaced,
    lapsed,     ///< requested, and not decided before its last day was over
    expired,    ///< approved, and its last day is over
    suspended,  ///< approved, but a compensating control is not active, or every threat has become
                ///< more severe than what was accepted
    moot        ///< approved, but every threat was removed
};
std::span<const std::string_view> acceptance_status_names();
std::string_view name_of(AcceptanceStatus status);

struct AcceptanceView {
    AcceptanceId id = 0;
    projections::Acceptance acceptance;
    AcceptanceStatus status = AcceptanceStatus::requested;

    bool in_force() const { return status == AcceptanceStatus::approved; }
};

/// `has_threats`: at least one of its threats is not removed.
AcceptanceView view_of(AcceptanceId id, const projections::Acceptance& acceptance,
                       base::Instant instant, bool has_threats);

/// Visits the acceptances of a product at a moment with ids greater than `after`, in order, until
/// `visit` returns false; none if the product was not registered yet. For now, the cost is that of
/// the rows; for the past, that of the product's events up to the moment.
void scan_acceptances(const store::ReadView& view, ProductId product, Moment moment,
                      base::Instant now, AcceptanceId after,
                      const std::function<bool(const AcceptanceView&)>& visit);
std::optional<AcceptanceView> acceptance_at(const store::ReadView& view, ProductId product,
                                            AcceptanceId id, Moment moment, base::Instant now);

}  // namespace threatatlas::query
