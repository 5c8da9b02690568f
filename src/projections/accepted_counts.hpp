#pragma once

/// @file
/// The part of the fold that counts accepted risks by the last day on which they are accepted.

#include "projections/model.hpp"

namespace threatatlas::projections {

/// Keeps Product::accepted. For use by the fold, by one thread.
class AcceptedCounting {
  public:
    /// `product` must outlive this object. Days before that of its newest event are over: nothing
    /// is counted for them any more.
    explicit AcceptedCounting(Product& product) : product_(product) {}

    bool is_over(base::Day last_day) const { return last_day < base::day_of(product_.updated_at); }
    /// Removes the days that are over.
    void forget_past();

    /// Counts an approved acceptance, or a revoked one out. The counts of its threats must be added
    /// after that, and removed before.
    void count_approved(base::Day last_day, bool in);
    /// Adds an acceptance to those that apply to at least one threat, or removes it.
    void set_in_force(base::Day last_day, AcceptanceId id, bool in);
    /// The counts of a day; null if it is over.
    AcceptedCounts* counts(base::Day last_day);

  private:
    AcceptedDay* find(base::Day last_day);

    Product& product_;
};

}  // namespace threatatlas::projections
