#include "export/acceptance_text.hpp"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

namespace threatatlas::exports {

namespace {

std::uint64_t accepted_threats(const projections::AcceptedCounts& accepted) {
    return std::accumulate(accepted.by_severity.begin(), accepted.by_severity.end(),
                           accepted.unscored);
}

std::string risks_sentence(const projections::PostureAt& posture,
                           const projections::AcceptanceEffect& effect) {
    const std::uint64_t threats = accepted_threats(posture.accepted);
    return fmt::format(
        "The risk of {} {} is accepted by {} {} in force, {} until the end of {} (UTC).", threats,
        threats == 1 ? "threat" : "threats", effect.in_force,
        effect.in_force == 1 ? "acceptance" : "acceptances",
        effect.in_force == 1 ? "which is valid" : "the first of which is valid",
        base::format_day(*effect.next_expiry));
}

std::string ignored_sentence(const projections::PolicyFacts& facts) {
    const auto strict = std::ranges::find_if(
        facts.policies, [](const auto& policy) { return !policy.definition->honours_acceptances; });
    return fmt::format(
        "Acceptances are ignored, as {}: the verdict counts these threats like others.",
        strict == facts.policies.end() ? std::string("requested")
                                       : fmt::format("policy {} requires", strict->name));
}

std::string without_sentence(bool pass_without, bool pass) {
    return fmt::format("Without acceptances, the verdict {}.", pass_without == pass
                                                                   ? "would be the same"
                                                               : pass_without ? "would be: passed"
                                                                              : "would be: failed");
}

}  // namespace

std::vector<std::string> sentences_about_acceptances(const query::ProductAt& product,
                                                     const projections::Verdict& verdict) {
    std::vector<std::string> sentences;
    const auto& effect = verdict.acceptances;
    const bool is_in_force = effect && effect->in_force > 0;
    if (is_in_force) {
        sentences.push_back(risks_sentence(product.posture, *effect));
    }
    if (verdict.conditions.empty()) {
        return sentences;
    }
    const bool counts = is_in_force && !verdict.thresholds.ignores_acceptances;
    if (is_in_force && !counts) {
        sentences.push_back(ignored_sentence(product.applied));
    }
    for (const projections::Condition& condition : verdict.conditions) {
        if (counts && condition.accepted > 0) {
            sentences.push_back(fmt::format("{} leaves out {} of them.",
                                            projections::name_of(condition), condition.accepted));
        }
    }
    if (verdict.fails_on) {
        sentences.push_back(fmt::format("If nothing changes, the verdict fails from {} on.",
                                        base::format_day(*verdict.fails_on)));
    }
    if (counts) {
        sentences.push_back(without_sentence(effect->pass_without, verdict.pass));
    }
    return sentences;
}

}  // namespace threatatlas::exports
