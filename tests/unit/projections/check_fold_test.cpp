// Recorded checks in random histories: their rows, and whether each answer is the one that the log
// gives. A slow twin answers each check by itself.

#include <boost/test/unit_test.hpp>

#include "events/store/keys.hpp"
#include "projections/log_fold.hpp"
#include "projections/query/checks.hpp"
#include "projections/rows.hpp"
#include "support/random_history.hpp"
#include "support/twin.hpp"
#include "support/twin_rows.hpp"
#include "support/twin_verdict.hpp"

BOOST_AUTO_TEST_SUITE(check_fold_test)

using namespace threatatlas;
using namespace threatatlas::base;
using namespace threatatlas::events;
using namespace threatatlas::projections;
using namespace threatatlas::query;
using namespace threatatlas::store;
using namespace threatatlas::testing;

namespace {

FindPolicy policies_of_tables(MemoryTables& tables) {
    return [&tables](const std::string& name) {
        const PolicyVersion* const version = tables.policy(name);
        return version == nullptr ? std::nullopt : std::optional(*version);
    };
}

// The kinds of checks that a history must contain, or comparing them proves little.
struct Seen {
    std::uint64_t passing = 0;
    std::uint64_t failing = 0;
    std::uint64_t with_enforced = 0;
    std::uint64_t with_two_policies = 0;
    std::uint64_t with_threats = 0;  // that break a rule
    std::uint64_t with_accepted = 0;

    bool is_everything() const {
        return passing > 0 && failing > 0 && with_enforced > 0 && with_two_policies > 0 &&
               with_threats > 0 && with_accepted > 0;
    }
};

void note(const GateChecked& check, Seen& seen) {
    seen.passing += check.pass ? 1 : 0;
    seen.failing += check.pass ? 0 : 1;
    seen.with_two_policies += check.policies.size() == 2 ? 1 : 0;
    for (const CheckedPolicy& policy : check.policies) {
        seen.with_enforced += policy.enforced ? 1 : 0;
    }
    for (const CheckedCondition& condition : check.conditions) {
        seen.with_threats += condition.threat_ids.empty() ? 0 : 1;
        seen.with_accepted += condition.accepted > 0 ? 1 : 0;
    }
}

// The conditions of policies as the twin finds them.
void require_twin_agrees(const Twin& twin, const Event& event) {
    const auto& check = std::get<GateChecked>(event.data);
    const TwinProduct& product = twin.product(event.product_id);
    const auto applied =
        twin_policies(twin, event.product_id, product, {check.question.policy}, event.time);
    BOOST_REQUIRE(applied.has_value());
    BOOST_REQUIRE(applied->size() == check.policies.size());
    const TwinJudge judge(product, *applied);
    const auto conditions = judge.conditions(
        day_of(event.time), check.question.ignores_acceptances || judge.ignores_acceptances());
    const std::size_t thresholds = check.conditions.size() - conditions.size();
    bool fails = false;
    for (std::size_t i = 0; i < thresholds; ++i) {
        BOOST_REQUIRE(check.conditions[i].policy.empty());
        fails = fails || !check.conditions[i].pass;
    }
    for (std::size_t i = 0; i < conditions.size(); ++i) {
        const CheckedCondition& recorded = check.conditions[thresholds + i];
        const TwinCondition& wanted = conditions[i];
        BOOST_REQUIRE(recorded.policy == wanted.policy);
        BOOST_REQUIRE(recorded.pass == wanted.pass);
        BOOST_REQUIRE(recorded.accepted == wanted.accepted);
        BOOST_REQUIRE((recorded.mode == RuleMode::warn) == wanted.only_warns);
        std::vector<ThreatId> first = wanted.broken_by;
        first.resize(std::min(first.size(), condition_threats_max));
        BOOST_REQUIRE(recorded.threat_ids == (wanted.pass ? std::vector<ThreatId>{} : first));
        fails = fails || wanted.fails();
    }
    BOOST_REQUIRE(check.pass == !fails);
}

}  // namespace

BOOST_AUTO_TEST_CASE(rows_and_answers_equal_the_twin) {
    RandomHistory history(test_seed(), {.with_checks = true});
    Twin twin;
    Rows history_rows;
    MemoryTables tables({[&](ProductId id, Instant time, const HistoryRow& row) {
                             history_rows[be64_key(id, micros_of(time))] = encode(row);
                         },
                         {}});
    LogFold log(tables);
    Seen seen;
    for (auto left = test_rounds(1'500); left > 0 || !seen.is_everything();
         left -= left > 0 ? 1 : 0) {
        const auto events = history.next_transaction();
        twin.add_transaction(events);
        for (const Event& event : events) {
            log.next(event);
        }
        const Event& first = events.front();
        if (const auto* check = std::get_if<GateChecked>(&first.data)) {
            note(*check, seen);
            require_twin_agrees(twin, first);
            const auto fault = fault_of_check(tables, first.product_id, first.time, *check,
                                              policies_of_tables(tables));
            BOOST_REQUIRE_MESSAGE(!fault, fault.value_or(""));
        }
    }
    log.finish();
    for (const Table table : {Table::checks, Table::products}) {
        BOOST_TEST(difference(wanted_rows(twin, table), memory_rows(tables, table)) == "");
    }
    BOOST_TEST(difference(wanted_rows(twin, Table::history), history_rows) == "");
}

BOOST_AUTO_TEST_CASE(a_forged_answer_is_found) {
    RandomHistory history(test_seed(), {.with_checks = true});
    MemoryTables tables;
    LogFold log(tables);
    int forged = 0;
    while (forged < 20) {
        const auto events = history.next_transaction();
        for (const Event& event : events) {
            log.next(event);
        }
        const Event& first = events.front();
        const auto* check = std::get_if<GateChecked>(&first.data);
        if (check == nullptr || check->conditions.empty() || check->policies.empty()) {
            continue;
        }
        ++forged;
        const auto fault = [&](const GateChecked& answer) {
            return fault_of_check(tables, first.product_id, first.time, answer,
                                  policies_of_tables(tables));
        };
        GateChecked other = *check;
        other.pass = !check->pass;
        BOOST_TEST(fault(other).has_value());
        other = *check;
        other.conditions.back().accepted += 1;
        BOOST_TEST(fault(other).has_value());
        other = *check;
        other.conditions.pop_back();
        BOOST_TEST(fault(other).has_value());
        other = *check;
        other.policies.front().version += 1;
        BOOST_TEST(fault(other).has_value());
        other = *check;
        other.question.policy = "unknown";
        BOOST_TEST(fault(other).has_value());
        BOOST_TEST(!fault(*check).has_value());
    }
}

BOOST_AUTO_TEST_SUITE_END()
