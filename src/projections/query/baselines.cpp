#include "projections/query/baselines.hpp"

#include <map>
#include <utility>

#include "projections/query/product_model.hpp"

namespace threatatlas::query {

std::shared_ptr<const projections::Baseline> make_baseline(
    const ProductAt& product, base::Instant instant,
    std::vector<projections::RatedThreat> threats) {
    return std::make_shared<const projections::Baseline>(
        projections::Baseline{.instant = instant,
                              .position = product.position,
                              .recorded_at = product.recorded_at,
                              .posture = product.posture,
                              .threats = std::move(threats)});
}

void set_baselines(ProductAt& product, base::Instant judged, const FindBaseline& find) {
    projections::PolicyFacts& facts = product.applied;
    std::map<base::Instant, std::shared_ptr<const projections::Baseline>> found;
    const auto baseline_since = [&](base::Instant since) {
        auto& baseline = found[since];
        if (!baseline) {
            baseline = since >= judged ? make_baseline(product, since, facts.threats.value())
                                       : find(since);
        }
        return baseline;
    };
    if (facts.since) {
        facts.baseline = baseline_since(*facts.since);
    }
    for (projections::AppliedPolicy& policy : facts.policies) {
        if (policy.since) {
            policy.baseline = baseline_since(*policy.since);
        }
    }
}

std::shared_ptr<const projections::Baseline> baseline_at(const store::ReadView& view,
                                                         ProductId product, base::Instant instant) {
    const auto then = product_at(view, product, instant);
    return then
               ? make_baseline(*then, instant, rated_threats(view, product, instant, then->posture))
               : std::make_shared<const projections::Baseline>(
                     projections::Baseline{.instant = instant});
}

}  // namespace threatatlas::query
