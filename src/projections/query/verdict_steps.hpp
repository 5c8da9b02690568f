#pragma once

/// @file
/// The verdict on a product at each moment of its past, and the moments at which it may change.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "projections/query/history.hpp"
#include "projections/query/past_threats.hpp"
#include "projections/query/policies.hpp"
#include "projections/rows.hpp"
#include "projections/verdict.hpp"

namespace threatatlas::query {

/// Time without an event that concerns the verdict: the product and the policies stay as they are,
/// so that only the beginning of a day can change it.
struct Stretch {
    base::Instant begin{};  ///< of the last event that concerns it
    base::Instant end{};    ///< the last instant that is asked about
    HistoryStep step;       ///< the state of the product
};

/// The product and the verdict on it at an instant.
struct VerdictAt {
    ProductAt product;  ///< without texts
    projections::Verdict verdict;
};

/// Answers as the gate does as of each instant. Meant for going back in time; other orders are only
/// slower. For one thread.
class VerdictSteps {
  public:
    /// `view` must outlive this object. Nothing may be recorded any more before the instants that
    /// are asked about. `choice` names no baseline: policies may have one.
    VerdictSteps(const store::ReadView& view, ProductId product,
                 const projections::Thresholds& thresholds, PolicyChoice choice);

    /// The stretch that ends with `end`; nullopt before the registration. Throws ReadError.
    std::optional<Stretch> stretch_until(base::Instant end);
    /// The instants of a stretch at which the verdict may differ from the one before: beginnings of
    /// days, descending, and `begin` as the last one.
    std::vector<base::Instant> moments(const Stretch& stretch);
    /// The verdict at an instant of the stretch. Throws PolicyRefused and ReadError.
    VerdictAt judge(const Stretch& stretch, base::Instant instant);

    /// The lines, threats and states that were looked at so far.
    std::uint64_t rows_read() const { return rows_read_ + threats_.rows_read(); }

  private:
    struct KnownPolicy {
        base::Instant until{};             // the version is valid up to this instant at least
        std::optional<PolicySince> found;  // nullopt: not defined yet
    };

    const projections::DetailsRow& details(const HistoryStep& step);
    const KnownPolicy& policy(const std::string& name, base::Instant instant);
    const projections::PolicyAssignment& assigned(const HistoryStep& step);
    std::vector<std::string> policy_names(const HistoryStep& step);
    void add_days(std::vector<base::Day>& days, const Stretch& stretch,
                  const events::Policy& policy);

    const store::ReadView& view_;
    const ProductId product_;
    const projections::Thresholds thresholds_;
    const PolicyChoice choice_;
    projections::PolicyAssignment assigned_now_;  // if choice_.of_now
    std::optional<base::Instant> details_at_;
    projections::DetailsRow details_;
    std::map<std::string, KnownPolicy> policies_;
    std::map<base::Instant, std::shared_ptr<const projections::Baseline>> baselines_;
    PastThreats threats_;
    std::uint64_t rows_read_ = 0;
};

}  // namespace threatatlas::query
