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
    /// break fail_on_critical and fail_on_unmitigated_high. nullopt if it is not accepted, or if
    /// the question ignores acceptances.
    std::optional<base::Day> accepted_until;
    /// Names of the failed conditions to which this threat contributes: of fail_on_critical,
    /// fail_on_unmitigated_high and fail_on_unscored. String constants.
    std::vector<std::string_view> breaks;

    std::string_view name() const { return threat.texts[events::ThreatField::name]; }
    /// By its status, which excuses nothing.
    bool is_marked_accepted() const { return threat.status == events::ThreatStatus::accepted; }
    /// It needs no attention: it is accepted in either way, and breaks no condition.
    bool is_settled() const {
        return breaks.empty() && (is_marked_accepted() || accepted_until.has_value());
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
    /// Those that break a condition come first, then open ones, then settled ones; within these by
    /// severity (unscored last), uncovered before covered, and by id. At most status_threats_max.
    /// Empty in forms without threats.
    std::vector<StatusThreat> threats;
    std::uint64_t unlisted_threats = 0;  ///< further ones, which are less important

    bool has_thresholds() const { return !verdict.conditions.empty(); }
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
    std::optional<base::Day> accepted_until(const query::ThreatView& threat) const;
    void keep(std::size_t count);

    const projections::Thresholds thresholds_;
    StatusView view_;
};

/// A condition that failed, and why.
struct FailedCondition {
    const projections::Condition* condition = nullptr;
    std::string_view reason;        ///< a sentence without full stop
    bool is_about_threats = false;  ///< the threats that break it are known
};
/// In the order of the conditions. Refers to the verdict.
std::vector<FailedCondition> failed_conditions(const projections::Verdict& verdict);

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

/// Identifies the group of similar threats to which a threat belongs: its category, such as
/// "category/denial-of-service", or its severity, such as "severity/high", if it has no category.
std::string rule_id_of(const projections::Threat& threat);
/// 64 hexadecimal digits that identify a threat or a condition of a product. They stay the same
/// when the threat is reworded, rated or moved.
std::string fingerprint_of(ProductId product, ThreatId threat);
std::string fingerprint_of(ProductId product, std::string_view rule);

}  // namespace threatatlas::exports
