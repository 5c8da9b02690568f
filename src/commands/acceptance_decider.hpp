#pragma once

/// @file
/// The rules of risk acceptances: what may be requested, and who may decide.

#include "commands/transaction.hpp"

namespace threatatlas::commands {

/// Decides one item. Records its event in the transaction, or throws Refusal.
class AcceptanceDecider {
  public:
    /// `transaction` must outlive the decider.
    AcceptanceDecider(Transaction& transaction, ProductId product_id)
        : transaction_(transaction), product_id_(product_id) {}

    /// The threats must exist. Returns the id of the acceptance.
    AcceptanceId request(RequestAcceptance& change);
    void take_step(StepAcceptance& change);

  private:
    const projections::Acceptance& require(AcceptanceId id);
    const projections::Acceptance& require_requested(AcceptanceId id);
    void approve(StepAcceptance& change);
    void require_replaceable(AcceptanceId id);
    void require_controls(const std::vector<MitigationId>& ids);
    void require_valid_day(base::Day day) const;
    void require_another_person(const projections::Acceptance& acceptance) const;
    void require_requester(const projections::Acceptance& acceptance) const;
    bool ends_another(const projections::Acceptance& acceptance);
    void require_room(const projections::Acceptance& acceptance);
    std::vector<std::optional<events::Severity>> severities_of(const std::vector<ThreatId>& ids);
    base::Day today() const { return base::day_of(transaction_.judged_at()); }

    Transaction& transaction_;
    const ProductId product_id_;
};

}  // namespace threatatlas::commands
