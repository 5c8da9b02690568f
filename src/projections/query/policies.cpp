#include "projections/query/policies.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "events/store/keys.hpp"
#include "projections/rows.hpp"

namespace threatatlas::query {
namespace {

using projections::PolicyVersion;

// The moment of the policy's baseline: its own or, unless it is enforced, that of the question.
std::optional<base::Instant> moment_of_baseline(const projections::AppliedPolicy& policy,
                                                const PolicyChoice& choice, base::Instant judged) {
    if (auto own = own_baseline(policy, judged)) {
        return own;
    }
    if (choice.since && policy.enforced) {
        throw PolicyRefused("baseline",
                            fmt::format("The policy {} is enforced for this product and names no "
                                        "baseline: leave baseline out.",
                                        policy.name));
    }
    return choice.since;
}

void apply(projections::PolicyFacts& facts, projections::AppliedPolicy policy,
           const PolicyChoice& choice, base::Instant judged) {
    policy.since = moment_of_baseline(policy, choice, judged);
    facts.policies.push_back(std::move(policy));
}

projections::AppliedPolicy applied(std::string name, bool enforced, PolicyVersion version) {
    return {.name = std::move(name),
            .version = version.version,
            .enforced = enforced,
            .definition = std::make_shared<const events::Policy>(std::move(version.definition))};
}

}  // namespace

std::optional<PolicyVersion> policy_at(const store::ReadView& view, const std::string& name,
                                       Moment moment) {
    if (!moment) {
        const auto bytes = view.get(store::Table::policies, name);
        return bytes ? std::optional(projections::decode<PolicyVersion>(*bytes)) : std::nullopt;
    }
    auto found = policy_since(view, name, *moment);
    return found ? std::optional(std::move(found->version)) : std::nullopt;
}

std::optional<PolicySince> policy_since(const store::ReadView& view, const std::string& name,
                                        base::Instant instant) {
    if (instant < base::Instant{}) {
        return std::nullopt;  // nothing is recorded before 1970, and keys are unsigned
    }
    const std::string prefix = projections::policy_prefix(name);
    const auto row = view.last_at_or_before(
        store::Table::policy_versions, prefix + store::be64_key(store::micros_of(instant)), prefix);
    if (!row) {
        return std::nullopt;
    }
    return PolicySince{
        store::instant_of(store::read_be64(std::string_view(row->key).substr(prefix.size()))),
        projections::decode<PolicyVersion>(row->value)};
}

void scan_policies(const store::ReadView& view, Moment moment,
                   const std::function<bool(const PolicyView&)>& visit) {
    view.scan(store::Table::policies, "", "", [&](std::string_view key, std::string_view value) {
        std::string name(key);
        auto version = moment ? policy_at(view, name, moment)
                              : std::optional(projections::decode<PolicyVersion>(value));
        return !version || version->removed ||
               visit(PolicyView{std::move(name), *std::move(version)});
    });
}

std::uint64_t count_policy_users(const store::ReadView& view, const std::string& name) {
    const std::string prefix = projections::policy_prefix(name);
    std::uint64_t count = 0;
    view.scan(store::Table::policy_users, prefix, prefix, [&](std::string_view, auto) {
        ++count;
        return true;
    });
    return count;
}

void apply_policies(ProductAt& product, const projections::PolicyAssignment& assigned,
                    const PolicyChoice& choice, base::Instant judged, const FindPolicy& find) {
    projections::PolicyFacts& facts = product.applied;
    facts.today = base::day_of(judged);
    facts.since = choice.since;
    facts.was_reviewed = product.reviewed_at.has_value();
    facts.last_review = base::day_of(product.reviewed_at.value_or(product.created_at));
    const bool has_own = !assigned.name.empty();
    if (choice.none && has_own && assigned.enforced) {
        throw PolicyRefused(
            "policy",
            fmt::format("The policy {} is enforced for this product: leave policy=none out.",
                        assigned.name));
    }
    const bool names_another = choice.name && choice.name != assigned.name;
    if (has_own && !choice.none && (assigned.enforced || !names_another)) {
        auto version = find(assigned.name);
        if (!version) {
            throw PolicyRefused(
                "policy", fmt::format("The policy {} did not exist at that time.", assigned.name));
        }
        apply(facts, applied(assigned.name, assigned.enforced, *std::move(version)), choice,
              judged);
    }
    if (names_another) {
        auto version = find(*choice.name);
        if (!version || version->removed) {
            throw PolicyRefused("policy", fmt::format("There is no policy {} at that time: GET "
                                                      "/api/policies lists those that there are.",
                                                      *choice.name));
        }
        apply(facts, applied(*choice.name, false, *std::move(version)), choice, judged);
    }
}

void apply_policies(const store::ReadView& view, ProductAt& product, const PolicyChoice& choice,
                    Moment moment, base::Instant now) {
    const Moment of_policies = choice.of_now ? std::nullopt : moment;
    projections::PolicyAssignment assigned = product.policy;
    if (choice.of_now && moment) {
        if (const auto current = product_now(view, product.id, now)) {
            assigned = current->policy;
        }
    }
    apply_policies(product, assigned, choice, moment.value_or(now),
                   [&](const std::string& name) { return policy_at(view, name, of_policies); });
}

std::optional<base::Instant> policy_moment(const projections::PolicyAssignment& assigned,
                                           const PolicyChoice& choice, base::Instant now,
                                           const FindPolicy& find) {
    std::optional<base::Instant> moment;
    const auto take = [&](const std::string& name) {
        const auto policy = find(name);
        if (!policy) {
            return;
        }
        moment = std::max(moment.value_or(policy->defined_at), policy->defined_at);
        if (changes_with_days(policy->definition)) {
            moment = std::max(*moment, base::Instant{base::day_of(now)});
        }
    };
    if (!assigned.name.empty() && !choice.none) {
        take(assigned.name);
    }
    if (choice.name) {
        take(*choice.name);
    }
    return moment;
}

std::optional<base::Instant> own_baseline(const projections::AppliedPolicy& policy,
                                          base::Instant judged) {
    const std::optional<base::Day> day = policy.definition->baseline;
    if (!day) {
        return std::nullopt;
    }
    if (*day > base::day_of(judged)) {
        throw PolicyRefused("policy",
                            fmt::format("The baseline of the policy {}, {}, is later than the "
                                        "moment that is judged.",
                                        policy.name, base::format_day(*day)));
    }
    return std::min(base::end_of(*day) - std::chrono::microseconds{1}, judged);
}

bool changes_with_days(const events::Policy& policy) {
    return policy.effective_from ||
           std::any_of(policy.rules.begin(), policy.rules.end(), [](const auto& rule) {
               return rule.kind == events::RuleKind::max_days_since_review ||
                      events::depends_on_age(rule.kind);
           });
}

}  // namespace threatatlas::query
