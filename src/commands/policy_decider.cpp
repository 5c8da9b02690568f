#include "commands/policy_decider.hpp"

#include <utility>

#include <fmt/format.h>

#include "events/limits.hpp"

namespace threatatlas::commands {

const projections::PolicyVersion* PolicyDecider::find(const std::string& name) {
    const projections::PolicyVersion* const known = transaction_.overlay().policy(name);
    return known == nullptr || known->removed ? nullptr : known;
}

bool PolicyDecider::define(DefinePolicy& change) {
    projections::Overlay& overlay = transaction_.overlay();
    const projections::PolicyVersion* const current = find(change.name);
    if (current != nullptr && current->definition == change.definition) {
        return false;
    }
    if (const auto fault =
            events::fault_of_baseline(change.definition, base::day_of(transaction_.time()))) {
        transaction_.refuse("baseline", *fault);
    }
    if (current == nullptr && overlay.policy_count() >= events::limits::policies_max) {
        throw Refusal(RefusalKind::conflict,
                      fmt::format("There are {} policies, and there can be no more: remove some "
                                  "that no product has.",
                                  events::limits::policies_max));
    }
    const projections::PolicyVersion* const last = overlay.policy(change.name);
    const std::uint64_t version = last == nullptr ? 1 : last->version + 1;
    transaction_.emit(0, events::PolicyDefined{change.name, version, std::move(change.definition)});
    return current == nullptr;
}

void PolicyDecider::remove(const std::string& name) {
    if (find(name) == nullptr) {
        throw Refusal(
            RefusalKind::not_found,
            fmt::format("There is no policy {}: it was never defined, or it was removed.", name));
    }
    if (transaction_.overlay().user_of(name)) {
        throw Refusal(RefusalKind::conflict,
                      fmt::format("Products have the policy {}: give them another one, or none, "
                                  "with PUT /api/products/{{product_id}}/policy first.",
                                  name));
    }
    transaction_.emit(0, events::PolicyRemoved{name});
}

void PolicyDecider::assign(ProductId product_id, const AssignPolicy& change) {
    if (!change.policy.empty() && find(change.policy) == nullptr) {
        transaction_.refuse("policy", fmt::format("There is no policy {}: define it with PUT "
                                                  "/api/policies/{} first.",
                                                  change.policy, change.policy));
    }
    const projections::PolicyAssignment wanted{change.policy, change.enforced};
    if (transaction_.require_product(product_id).policy != wanted) {
        transaction_.emit(product_id, events::PolicyAssigned{change.policy, change.enforced});
    }
}

void require_allowed_days(Transaction& transaction, const projections::Product& product,
                          base::Day today, base::Day last_day) {
    const projections::PolicyVersion* const policy =
        product.policy.name.empty() ? nullptr : transaction.overlay().policy(product.policy.name);
    if (policy == nullptr || !policy->definition.acceptance_days_max) {
        return;
    }
    const base::Day latest =
        today +
        std::chrono::days{static_cast<std::int64_t>(*policy->definition.acceptance_days_max)};
    if (last_day > latest) {
        transaction.refuse("valid_until",
                           fmt::format("Give a day up to {}: the policy {} allows acceptances for "
                                       "{} days.",
                                       base::format_day(latest), product.policy.name,
                                       *policy->definition.acceptance_days_max));
    }
}

}  // namespace threatatlas::commands
