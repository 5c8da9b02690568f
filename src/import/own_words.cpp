#include "import/own_words.hpp"

#include <charconv>

#include <fmt/format.h>

#include "events/limits.hpp"
#include "import/text_file.hpp"

namespace threatatlas::imports {
namespace {

using events::MitigationStatus;
using events::Severity;
using events::ThreatStatus;

bool is_given(std::string_view text) {
    return !is_same_word(text, "");
}

std::optional<std::uint8_t> read_score(const ValuesAt& at, std::string_view member,
                                       std::string_view text) {
    if (!is_given(text)) {
        return std::nullopt;
    }
    const std::size_t begin = text.find_first_not_of(' ');
    const std::size_t end = text.find_last_not_of(' ') + 1;
    std::uint8_t score = 0;
    const auto [last, error] = std::from_chars(text.data() + begin, text.data() + end, score);
    if (error != std::errc() || last != text.data() + end || score < events::limits::score_min ||
        score > events::limits::score_max) {
        at.builder.warn(
            at.path,
            fmt::format("{} is \"{}\", which is no whole number from {} to {}.", member,
                        shown(text), events::limits::score_min, events::limits::score_max));
        return std::nullopt;
    }
    return score;
}

}  // namespace

events::Scoring read_scoring(const ValuesAt& at, std::string_view severity,
                             std::string_view likelihood, std::string_view impact) {
    events::Scoring scoring;
    scoring.severity = find_word<Severity>({{"critical", Severity::critical},
                                            {"high", Severity::high},
                                            {"medium", Severity::medium},
                                            {"moderate", Severity::medium},
                                            {"low", Severity::low}},
                                           severity);
    if (!scoring.severity && is_given(severity) && !is_same_word(severity, "unscored") &&
        !is_same_word(severity, "none")) {
        at.builder.warn_unknown(at.path, "severity", severity, "unscored");
    }
    const auto likelihood_score = read_score(at, "likelihood", likelihood);
    const auto impact_score = read_score(at, "impact", impact);
    if (likelihood_score && impact_score) {
        const Severity computed = events::severity_from(*likelihood_score, *impact_score);
        if (scoring.severity && scoring.severity != computed) {
            at.builder.warn(
                at.path, fmt::format("The severity is {}, but likelihood and impact make it {}; "
                                     "taken as {}.",
                                     events::name_of(*scoring.severity), events::name_of(computed),
                                     events::name_of(computed)));
        }
        return {computed, likelihood_score, impact_score};
    }
    if (likelihood_score || impact_score) {
        at.builder.warn(at.path, fmt::format("There is a {} without the {}; it is left out.",
                                             likelihood_score ? "likelihood" : "impact",
                                             likelihood_score ? "impact" : "likelihood"));
    }
    return scoring;
}

ThreatStatus read_threat_status(const ValuesAt& at, std::string_view word) {
    const auto status = find_word<ThreatStatus>({{"identified", ThreatStatus::identified},
                                                 {"open", ThreatStatus::identified},
                                                 {"", ThreatStatus::identified},
                                                 {"in progress", ThreatStatus::in_progress},
                                                 {"mitigated", ThreatStatus::mitigated},
                                                 {"accepted", ThreatStatus::accepted},
                                                 {"not applicable", ThreatStatus::not_applicable},
                                                 {"n/a", ThreatStatus::not_applicable}},
                                                word);
    if (!status) {
        at.builder.warn_unknown(at.path, "status", word, "identified");
    }
    return status.value_or(ThreatStatus::identified);
}

MitigationStatus read_mitigation_status(const ValuesAt& at, std::string_view word) {
    const auto status = find_word<MitigationStatus>({{"proposed", MitigationStatus::proposed},
                                                     {"", MitigationStatus::proposed},
                                                     {"implemented", MitigationStatus::implemented},
                                                     {"verified", MitigationStatus::verified},
                                                     {"retired", MitigationStatus::retired}},
                                                    word);
    if (!status) {
        at.builder.warn_unknown(at.path, "status of the mitigation", word, "proposed");
    }
    return status.value_or(MitigationStatus::proposed);
}

}  // namespace threatatlas::imports
