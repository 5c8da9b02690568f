#pragma once

/// @file
/// The fold of a whole log, for readers that have nothing but the events.

#include "base/instant.hpp"
#include "projections/fold.hpp"

namespace threatatlas::projections {

/// Folds a whole log: calls fold() and close_transaction(), detecting transactions by their time.
class LogFold {
  public:
    /// `tables` must outlive the fold.
    explicit LogFold(Tables& tables) : tables_(tables) {}

    /// Folds the next event, after closing the previous transaction if the event belongs to another
    /// one. Throws BadHistory, also if positions have a gap or times are not increasing between
    /// transactions.
    void next(const events::Event& event);
    /// The same; moves the event's texts into the tables.
    void next(events::Event&& event);
    /// Call after the last event: closes the last transaction.
    void finish();

    Position position() const { return position_; }
    base::Instant time() const { return time_; }

  private:
    void begin(const events::Event& event);
    void end(Position position, base::Instant time, ProductId product);

    Tables& tables_;
    Position position_ = 0;
    base::Instant time_{};
    ProductId open_product_ = 0;
};

}  // namespace threatatlas::projections
