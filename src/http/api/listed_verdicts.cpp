#include "http/api/listed_verdicts.hpp"

#include <algorithm>
#include <array>

#include "http/api/judged_product.hpp"
#include "http/api/moment.hpp"
#include "http/ops/service_limits.hpp"
#include "projections/query/product_model.hpp"

namespace threatatlas::api {

bool reads_with_verdicts(const RequestQuery& query) {
    static constexpr std::array<std::string_view, 1> members{"verdict"};
    return !query.choices("with", members).empty();
}

std::optional<ListedVerdict> ListedVerdicts::judge(query::ProductAt& product) {
    ListedVerdict listed;
    if (product.policy.name.empty()) {
        return listed;
    }
    const base::Instant judged = moment_.value_or(now_);
    try {
        query::apply_policies(product, product.policy, {}, judged,
                              [this](const std::string& name) { return policy(name); });
    } catch (const query::PolicyRefused& refused) {
        listed.refusal = refused.what();
        return listed;
    }
    projections::PolicyFacts& facts = product.applied;
    if (facts.need_threats()) {
        const bool names_baseline = std::ranges::any_of(
            facts.policies, [](const auto& policy) { return policy.since.has_value(); });
        if (!takes_threats_of(product, names_baseline)) {
            return std::nullopt;
        }
        for (const projections::AppliedPolicy& policy : facts.policies) {
            if (policy.since && *policy.since < judged) {
                require_final(*policy.since, call_.engine());
            }
        }
        facts.threats = query::rated_threats(view_, product.id, moment_, product.posture);
        load_baselines(call_, product, judged);
    }
    listed.verdict = projections::judge(product.posture, {}, facts);
    return listed;
}

std::optional<projections::PolicyVersion> ListedVerdicts::policy(const std::string& name) {
    const auto known = policies_.find(name);
    return known != policies_.end()
               ? known->second
               : policies_.emplace(name, query::policy_at(view_, name, moment_)).first->second;
}

// The past of a model is folded from the product's events, as is a baseline.
bool ListedVerdicts::takes_threats_of(const query::ProductAt& product, bool names_baseline) {
    const std::uint64_t cost = (moment_ ? product.version : product.posture.total_threats) +
                               (names_baseline ? product.version : 0);
    if (threats_read_ > 0 && threats_read_ + cost > ops::limits::page_threats_max) {
        return false;
    }
    threats_read_ += cost;
    return true;
}

void write_listed_verdict(base::JsonWriter& json, const query::ProductAt& product,
                          const ListedVerdict& listed) {
    if (product.policy.name.empty()) {
        json.null();
        return;
    }
    static const projections::Verdict none;
    const projections::Verdict& verdict = listed.verdict ? *listed.verdict : none;
    json.begin_object();
    json.key("policy").string(product.policy.name);
    json.key("enforced").boolean(product.policy.enforced);
    json.key("pass");
    if (listed.verdict) {
        json.boolean(verdict.pass);
    } else {
        json.null();
    }
    json.key("failures").begin_array();
    for (const std::string& sentence : verdict.failures) {
        json.string(sentence);
    }
    json.end_array();
    json.key("warnings").number(verdict.warnings.size());
    json.key("fails_on")
        .string_or_null(verdict.fails_on ? base::format_day(*verdict.fails_on) : std::string());
    if (!listed.verdict) {
        json.key("detail").string(listed.refusal);
    }
    json.end_object();
}

}  // namespace threatatlas::api
