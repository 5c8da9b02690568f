#pragma once

/// @file
/// Decides the changes of policies.

#include <string>

#include "commands/transaction.hpp"

namespace threatatlas::commands {

/// Records the events of a change in the transaction, or throws Refusal.
class PolicyDecider {
  public:
    /// `transaction` must outlive the decider.
    explicit PolicyDecider(Transaction& transaction) : transaction_(transaction) {}

    /// Returns true if the policy did not exist.
    bool define(DefinePolicy& change);
    void remove(const std::string& name);
    void assign(ProductId product, const AssignPolicy& change);

  private:
    /// The policy, which must exist; null if it does not.
    const projections::PolicyVersion* find(const std::string& name);

    Transaction& transaction_;
};

/// Throws Refusal for the field `valid_until` of the item if the policy that a product has allows
/// acceptances for fewer days, counted from `today`.
void require_allowed_days(Transaction& transaction, const projections::Product& product,
                          base::Day today, base::Day last_day);

}  // namespace threatatlas::commands
