#pragma once

// The fold: what each kind of event does to the tables. The one place that gives events a meaning;
// the server, the rebuild, the verification and every answer about the past go through it.
//
// Invariants, held by tests/unit/projections against a recount from scratch:
//   F1  After every transaction Product::posture is the recount of the product's threats and
//       mitigations.
//   F2  Exposure::active_links is the number of active mitigations that name the threat.
//   F3  Element counters are the recount of what sits on the element.
//   F4  The cost of an event does not depend on the number of threats or events of the product. A
//       transaction costs its events and, once for each mitigation whose coverage it changes, the
//       threats that this mitigation names.

#include <stdexcept>

#include "events/event.hpp"
#include "projections/tables.hpp"

namespace threatatlas {

// Folds one event in. Events come in the order of their positions. Throws BadHistory where an event
// speaks of something that its past does not have: then the log is not one of ours.
void fold(Tables& tables, const Event& event);
// The same for an event that is not needed any more: its texts move into the tables.
void fold(Tables& tables, Event&& event);

// Counts what mitigations cover since the last transaction changed it. The fold does so before it
// begins another one; for tables that are looked at after fold() alone.
void settle_coverage(Tables& tables);

// Called after the last event of a transaction: counts coverage and leaves the history row of its
// product. Does nothing for token events (product 0).
void close_transaction(Tables& tables, ProductId product);

class BadHistory : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

// Drives both over a whole log: finds the transactions by their times.
class LogFold {
  public:
    // `tables` is the caller's and outlives the fold.
    explicit LogFold(Tables& tables) : tables_(tables) {}

    // Folds the next event, and before it closes the transaction that it does not belong to.
    // Throws BadHistory, also where positions have a gap or times do not rise.
    void next(const Event& event);
    // The same for an event that is not needed any more: its texts move into the tables.
    void next(Event&& event);
    // After the last event.
    void finish();

    Position position() const { return position_; }
    Instant time() const { return time_; }

  private:
    void begin(const Event& event);
    void end(const Event& event);

    Tables& tables_;
    Position position_ = 0;
    Instant time_{};
    ProductId open_product_ = 0;
};

}  // namespace threatatlas
