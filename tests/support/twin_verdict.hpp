#pragma once

/// How policies judge a product, from the plain meaning of their rules: each rule counts threats
/// one by one, and the future is tried day by day. Shares no code with the verdict.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "events/policy.hpp"
#include "support/twin.hpp"

namespace threatatlas::testing {

/// A policy that a question applies.
struct TwinPolicy {
    std::string name;
    std::uint64_t version = 0;
    bool enforced = false;
    events::Policy definition;
};

/// What a question says about policies.
struct TwinChoice {
    std::string policy;   ///< empty: nothing; "none", or a name
    bool of_now = false;  ///< the assignment and the versions of now judge the past

    /// As parameters of a query: "" or "&policy=web&policy_at=now".
    std::string query() const;
    /// As options of the replay tool, which has none for `of_now`.
    std::vector<std::string> options() const;
};

/// The policies that apply to a question about a product at an instant, `product` being its state
/// then; nullopt if the question is refused.
std::optional<std::vector<TwinPolicy>> twin_policies(const Twin& twin, ProductId id,
                                                     const TwinProduct& product,
                                                     const TwinChoice& choice,
                                                     base::Instant instant);

/// The names of all policies, also of removed ones.
std::vector<std::string> policy_names(const Twin& twin);

/// What a rule says on a day.
struct TwinCondition {
    std::string policy;
    events::PolicyRule rule;
    std::uint64_t actual = 0;    ///< not for min_mitigation_ratio
    std::uint64_t accepted = 0;  ///< threats left out because their risk is accepted
    bool pass = true;
    bool only_warns = false;
    std::optional<base::Day> fails_from;  ///< of a rule that only warns until this day
    std::vector<ThreatId> broken_by;      ///< all threats that break it, ascending

    bool fails() const { return !pass && !only_warns; }
    bool warns() const { return !pass && only_warns; }
};

/// A product in one state, which does not change any more, and the policies that apply to it.
class TwinJudge {
  public:
    TwinJudge(const TwinProduct& product, std::vector<TwinPolicy> policies);

    const std::vector<TwinPolicy>& policies() const { return policies_; }
    /// True if a policy does not honour acceptances: then the whole question ignores them.
    bool ignores_acceptances() const;
    /// One for each rule of each policy.
    std::vector<TwinCondition> conditions(base::Day day, bool ignores_acceptances) const;
    bool passes(base::Day day, bool ignores_acceptances) const;
    /// Whether it would pass if nothing were accepted.
    bool passes_without_acceptances(base::Day day) const;

    /// Counts that conditions and sentences show.
    std::uint64_t total_threats() const { return threats_.size(); }
    std::uint64_t mitigated_threats() const;

  private:
    struct CountedThreat {
        ThreatId id = 0;
        std::optional<events::Severity> severity;
        bool is_mitigated = false;
        bool is_open = false;  ///< neither mitigated nor covered
        base::Day identified{};
        std::optional<base::Day> accepted_until;
    };

    TwinCondition condition(const TwinPolicy& policy, const events::PolicyRule& rule, base::Day day,
                            bool ignores_acceptances) const;

    std::vector<TwinPolicy> policies_;
    std::vector<CountedThreat> threats_;  ///< ascending by id
    base::Day last_review_{};             ///< or the day of the registration
};

/// The first of the following 400 days on which `passes(day)` is false, if there is one. Random
/// histories have no limits or last days further ahead.
template <class Passes>
std::optional<base::Day> first_failing_day(base::Day today, const Passes& passes) {
    constexpr int days_ahead = 400;
    for (int ahead = 1; ahead <= days_ahead; ++ahead) {
        const base::Day day = today + std::chrono::days{ahead};
        if (!passes(day)) {
            return day;
        }
    }
    return std::nullopt;
}

/// mitigated / total as the double that a client would compute; 1 if there are no threats.
double twin_ratio(std::uint64_t mitigated, std::uint64_t total);
/// True if mitigated / total is at least `units` * 10^-17.
bool reaches_twin_ratio(std::uint64_t mitigated, std::uint64_t total, std::uint64_t units);
/// digits / 10^decimals, without trailing zeros.
std::string written_decimal(std::uint64_t digits, std::size_t decimals);

}  // namespace threatatlas::testing
