#pragma once

/// @file
/// The gate's answer about a product as the forms of other tools show it (status_forms.hpp):
/// verdict, counts, and the threats that matter.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "projections/query/history.hpp"
#include "projections/query/object_views.hpp"
#include "projections/verdict.hpp"

namespace threatatlas::exports {

/// Threats in one answer. GitHub shows the first 5,000 results of a SARIF file.
inline constexpr std::size_t status_threats_max = 5'000;

/// One threat of the answer. It is not mitigated, or it breaks a condition.
struct StatusThreat {
    ThreatId id = 0;
    projections::Threat threat;  ///< without description and comments
    bool covered = false;        ///< by an active mitigation
    /// The last day on which its risk is accepted, as the verdict sees it: until then it does not
    /// break fail_on_critical and fail_on_unmitigated_high, nor rules of policies. nullopt if it is
    /// not accepted, or if the verdict ignores acceptances.
    std::optional<base::Day> accepted_until;
    /// The failed conditions to which this threat contributes, as ascending indexes in
    /// Verdict::conditions: of fail_on_critical, fail_on_unmitigated_high and fail_on_unscored, and
    /// of the rules max_threats, max_unmitigated, max_unscored and max_open_days.
    std::vector<std::size_t> breaks;
    std::vector<std::size_t> warned_by;  ///< the same for broken rules that only warn

    std::string_view name() const { return threat.texts[events::ThreatField::name]; }
    /// By its status, which excuses nothing.
    bool is_marked_accepted() const { return threat.status == events::ThreatStatus::accepted; }
    bool breaks_something() const { return !breaks.empty() || !warned_by.empty(); }
    /// It needs no attention: it is accepted in either way, and breaks no condition.
    bool is_settled() const {
        return !breaks_something() && (is_marked_accepted() || accepted_until.has_value());
    }
};

/// The threat model's file in the repository of the pipeline.
struct ModelPath {
    std::string path;  ///< relative, with slashes; empty: not given
    std::string uri;   ///< the same, percent-encoded
};

struct StatusView {
    query::ProductAt product;
    projections::Verdict verdict;
    ModelPath model_path;
    /// Those that break a failed condition come first, then those that rules only warn about, then
    /// open ones, then settled ones; within these by severity (unscored last), uncovered before
    /// covered, and by id. At most status_threats_max. Empty in forms without threats.
    std::vector<StatusThreat> threats;
    std::uint64_t unlisted_threats = 0;  ///< further ones, which are less important

    /// False if there is neither a threshold nor a policy, so that the verdict says nothing.
    bool is_judged() const { return !verdict.conditions.empty(); }
    std::string_view product_name() const { return product.texts[events::ProductField::name]; }
};

/// Makes the view. Holds at most twice as many threats as it lists.
class StatusCollector {
  public:
    StatusCollector(query::ProductAt product, const projections::Thresholds& thresholds,
                    ModelPath model_path = {});

    /// True if add() may list this threat. Needs only its status and scoring.
    bool wants(const projections::Threat& threat) const;
    /// Adds a threat of the product. Those that are not wanted are ignored.
    void add(const query::ThreatView& threat);

    /// Call once.
    StatusView finish();

  private:
    void note_thresholds(StatusThreat& threat) const;
    void note_policies(StatusThreat& threat, std::optional<base::Day> accepted_until) const;
    void note(std::string_view threshold, StatusThreat& threat) const;
    bool broke_at_baseline(std::string_view threshold, ThreatId threat) const;
    void keep(std::size_t count);

    StatusView view_;
    projections::Thresholds thresholds_;  ///< as the verdict understood them
    bool wants_mitigated_ = false;        ///< mitigated threats may break a rule
};

/// A condition that is not met, and why.
struct BrokenCondition {
    std::size_t index = 0;  ///< in Verdict::conditions
    const projections::Condition* condition = nullptr;
    std::string_view reason;  ///< a sentence without full stop
    /// The threats that break it tell all about it: it allows none, so each of them is one too
    /// many.
    bool is_about_threats = false;
};
/// The conditions that fail the verdict, in their order. Refers to the verdict.
std::vector<BrokenCondition> failed_conditions(const projections::Verdict& verdict);
/// The broken ones that only warn.
std::vector<BrokenCondition> warned_conditions(const projections::Verdict& verdict);

// --- Texts shared by the forms -------------------------------------------------------------------

/// The text with spaces instead of line ends and tabs. A text of more than `points_max` Unicode
/// code points is cut to that many, of which "…" is the last. Not isolated (bidi.hpp).
std::string one_line(std::string_view text, std::size_t points_max = 500);
/// "high, in progress, no active mitigation", and "risk accepted until 2026-12-31" if it is.
std::string state_of(const StatusThreat& threat);
/// "24 threats: 0 critical, 3 high, 8 medium, 13 low, 0 unscored; 19 mitigated"
std::string counts_of(const projections::Posture& posture);
/// "passed", "failed", or "not judged" if there is no condition.
std::string_view verdict_word(const StatusView& view);
/// "fail_on_critical, web-baseline/max_threats/high": the names of conditions with these indexes.
/// After some of them, it says how many more there are.
std::string names_of(const projections::Verdict& verdict, const std::vector<std::size_t>& indexes);
/// The reason of a warning, with the day from which on the rule fails the verdict if there is one.
std::string warning_of(const BrokenCondition& warned);
/// Which policies apply, what accepted risks do to the verdict, and from when on it fails.
std::vector<std::string> sentences_about_verdict(const StatusView& view);

/// Identifies the group of similar threats to which a threat belongs: its category, such as
/// "category/denial-of-service", or its severity, such as "severity/high", if it has no category.
std::string rule_id_of(const projections::Threat& threat);
/// 64 hexadecimal digits that identify a threat or a condition of a product. They stay the same
/// when the threat is reworded, rated or moved.
std::string fingerprint_of(ProductId product, ThreatId threat);
std::string fingerprint_of(ProductId product, std::string_view rule);

}  // namespace threatatlas::exports
