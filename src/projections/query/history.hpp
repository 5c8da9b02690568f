#pragma once

/// @file
/// Queries about one product at a moment: now, or the state recorded up to some instant. The past
/// costs one more seek than the present, regardless of the length of the history.

#include <optional>
#include <string>
#include <vector>

#include "events/event_log.hpp"
#include "projections/policy_facts.hpp"
#include "projections/posture.hpp"

namespace threatatlas::query {

/// nullopt means now.
using Moment = std::optional<base::Instant>;

/// The state of a product at a moment, as needed by the gate and every summary.
struct ProductAt {
    ProductId id = 0;
    events::ProductTexts texts;
    projections::PostureAt posture;
    std::uint64_t version = 0;
    Position position = 0;              ///< position of the newest event at the moment
    projections::StateId state_id = 0;  ///< state id of that event
    base::Instant recorded_at{};        ///< recording time of that event
    base::Instant created_at{};
    bool archived = false;
    projections::PolicyAssignment policy;
    std::optional<base::Instant> reviewed_at;  ///< time of the last review
    /// The policies that apply to a question, and what they need: set by apply_policies()
    /// (policies.hpp), empty until then.
    projections::PolicyFacts applied;
};

/// The product as of an instant in the past; nullopt if it was not registered yet. One seek and two
/// point reads. Throws ReadError.
std::optional<ProductAt> product_at(const store::ReadView& view, ProductId product,
                                    base::Instant instant);
/// The same for the current state. `now` must not be earlier than the newest event. One point read.
std::optional<ProductAt> product_now(const store::ReadView& view, ProductId product,
                                     base::Instant now);
/// product_at() for an instant, or product_now() if `moment` is nullopt.
std::optional<ProductAt> product_at(const store::ReadView& view, ProductId product, Moment moment,
                                    base::Instant now);

/// The product as of an instant, from the row that was the newest one then.
ProductAt product_at(ProductId id, projections::Product row, base::Instant instant);

/// The time at which the product was registered; nullopt if it never was.
std::optional<base::Instant> registered_at(const store::ReadView& view, ProductId product);

/// Visits the ids of all products ever registered that are greater than `after`, ascending, until
/// `visit` returns false.
void scan_products(const store::ReadView& view, ProductId after,
                   const std::function<bool(ProductId)>& visit);

/// The same for live products that currently have this external_id. Costs one seek plus the visited
/// rows.
void scan_products_with(const store::ReadView& view, std::string_view external_id, ProductId after,
                        const std::function<bool(ProductId)>& visit);

/// One step of a product's history: the state after a transaction.
struct HistoryStep {
    base::Instant time{};
    projections::HistoryRow row;
};
/// The step that was valid at an instant; nullopt before the first.
std::optional<HistoryStep> step_at(const store::ReadView& view, ProductId product,
                                   base::Instant instant);
/// Visits the steps with from < time <= to, in order, until `visit` returns false.
void scan_steps(const store::ReadView& view, ProductId product, base::Instant from,
                base::Instant to, const std::function<bool(const HistoryStep&)>& visit);

/// Visits the product's own lines with position > after that were recorded no later than `until`,
/// in order, until `visit` returns false. The cost is that of the visited lines, each of which
/// counts as work (work_watch.hpp).
void scan_product_lines(const store::ReadView& view, ProductId product, Position after,
                        base::Instant until,
                        const std::function<bool(Position, std::string_view line)>& visit);

}  // namespace threatatlas::query
