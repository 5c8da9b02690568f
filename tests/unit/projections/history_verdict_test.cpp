// Random histories, judged by policies at moments around the end of each day, now and in the past,
// compared with the slow twin. THREATATLAS_SEED reproduces one.

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <set>
#include <sstream>

#include <boost/test/unit_test.hpp>

#include "events/event_log.hpp"
#include "projections/audit/log_import.hpp"
#include "projections/fold.hpp"
#include "projections/memory_tables.hpp"
#include "projections/query/policies.hpp"
#include "projections/query/product_model.hpp"
#include "projections/verdict.hpp"
#include "support/random_history.hpp"
#include "support/temp_directory.hpp"
#include "support/twin_verdict.hpp"

BOOST_AUTO_TEST_SUITE(history_verdict_test)

using namespace threatatlas;
using namespace threatatlas::base;
using namespace threatatlas::events;
using namespace threatatlas::projections;
using namespace threatatlas::query;
using namespace threatatlas::testing;
using std::chrono::days;

namespace {

constexpr Instant::duration tick{1};
constexpr RandomHistory::Options few_threats{.products_max = 3, .threats_wanted = 10};

// What must have been judged, or the comparison proves little.
struct Seen {
    std::set<std::pair<RuleKind, bool>> broken;  // whether it failed
    std::set<RuleKind> kept;
    std::set<RuleKind> with_accepted;
    std::size_t not_yet_failing = 0;  // broken before the policy's first day
    std::size_t ignoring = 0;         // accepted risks count because of a policy
    std::size_t saved = 0;            // passes only because of acceptances
    std::size_t saved_from_age = 0;   // the same for a threat that is open for too long
    std::size_t reviewed = 0;
    std::size_t never_reviewed = 0;
    std::size_t two_policies = 0;
    std::size_t refused = 0;
    std::size_t redefined_since = 0;  // judged by a version that is not the newest one
    std::size_t removed_since = 0;
    std::size_t by_policies_of_now = 0;  // that differ from those of then
    // Forecasts by their cause.
    std::size_t fails_by_coming_into_effect = 0;  // of a rule that counts
    std::size_t fails_by_age = 0;
    std::size_t fails_by_end_of_acceptance = 0;

    bool is_everything(bool about_the_past) const {
        const std::array counts{not_yet_failing,
                                ignoring,
                                saved,
                                saved_from_age,
                                reviewed,
                                never_reviewed,
                                two_policies,
                                refused,
                                fails_by_coming_into_effect,
                                fails_by_age,
                                fails_by_end_of_acceptance};
        return broken.size() == 2 * names_of<RuleKind>().size() &&
               kept.size() == names_of<RuleKind>().size() && with_accepted.size() == 4 &&
               std::count(counts.begin(), counts.end(), 0U) == 0 &&
               (!about_the_past ||
                (redefined_since > 0 && removed_since > 0 && by_policies_of_now > 0));
    }
};

std::uint64_t number_of(const std::string& json) {
    return std::stoull(json);
}

void require_equal(const Condition& found, const TwinCondition& wanted, const TwinJudge& judge,
                   bool lists_threats) {
    const PolicyRule& rule = wanted.rule;
    BOOST_REQUIRE_EQUAL(found.rule, name_of(rule.kind));
    if (rule.kind == RuleKind::min_mitigation_ratio) {
        BOOST_REQUIRE_EQUAL(found.limit, written_decimal(rule.ratio.units, 17));
        BOOST_REQUIRE_EQUAL(std::stod(found.actual),
                            twin_ratio(judge.mitigated_threats(), judge.total_threats()));
    } else {
        BOOST_REQUIRE_EQUAL(number_of(found.limit), rule.limit);
        BOOST_REQUIRE_EQUAL(number_of(found.actual), wanted.actual);
    }
    BOOST_REQUIRE_EQUAL(found.accepted, wanted.accepted);
    BOOST_REQUIRE_EQUAL(found.pass, wanted.pass);
    BOOST_REQUIRE(found.of_policy.has_value());
    BOOST_REQUIRE_EQUAL(found.of_policy->policy, wanted.policy);
    BOOST_REQUIRE(found.of_policy->severity == rule.severity);
    BOOST_REQUIRE_EQUAL(found.of_policy->mode == RuleMode::warn, wanted.only_warns);
    BOOST_REQUIRE(found.of_policy->fails_from == wanted.fails_from);
    std::vector<ThreatId> ids = lists_threats ? wanted.broken_by : std::vector<ThreatId>();
    ids.resize(std::min<std::size_t>(ids.size(), 20));
    BOOST_TEST_REQUIRE(found.of_policy->threat_ids == ids, boost::test_tools::per_element());
}

// `facts` with or without threats.
void require_equal(const PostureAt& posture, const PolicyFacts& facts, const TwinJudge& judge,
                   Day day) {
    const Verdict found = projections::judge(posture, {}, facts);
    const bool ignores = judge.ignores_acceptances();
    const auto wanted = judge.conditions(day, ignores);
    BOOST_REQUIRE_EQUAL(found.conditions.size(), wanted.size());
    bool has_broken_threats = false;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        require_equal(found.conditions[i], wanted[i], judge, facts.threats.has_value());
        has_broken_threats = has_broken_threats || !wanted[i].broken_by.empty();
    }
    const auto count = [&](bool (TwinCondition::*is)() const) {
        return std::count_if(wanted.begin(), wanted.end(),
                             [&](const auto& condition) { return (condition.*is)(); });
    };
    BOOST_REQUIRE_EQUAL(found.failures.size(), count(&TwinCondition::fails));
    BOOST_REQUIRE_EQUAL(found.warnings.size(), count(&TwinCondition::warns));
    BOOST_REQUIRE_EQUAL(found.pass, judge.passes(day, ignores));
    BOOST_REQUIRE_EQUAL(found.thresholds.ignores_acceptances, ignores);
    const auto fails_on =
        found.pass && !wanted.empty()
            ? first_failing_day(day, [&](Day then) { return judge.passes(then, ignores); })
            : std::nullopt;
    BOOST_REQUIRE(found.fails_on == fails_on);
    if (found.acceptances && !wanted.empty()) {
        BOOST_REQUIRE_EQUAL(found.acceptances->pass_without, judge.passes_without_acceptances(day));
    }
    BOOST_REQUIRE_EQUAL(wants_threats(found, facts),
                        !facts.threats.has_value() && has_broken_threats);
}

// Notes what a verdict was about.
void note(Seen& seen, const TwinProduct& product, const TwinJudge& judge, Day day) {
    const bool ignores = judge.ignores_acceptances();
    for (const TwinCondition& condition : judge.conditions(day, ignores)) {
        if (condition.pass) {
            seen.kept.insert(condition.rule.kind);
        } else {
            seen.broken.emplace(condition.rule.kind, condition.fails());
            seen.not_yet_failing += condition.fails_from ? 1 : 0;
        }
        if (condition.accepted > 0) {
            seen.with_accepted.insert(condition.rule.kind);
        }
        if (condition.rule.kind == RuleKind::max_days_since_review) {
            ++(product.reviewed_at ? seen.reviewed : seen.never_reviewed);
        }
    }
    seen.two_policies += judge.policies().size() > 1 ? 1 : 0;
    seen.ignoring += ignores && !product.in_force_on(day).empty() ? 1 : 0;
    if (!judge.passes(day, ignores)) {
        return;
    }
    seen.saved += judge.passes_without_acceptances(day) ? 0 : 1;
    for (const TwinCondition& condition : judge.conditions(day, ignores)) {
        seen.saved_from_age += condition.rule.kind == RuleKind::max_open_days &&
                                       condition.accepted > 0 && !condition.only_warns
                                   ? 1
                                   : 0;
    }
    const auto fails_on =
        first_failing_day(day, [&](Day then) { return judge.passes(then, ignores); });
    if (!fails_on) {
        return;
    }
    const auto then = judge.conditions(*fails_on, ignores);
    const bool is_too_old = std::any_of(then.begin(), then.end(), [](const auto& condition) {
        return condition.fails() && (condition.rule.kind == RuleKind::max_open_days ||
                                     condition.rule.kind == RuleKind::max_days_since_review);
    });
    const bool ends = product.in_force_on(*fails_on) != product.in_force_on(*fails_on - days{1});
    ++(is_too_old ? seen.fails_by_age
       : ends     ? seen.fails_by_end_of_acceptance
                  : seen.fails_by_coming_into_effect);
}

// Requires the verdict on a product whose policies were found, with its threats and, if the
// policies allow that, without them.
void require_equal(ProductAt product, const std::vector<RatedThreat>& threats,
                   const TwinProduct& twin, const std::vector<TwinPolicy>& policies, Day day,
                   Seen& seen) {
    BOOST_REQUIRE_EQUAL(product.applied.policies.size(), policies.size());
    for (std::size_t i = 0; i < policies.size(); ++i) {
        BOOST_REQUIRE_EQUAL(product.applied.policies[i].name, policies[i].name);
        BOOST_REQUIRE_EQUAL(product.applied.policies[i].version, policies[i].version);
        BOOST_REQUIRE_EQUAL(product.applied.policies[i].enforced, policies[i].enforced);
    }
    const TwinJudge judge(twin, policies);
    if (!product.applied.need_threats()) {
        require_equal(product.posture, product.applied, judge, day);
    }
    product.applied.threats = threats;
    require_equal(product.posture, product.applied, judge, day);
    note(seen, twin, judge, day);
}

TwinChoice random_choice(Random& random, const Twin& twin) {
    TwinChoice choice;
    const auto names = policy_names(twin);
    if (random.chance(60)) {
        choice.policy = names.empty() || random.chance(10) ? "none" : random.pick(names);
    }
    return choice;
}

PolicyChoice asked(const TwinChoice& choice) {
    PolicyChoice asked;
    asked.none = choice.policy == "none";
    if (!choice.policy.empty() && !asked.none) {
        asked.name = choice.policy;
    }
    asked.of_now = choice.of_now;
    return asked;
}

// At that instant, or around the end of one of the next days.
Instant random_instant_from(Random& random, Instant instant) {
    if (random.chance(20)) {
        return instant;
    }
    const Instant end = end_of(day_of(instant) + days{random.below(8)});
    return random.chance(50) ? end - tick : end;
}

// A growing history in memory.
class Present {
  public:
    // `random` must outlive this object.
    explicit Present(Random& random) : random_(random) {}

    void add(const std::vector<Event>& events) {
        for (const Event& event : events) {
            twin_.add(event);
            fold(tables_, event);
        }
        settle_coverage(tables_);
        now_ = events.back().time;
    }

    // Asks about a random product, now or in the next days.
    void ask(Seen& seen) {
        if (twin_.products().empty()) {
            return;
        }
        const ProductId id = random_.between(1, twin_.products().size());
        const TwinProduct& wanted = twin_.product(id);
        const Instant instant = random_instant_from(random_, now_);
        const TwinChoice choice = random_choice(random_, twin_);
        const auto policies = twin_policies(twin_, id, wanted, choice, instant);
        ProductAt product = product_at(id, *tables_.product(id), instant);
        const PolicyAssignment assigned = product.policy;
        const auto find = [&](const std::string& name) {
            const PolicyVersion* const found = tables_.policy(name);
            return found != nullptr ? std::optional(*found) : std::nullopt;
        };
        if (!policies) {
            BOOST_CHECK_THROW(apply_policies(product, assigned, asked(choice), instant, find),
                              PolicyRefused);
            ++seen.refused;
            return;
        }
        apply_policies(product, assigned, asked(choice), instant, find);
        const ProductModel model = product_model_of(tables_, id, instant).value();
        require_equal(std::move(product), rated_threats(model), wanted, *policies, day_of(instant),
                      seen);
    }

  private:
    Random& random_;
    Twin twin_;
    MemoryTables tables_;
    Instant now_{};
};

// A random history in a store.
class Past {
  public:
    Past(std::uint64_t seed, std::uint64_t transactions) : history_(seed, few_threats) {
        std::string text;
        while (transactions > 0) {
            const auto events = history_.next_transaction();
            if (!append_lines(text, events)) {
                history_.take_back();
                continue;
            }
            --transactions;
            twin_.add_transaction(events);
            times_.push_back(events.front().time);
            if (const ProductId id = events.front().product_id; id != 0) {
                states_[id].push_back(twin_.product(id));
            }
        }
        {
            const auto store = store::Store::open_for_import(directory_ / "data");
            std::istringstream lines(text);
            std::string line;
            audit::import_lines(*store, [&]() -> std::optional<std::string_view> {
                return std::getline(lines, line) ? std::optional<std::string_view>(line)
                                                 : std::nullopt;
            });
            store->finish_import();
        }
        store_ = store::Store::open(directory_ / "data", {.cache_mebibytes = 8});
    }

    // Asks a random question, about now or the past.
    void ask(Seen& seen) {
        Random& random = history_.random();
        const ProductId id = random_product();
        const bool about_now = random.chance(20);
        const Instant now = random_instant_from(random, times_.back());
        const Instant instant = about_now ? now : random_instant();
        const TwinProduct* const wanted = state_at(id, instant);
        const store::ReadView view(*store_);
        const Moment moment = about_now ? std::nullopt : Moment(instant);
        auto product = product_at(view, id, moment, now);
        BOOST_REQUIRE_EQUAL(product.has_value(), wanted != nullptr);
        if (wanted == nullptr || wanted->archived_at) {
            return;
        }
        TwinChoice choice = random_choice(random, twin_);
        choice.of_now = random.chance(20);
        const auto policies = twin_policies(twin_, id, *wanted, choice, instant);
        if (!policies) {
            BOOST_CHECK_THROW(apply_policies(view, *product, asked(choice), moment, now),
                              PolicyRefused);
            ++seen.refused;
            return;
        }
        apply_policies(view, *product, asked(choice), moment, now);
        const auto threats = rated_threats(view, id, moment, product->posture);
        require_equal(*std::move(product), threats, *wanted, *policies, day_of(instant), seen);
        note_versions(seen, *policies, choice.of_now, instant);
    }

  private:
    ProductId random_product() {
        auto entry = states_.begin();
        std::advance(entry, static_cast<std::ptrdiff_t>(history_.random().below(states_.size())));
        return entry->first;
    }
    // Around a change of a policy, a transaction or the end of a day.
    Instant random_instant() {
        Random& random = history_.random();
        const auto beside = tick * (static_cast<std::int64_t>(random.below(3)) - 1);
        const auto names = policy_names(twin_);
        if (!names.empty() && random.chance(40)) {
            return random.pick(twin_.policies().at(random.pick(names))).since + beside;
        }
        return random.chance(40) ? random.pick(times_) + beside
                                 : random_instant_from(random, random.pick(times_));
    }
    const TwinProduct* state_at(ProductId id, Instant instant) const {
        const TwinProduct* found = nullptr;
        for (const TwinProduct& state : states_.at(id)) {
            found = state.updated_at <= instant ? &state : found;
        }
        return found;
    }
    void note_versions(Seen& seen, const std::vector<TwinPolicy>& policies, bool of_now,
                       Instant instant) const {
        for (const TwinPolicy& policy : policies) {
            const TwinPolicyVersion& newest = twin_.policies().at(policy.name).back();
            const TwinPolicyVersion* const then = twin_.policy_at(policy.name, instant);
            seen.removed_since += !of_now && newest.removed ? 1 : 0;
            seen.redefined_since += !of_now && newest.version != policy.version ? 1 : 0;
            seen.by_policies_of_now +=
                of_now && (then == nullptr || then->version != policy.version) ? 1 : 0;
        }
    }

    RandomHistory history_;
    Twin twin_;
    std::vector<Instant> times_;  // of all transactions
    std::map<ProductId, std::vector<TwinProduct>> states_;
    const TempDirectory directory_;
    std::unique_ptr<store::Store> store_;
};

// Of each history, however few rounds other suites have: in a shorter one some situations hardly
// ever come up, and it takes many more histories until everything was seen.
constexpr int transactions = 300;

}  // namespace

BOOST_AUTO_TEST_CASE(after_every_transaction_policies_judge_as_the_twin) {
    Seen seen;
    for (std::uint64_t seed = test_seed(); !seen.is_everything(false); ++seed) {
        RandomHistory history(seed, few_threats);
        Present present(history.random());
        for (int round = transactions; round > 0; --round) {
            present.add(history.next_transaction());
            present.ask(seen);
        }
    }
}

// Reads a store that was imported, as the server does.
BOOST_AUTO_TEST_CASE(the_past_is_judged_as_the_twin_judges_it) {
    Seen seen;
    for (std::uint64_t seed = test_seed(); !seen.is_everything(true); ++seed) {
        Past past(seed, transactions);
        for (int questions = 800; questions > 0; --questions) {
            past.ask(seen);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
