#include "http/api/judged_product.hpp"

#include <algorithm>

#include "http/api/moment.hpp"
#include "http/api/request_query.hpp"
#include "projections/query/baselines.hpp"
#include "projections/query/product_model.hpp"

namespace threatatlas::api {

void apply_asked_policies(const Call& call, const store::ReadView& view, query::ProductAt& product,
                          const GateQuestion& question, query::Moment moment, base::Instant now) {
    const base::Instant judged = moment.value_or(now);
    query::PolicyChoice choice = question.policies;
    // A report about now is about the moment of the last change, which a baseline may be after.
    choice.since = resolve_baseline(
        question.baseline, question.moment.is_now() ? std::max(judged, now) : judged, call);
    if (choice.since) {
        choice.since = std::min(*choice.since, judged);
    }
    try {
        query::apply_policies(view, product, choice, moment, now);
    } catch (const query::PolicyRefused& refused) {
        throw bad_parameter(refused.parameter(), refused.what());
    }
    for (const projections::AppliedPolicy& policy : product.applied.policies) {
        if (policy.since && *policy.since < judged) {
            require_final(*policy.since, call.engine());
        }
    }
}

bool load_threats(const Call& call, const store::ReadView& view, query::ProductAt& product,
                  const projections::Thresholds& thresholds, query::Moment moment,
                  base::Instant now) {
    projections::PolicyFacts& facts = product.applied;
    const bool needs_threats =
        facts.need_threats() ||
        (!facts.policies.empty() &&
         projections::wants_threats(projections::judge(product.posture, thresholds, facts), facts));
    if (!needs_threats) {
        return true;
    }
    if (call.parked == nullptr) {
        return false;
    }
    facts.threats = query::rated_threats(view, product.id, moment, product.posture);
    load_baselines(call, product, moment.value_or(now));
    return true;
}

void load_baselines(const Call& call, query::ProductAt& product, base::Instant judged) {
    query::set_baselines(product, judged, [&](base::Instant since) {
        auto baseline = query::baseline_at(call.read_view(), product.id, since);
        if (baseline->position > product.position) {
            // It was recorded after the view of the question was taken: start over.
            throw NotFinalYet(since);
        }
        return baseline;
    });
}

}  // namespace threatatlas::api
