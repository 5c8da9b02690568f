#pragma once

/// @file
/// The threats of a product after each of its transactions, for questions that go back from one to
/// the one before.

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "projections/query/history.hpp"

namespace threatatlas::query {

/// Folds the product's lines up to a step and keeps the threats of the steps before it as well, so
/// that going back step by step folds them only once in a while. For one thread.
class PastThreats {
  public:
    /// `view` must outlive this object. At most `kept_max` threats are kept, or those of one step.
    PastThreats(const store::ReadView& view, ProductId product, std::size_t kept_max = 200'000)
        : view_(view), product_(product), kept_max_(kept_max) {}

    /// The threats after a step, as PolicyFacts::threats: with the acceptances that were in force
    /// then, which may be over at a later instant. Throws ReadError.
    std::vector<projections::RatedThreat> after(const HistoryStep& step);

    /// The lines read and the threats rated so far.
    std::uint64_t rows_read() const { return rows_read_; }

  private:
    void fold_until(const HistoryStep& step);

    const store::ReadView& view_;
    const ProductId product_;
    const std::size_t kept_max_;
    std::map<base::Instant, std::vector<projections::RatedThreat>> kept_;  // by time of the step
    std::uint64_t rows_read_ = 0;
};

}  // namespace threatatlas::query
