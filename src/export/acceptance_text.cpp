#include "export/acceptance_text.hpp"

#include <numeric>

#include <fmt/format.h>

namespace threatatlas::exports {

std::vector<std::string> sentences_about_acceptances(const projections::PostureAt& posture,
                                                     const projections::Verdict& verdict) {
    std::vector<std::string> sentences;
    if (!verdict.acceptances || verdict.acceptances->in_force == 0) {
        return sentences;
    }
    const projections::AcceptanceEffect& effect = *verdict.acceptances;
    const std::uint64_t threats =
        std::accumulate(posture.accepted.by_severity.begin(), posture.accepted.by_severity.end(),
                        posture.accepted.unscored);
    sentences.push_back(fmt::format(
        "The risk of {} {} is accepted by {} {} in force, {} until the end of {} (UTC).", threats,
        threats == 1 ? "threat" : "threats", effect.in_force,
        effect.in_force == 1 ? "acceptance" : "acceptances",
        effect.in_force == 1 ? "which is valid" : "the first of which is valid",
        base::format_day(*effect.next_expiry)));
    if (verdict.conditions.empty()) {
        return sentences;
    }
    if (verdict.thresholds.ignores_acceptances) {
        sentences.emplace_back(
            "Acceptances are ignored, as requested: the verdict counts these threats like others.");
        return sentences;
    }
    for (const projections::Condition& condition : verdict.conditions) {
        if (condition.accepted > 0) {
            sentences.push_back(
                fmt::format("{} leaves out {} of them.", condition.rule, condition.accepted));
        }
    }
    if (effect.fails_on) {
        sentences.push_back(fmt::format("If nothing changes, the verdict fails from {} on.",
                                        base::format_day(*effect.fails_on)));
    }
    sentences.push_back(fmt::format("Without acceptances, the verdict {}.",
                                    effect.pass_without == verdict.pass ? "would be the same"
                                    : effect.pass_without               ? "would be: passed"
                                                                        : "would be: failed"));
    return sentences;
}

}  // namespace threatatlas::exports
