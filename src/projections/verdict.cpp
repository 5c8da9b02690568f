#include "projections/verdict.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/compile.h>
#include <fmt/format.h>

namespace threatatlas::projections {
namespace {

// Wide enough for the product of two counts, or of a count and a power of ten.
__extension__ using Wide = unsigned __int128;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// mitigated / total in units of 1 / `scale`, truncated; `scale` if there are no threats.
std::uint64_t mitigated_in(const Posture& posture, std::uint64_t scale) {
    if (posture.total_threats == 0) {
        return scale;
    }
    return static_cast<std::uint64_t>(Wide{posture.mitigated_threats} * scale /
                                      posture.total_threats);
}

// Formats value / 10^decimals exactly, without trailing zeros.
std::string decimal(std::uint64_t value, int decimals) {
    while (decimals > 0 && value % 10 == 0) {
        value /= 10;
        --decimals;
    }
    std::string digits = fmt::format_int(value).str();
    if (decimals > 0) {
        const auto places = static_cast<std::size_t>(decimals);
        if (digits.size() <= places) {
            digits.insert(0, places + 1 - digits.size(), '0');
        }
        digits.insert(digits.size() - places, 1, '.');
    }
    return digits;
}

// The shortest decimal that converts back to the same double, for clients that compute with it.
std::string exact_ratio(const Posture& posture) {
    if (posture.total_threats == 0) {
        return "1";
    }
    return fmt::format("{}", static_cast<double>(posture.mitigated_threats) /
                                 static_cast<double>(posture.total_threats));
}

bool reaches_ratio(const Posture& posture, Ratio ratio) {
    return Wide{posture.mitigated_threats} * Ratio::one >=
           Wide{ratio.units} * posture.total_threats;
}

class Judge {
  public:
    // Adds a condition on a count that must be zero.
    void none_of(std::string_view rule, std::uint64_t all, std::uint64_t accepted,
                 std::string_view sentence) {
        const std::uint64_t count = all - accepted;
        add({rule, "0", fmt::to_string(count), count == 0, accepted},
            [&] { return fmt::format(FMT_COMPILE("{} {}"), count, sentence); });
    }

    template <class Sentence>
    void add(Condition condition, const Sentence& sentence) {
        if (!condition.pass) {
            verdict_.pass = false;
            verdict_.failures.push_back(sentence());
        }
        verdict_.conditions.push_back(std::move(condition));
    }

    Verdict take(const Thresholds& thresholds) {
        verdict_.thresholds = thresholds;
        return std::move(verdict_);
    }

  private:
    Verdict verdict_;
};

}  // namespace

std::optional<Ratio> parse_ratio(std::string_view text) {
    const std::size_t point = std::min(text.find('.'), text.size());
    const std::string_view whole = text.substr(0, point);
    const std::string_view decimals = text.substr(std::min(point + 1, text.size()));
    const bool has_point = point < text.size();
    const bool starts_well = whole == "0" || whole == "1" || (whole.empty() && has_point);
    if (!starts_well || has_point == decimals.empty() ||
        decimals.size() > std::size_t{Ratio::decimals} ||
        !std::all_of(decimals.begin(), decimals.end(), is_digit)) {
        return std::nullopt;
    }
    std::uint64_t value = whole == "1" ? Ratio::one : 0;
    std::uint64_t place = Ratio::one;
    for (const char digit : decimals) {
        place /= 10;
        value += static_cast<std::uint64_t>(digit - '0') * place;
    }
    return value <= Ratio::one ? std::optional(Ratio{value}) : std::nullopt;
}

std::optional<bool> parse_bool(std::string_view text) {
    constexpr std::array<std::pair<std::string_view, bool>, 8> words{{{"true", true},
                                                                      {"false", false},
                                                                      {"1", true},
                                                                      {"0", false},
                                                                      {"yes", true},
                                                                      {"no", false},
                                                                      {"on", true},
                                                                      {"off", false}}};
    for (const auto& [word, value] : words) {
        if (std::equal(word.begin(), word.end(), text.begin(), text.end(),
                       [](char a, char b) { return a == lower(b); })) {
            return value;
        }
    }
    return std::nullopt;
}

namespace {

AcceptedCounts without(const AcceptedCounts& all, const AcceptedCounts& part) {
    AcceptedCounts rest = all;
    for (std::size_t i = 0; i < rest.by_severity.size(); ++i) {
        rest.by_severity[i] -= part.by_severity[i];
        rest.unmitigated[i] -= part.unmitigated[i];
    }
    rest.unscored -= part.unscored;
    return rest;
}

// `accepted` are the counts that the verdict leaves out.
AcceptanceEffect effect_of(const PostureAt& posture, const AcceptedCounts& accepted,
                           const Thresholds& thresholds, bool pass) {
    AcceptanceEffect effect;
    effect.pass_without = passes(posture, {}, thresholds);
    for (const AcceptedDay& day : posture.acceptances) {
        effect.in_force += day.in_force.size();
        if (!effect.next_expiry && !day.in_force.empty()) {
            effect.next_expiry = day.last_day;
        }
    }
    // With every end of an acceptance a verdict can only get worse.
    if (!pass || effect.pass_without || thresholds.ignores_acceptances) {
        return effect;
    }
    AcceptedCounts left = accepted;
    for (const AcceptedDay& day : posture.acceptances) {
        left = without(left, day.counts);
        if (!passes(posture, left, thresholds)) {
            effect.fails_on = day.last_day + std::chrono::days{1};
            effect.ended_by_then = day.in_force;
            break;
        }
    }
    return effect;
}

}  // namespace

bool passes(const Posture& posture, const AcceptedCounts& accepted, const Thresholds& thresholds) {
    constexpr auto critical = events::Severity::critical;
    return (!thresholds.fail_on_critical || posture.of(critical) == accepted.of(critical)) &&
           (!thresholds.fail_on_unmitigated_high ||
            posture.unmitigated_high() == accepted.unmitigated_high()) &&
           (!thresholds.min_mitigation_ratio ||
            reaches_ratio(posture, *thresholds.min_mitigation_ratio)) &&
           (!thresholds.fail_on_unscored || posture.unscored == 0) &&
           (!thresholds.min_threats || posture.total_threats >= *thresholds.min_threats);
}

Verdict judge(const PostureAt& posture, const Thresholds& thresholds) {
    Judge judge;
    const AcceptedCounts accepted =
        thresholds.ignores_acceptances ? AcceptedCounts{} : posture.accepted;
    if (thresholds.fail_on_critical) {
        judge.none_of("fail_on_critical", posture.of(events::Severity::critical),
                      accepted.of(events::Severity::critical),
                      "critical threat(s) require immediate attention");
    }
    if (thresholds.fail_on_unmitigated_high) {
        judge.none_of("fail_on_unmitigated_high", posture.unmitigated_high(),
                      accepted.unmitigated_high(),
                      "high/critical threat(s) have no active mitigation");
    }
    if (const auto ratio = thresholds.min_mitigation_ratio) {
        judge.add(
            {"min_mitigation_ratio", json_of(*ratio), exact_ratio(posture),
             reaches_ratio(posture, *ratio)},
            [&] {
                return fmt::format(
                    FMT_COMPILE("Mitigation ratio {}/{} ({}%) is below required threshold {}%"),
                    posture.mitigated_threats, posture.total_threats,
                    decimal(mitigated_in(posture, 10'000), 2),
                    decimal(ratio->units, Ratio::decimals - 2));
            });
    }
    if (thresholds.fail_on_unscored) {
        judge.none_of("fail_on_unscored", posture.unscored, 0, "threat(s) have no severity yet");
    }
    if (const auto least = thresholds.min_threats) {
        judge.add({"min_threats", fmt::to_string(*least), fmt::to_string(posture.total_threats),
                   posture.total_threats >= *least},
                  [&] {
                      return fmt::format("{} threat(s) on record, at least {} expected",
                                         posture.total_threats, *least);
                  });
    }
    Verdict verdict = judge.take(thresholds);
    if (posture.had_acceptances) {
        verdict.acceptances = effect_of(posture, accepted, thresholds, verdict.pass);
    }
    return verdict;
}

std::string json_of(Ratio ratio) {
    return decimal(ratio.units, Ratio::decimals);
}

std::string shown_ratio(const Posture& posture) {
    const std::uint64_t hundredths = mitigated_in(posture, 100);
    return fmt::format(FMT_COMPILE("{}.{:02}"), hundredths / 100, hundredths % 100);
}

}  // namespace threatatlas::projections
