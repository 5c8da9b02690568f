#pragma once

/// @file
/// The fold: the effect of each event type on the tables. This is the only code that interprets
/// events; the server, rebuilds, verification and all answers about the past use it.
///
/// Invariants, tested in tests/unit/projections against a recount from scratch:
/// - F1: After every transaction, Product::posture equals a recount of the product's threats and
///   mitigations.
/// - F2: Exposure::active_links is the number of active mitigations that name the threat.
/// - F3: The counters of an element equal a recount of the threats and mitigations on it.
/// - F4: The cost of an event does not depend on the number of threats or events of the product.
///   The cost of a transaction is that of its events plus, once for each mitigation whose coverage
///   it changes, the number of threats that this mitigation names.

#include <stdexcept>

#include "events/event.hpp"
#include "projections/tables.hpp"

namespace threatatlas::projections {

/// Folds one event into the tables. Events must come in order of position. Throws BadHistory if the
/// event contradicts the earlier ones, which never happens in a log that this program wrote.
void fold(Tables& tables, const events::Event& event);
/// The same; moves the event's texts into the tables.
void fold(Tables& tables, events::Event&& event);

/// Counts coverage changes of the last transaction. The fold does this before it begins the next
/// transaction; call it to read the tables after fold() without close_transaction().
void settle_coverage(Tables& tables);

/// Call after the last event of a transaction: counts coverage changes and writes the history row
/// of the product, unless it has only recorded checks. `time` is that of the transaction. Does
/// nothing for events of tokens and policies (product 0).
void close_transaction(Tables& tables, ProductId product, base::Instant time);

/// An event contradicts the events before it. what() names the position and the fault.
class BadHistory : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

}  // namespace threatatlas::projections
