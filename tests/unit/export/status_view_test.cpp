// What the gate's answer says about threats in every form.

#include <set>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include "projections/query/open_threats.hpp"
#include "support/random_history.hpp"
#include "unit/export/reports.hpp"

BOOST_AUTO_TEST_SUITE(status_view_test)

using namespace threatatlas;
using namespace threatatlas::base;
using namespace threatatlas::events;
using namespace threatatlas::exports;
using namespace threatatlas::projections;
using namespace threatatlas::query;
using namespace threatatlas::testing;

namespace {

constexpr Thresholds every_threshold{.fail_on_critical = true,
                                     .fail_on_unmitigated_high = true,
                                     .min_mitigation_ratio = Ratio{Ratio::one},
                                     .fail_on_unscored = true,
                                     .min_threats = 1'000'000};

ProductModel random_model(std::uint64_t seed) {
    RandomHistory history(seed, {.products_max = 1, .with_tokens = false, .with_policies = false});
    std::vector<Event> events;
    for (int i = 0; i < 150; ++i) {
        for (Event& event : history.next_transaction()) {
            events.push_back(std::move(event));
        }
    }
    return collect(events, 1, std::nullopt, false).model;
}

ThreatView threat_with(ThreatId id, std::optional<Severity> severity, ThreatStatus status,
                       bool covered = false) {
    ThreatView view{.id = id, .threat = {}, .covered_by = {}};
    view.threat.texts.set(ThreatField::name, fmt::format("threat {}", id));
    view.threat.texts.set(ThreatField::description, "long");
    view.threat.scoring.severity = severity;
    view.threat.status = status;
    if (covered) {
        view.covered_by = {1};
    }
    return view;
}

std::vector<ThreatId> ids_of(const StatusView& view) {
    std::vector<ThreatId> ids;
    for (const StatusThreat& threat : view.threats) {
        ids.push_back(threat.id);
    }
    return ids;
}

}  // namespace

BOOST_AUTO_TEST_CASE(violating_threats_match_the_verdict) {
    std::set<std::string_view> seen;
    std::size_t accepted = 0;
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        const ProductModel model = random_model(seed);
        const StatusView view = status_of(model, every_threshold);
        for (std::size_t i = 0; i < view.verdict.conditions.size(); ++i) {
            const Condition& condition = view.verdict.conditions[i];
            const auto breaking = std::ranges::count_if(view.threats, [&](const auto& threat) {
                return std::ranges::count(threat.breaks, i) == 1;
            });
            if (condition.rule.starts_with("fail_on_")) {
                BOOST_TEST(std::to_string(breaking) == condition.actual,
                           condition.rule << ", seed " << seed);
                seen.insert(breaking > 0 ? condition.rule : "");
                accepted += condition.accepted;
            } else {
                BOOST_TEST(breaking == 0);
            }
        }
        for (const StatusThreat& threat : view.threats) {
            BOOST_TEST((threat.threat.status != ThreatStatus::mitigated || !threat.breaks.empty()));
            BOOST_TEST((threat.threat.status != ThreatStatus::not_applicable));
        }
        const auto unmitigated =
            static_cast<std::uint64_t>(std::ranges::count_if(view.threats, [](const auto& threat) {
                return threat.threat.status != ThreatStatus::mitigated;
            }));
        const Posture& posture = model.product.posture;
        BOOST_TEST(unmitigated == posture.total_threats - posture.mitigated_threats);
    }
    for (const char* rule : {"fail_on_critical", "fail_on_unmitigated_high", "fail_on_unscored"}) {
        BOOST_TEST(seen.contains(rule), rule);
    }
    BOOST_TEST(accepted > 0U);
}

BOOST_AUTO_TEST_CASE(the_most_important_threats_come_first) {
    StatusCollector collector({}, {.fail_on_unmitigated_high = true});
    collector.add(threat_with(1, Severity::low, ThreatStatus::identified));
    collector.add(threat_with(2, Severity::high, ThreatStatus::accepted, true));
    collector.add(threat_with(3, std::nullopt, ThreatStatus::identified));
    collector.add(threat_with(4, Severity::high, ThreatStatus::identified, true));
    collector.add(threat_with(5, Severity::high, ThreatStatus::in_progress));
    collector.add(threat_with(6, Severity::critical, ThreatStatus::mitigated));
    collector.add(threat_with(7, Severity::critical, ThreatStatus::not_applicable));
    collector.add(threat_with(8, Severity::critical, ThreatStatus::accepted));
    collector.add(threat_with(9, Severity::low, ThreatStatus::in_progress, true));
    const StatusView view = collector.finish();
    BOOST_TEST(ids_of(view) == (std::vector<ThreatId>{8, 5, 4, 1, 9, 3, 2}),
               boost::test_tools::per_element());
    BOOST_TEST(names_of(view.verdict, view.threats[0].breaks) == "fail_on_unmitigated_high");
    BOOST_TEST(view.threats[0].threat.texts[ThreatField::description] == "");
    BOOST_TEST(view.unlisted_threats == 0);
}

BOOST_AUTO_TEST_CASE(a_long_list_keeps_the_most_important_threats) {
    StatusCollector collector({}, {.fail_on_critical = true});
    const std::size_t count = 3 * status_threats_max + 7;
    for (ThreatId id = 1; id <= count; ++id) {
        collector.add(threat_with(id, id % 1'000 == 0 ? Severity::critical : Severity::low,
                                  ThreatStatus::identified));
    }
    const StatusView view = collector.finish();
    BOOST_TEST(view.threats.size() == status_threats_max);
    BOOST_TEST(view.unlisted_threats == count - status_threats_max);
    for (std::size_t i = 0; i < count / 1'000; ++i) {
        BOOST_TEST(view.threats[i].id == (i + 1) * 1'000);
    }
    BOOST_TEST(view.threats[count / 1'000].id == 1u);
}

BOOST_AUTO_TEST_CASE(a_line_is_one_line) {
    BOOST_TEST(one_line("a\nb\tc\u2028d\u2029e") == "a b c d e");
    BOOST_TEST(one_line("äöü😀x", 5) == "äöü😀x");
    BOOST_TEST(one_line("äöü😀xy", 5) == "äöü😀…");
    BOOST_TEST(one_line("ab", 1) == "…");
    BOOST_TEST(one_line("") == "");
}

BOOST_AUTO_TEST_CASE(rules_are_categories_or_severities) {
    const auto id_of = [](std::string_view category) {
        Threat threat;
        threat.texts.set(ThreatField::category, category);
        return rule_id_of(threat);
    };
    BOOST_TEST(id_of("Denial of Service") == "category/denial-of-service");
    BOOST_TEST(id_of("denial_of-service") == "category/denial-of-service");
    BOOST_TEST(id_of("") == "severity/unscored");
    // Categories that the shown part does not distinguish have different ids.
    const std::set<std::string> ids{id_of("ä"),
                                    id_of("ö"),
                                    id_of("/"),
                                    id_of("a/b"),
                                    id_of("a-b"),
                                    id_of("a:b"),
                                    id_of("a\nb"),
                                    id_of("-"),
                                    id_of(std::string(60, 'a')),
                                    id_of(std::string(61, 'a')),
                                    id_of(std::string(62, 'a'))};
    BOOST_TEST(ids.size() == 11u);
    for (const std::string& id : ids) {
        BOOST_TEST(id.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-/") ==
                   std::string::npos);
        BOOST_TEST(id.size() < 100u);
    }
    Threat scored;
    scored.scoring.severity = Severity::high;
    BOOST_TEST(rule_id_of(scored) == "severity/high");
}

BOOST_AUTO_TEST_CASE(a_fingerprint_is_of_one_threat_of_one_product) {
    BOOST_TEST(fingerprint_of(1, ThreatId{23}) ==
               "64e2efd9b192c2f914e071e66a250ea4d307165abf025b70b803d9f0a805714e");
    const std::set<std::string> all{
        fingerprint_of(1, ThreatId{23}),  fingerprint_of(12, ThreatId{3}),
        fingerprint_of(1, ThreatId{2}),   fingerprint_of(2, ThreatId{1}),
        fingerprint_of(1, "min_threats"), fingerprint_of(2, "min_threats")};
    BOOST_TEST(all.size() == 6u);
}

BOOST_AUTO_TEST_SUITE_END()
