// The day from which a verdict fails if nothing more is recorded, compared with the verdicts on all
// days that follow. THREATATLAS_SEED reproduces a random sequence, THREATATLAS_ROUNDS sets the
// number of rounds.

#include <set>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include "support/random.hpp"
#include "support/random_event.hpp"
#include "unit/projections/policy_products.hpp"

BOOST_AUTO_TEST_SUITE(policy_forecast_test)

using namespace threatatlas;
using namespace threatatlas::base;
using namespace threatatlas::events;
using namespace threatatlas::projections;
using namespace threatatlas::projections::testing;
using namespace threatatlas::testing;
using enum RuleKind;

namespace {

constexpr Day today{std::chrono::days{20'000}};
// More than the limits, the acceptances and the first days of the random policies together.
constexpr int days_ahead = 400;

Day day_near(Random& random, int from, int to) {
    return today + std::chrono::days{from + static_cast<int>(random.below(
                                                static_cast<std::uint64_t>(to - from + 1)))};
}

StillProduct random_product(Random& random) {
    StillProduct product;
    product.registered = day_near(random, -100, 0);
    if (random.chance(50)) {
        product.reviewed = day_near(random, -50, 0);
    }
    ThreatId id = 0;
    for (auto left = random.below(10); left > 0; --left) {
        RatedThreat threat{.id = id += random.between(1, 3),
                           .severity = random_severity(random),
                           .mitigated = random.chance(20),
                           .covered = random.chance(20),
                           .identified = day_near(random, -60, 0),
                           .accepted_until = {}};
        if (random.chance(50)) {
            threat.accepted_until = day_near(random, -5, random.chance(50) ? 10 : 100);
        }
        product.threats.push_back(threat);
    }
    return product;
}

AppliedPolicy random_applied(Random& random, const std::string& name) {
    Policy policy;
    policy.texts.set(PolicyField::title, "T");
    policy.honours_acceptances = random.chance(85);
    if (random.chance(40)) {
        policy.effective_from = day_near(random, -20, 100);
    }
    const std::uint64_t wanted = random.between(1, 4);
    for (std::uint64_t tried = 0; policy.rules.empty() || tried < wanted; ++tried) {
        PolicyRule rule = random_rule(random);
        if (rule.kind != min_mitigation_ratio) {
            const bool counts_days =
                rule.kind == max_open_days || rule.kind == max_days_since_review;
            rule.limit = counts_days ? random.below(200) : random.below(6);
        }
        policy.rules.push_back(rule);
        if (fault_of_policy(policy)) {
            policy.rules.pop_back();
        }
    }
    return applied(policy, name);
}

Thresholds random_thresholds(Random& random) {
    return {.fail_on_critical = random.chance(20),
            .fail_on_unmitigated_high = random.chance(20),
            .ignores_acceptances = random.chance(5)};
}

// Why a verdict fails on a day on which it did not fail the day before.
std::set<std::string> causes_of(const Verdict& verdict, const StillProduct& product,
                                const std::vector<AppliedPolicy>& policies, Day day) {
    const auto ends = [&](const RatedThreat& threat) {
        return threat.accepted_until == day - std::chrono::days{1};
    };
    std::set<std::string> causes;
    for (const Condition& condition : verdict.conditions) {
        if (condition.pass) {
            continue;
        }
        if (!condition.of_policy) {
            causes.insert("threshold");
        } else if (condition.of_policy->mode == RuleMode::fail) {
            for (const AppliedPolicy& policy : policies) {
                if (policy.name == condition.of_policy->policy) {
                    const bool starts = policy.definition->effective_from == day;
                    causes.insert(fmt::format("{}{}", condition.rule, starts ? " starts" : ""));
                }
            }
            if (std::any_of(product.threats.begin(), product.threats.end(), ends)) {
                causes.insert(fmt::format("{} after an acceptance", condition.rule));
            }
        }
    }
    return causes;
}

// Every way in which a verdict may turn.
std::set<std::string> all_causes() {
    std::set<std::string> causes{"threshold",
                                 "never",
                                 "fails already",
                                 "max_open_days",
                                 "max_open_days after an acceptance",
                                 "max_days_since_review",
                                 "max_threats after an acceptance",
                                 "max_unmitigated after an acceptance",
                                 "max_unscored after an acceptance"};
    for (const std::string_view rule : names_of<RuleKind>()) {
        causes.insert(fmt::format("{} starts", rule));
    }
    causes.erase("max_open_days starts");  // it counts from that day
    return causes;
}

bool includes_all(const std::set<std::string>& seen, const std::set<std::string>& wanted) {
    return std::includes(seen.begin(), seen.end(), wanted.begin(), wanted.end());
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_forecast_is_the_first_day_that_fails) {
    Random random(test_seed());
    std::set<std::string> seen;
    const auto least = test_rounds(1'000);
    const auto most = 100 * least;
    for (std::uint64_t round = 0; round < least || !includes_all(seen, all_causes()); ++round) {
        BOOST_REQUIRE_MESSAGE(round < most, "some cause was never seen");
        const StillProduct product = random_product(random);
        std::vector<AppliedPolicy> policies{random_applied(random, "web")};
        if (random.chance(40)) {
            policies.push_back(random_applied(random, "other"));
        }
        const Thresholds thresholds = random_thresholds(random);
        const Verdict verdict = product.verdict_on(today, policies, thresholds);
        if (!verdict.pass) {
            BOOST_REQUIRE(!verdict.fails_on);
            BOOST_REQUIRE(verdict.ended_by_then.empty());
            seen.insert("fails already");
            continue;
        }
        std::optional<Day> first;
        for (int ahead = 1; ahead <= days_ahead && !first; ++ahead) {
            const Day day = today + std::chrono::days{ahead};
            const Verdict then = product.verdict_on(day, policies, thresholds);
            if (!then.pass) {
                first = day;
                seen.merge(causes_of(then, product, policies, day));
            }
        }
        if (!first) {
            seen.insert("never");
        }
        BOOST_REQUIRE_MESSAGE(verdict.fails_on == first,
                              fmt::format("round {}: {} was forecast instead of {}", round,
                                          verdict.fails_on ? format_day(*verdict.fails_on) : "none",
                                          first ? format_day(*first) : "none"));
        std::vector<AcceptanceId> ended;
        for (const RatedThreat& threat : product.threats) {
            if (first && threat.accepted_until == *first - std::chrono::days{1}) {
                ended = {StillProduct::id_of(*threat.accepted_until)};
            }
        }
        BOOST_REQUIRE(verdict.ended_by_then == ended);
    }
}

BOOST_AUTO_TEST_SUITE_END()
