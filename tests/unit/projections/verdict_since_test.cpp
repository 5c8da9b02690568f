// Since when a verdict has been what it is, in random histories: compared with the slow twin, which
// is asked at every transaction of the log and at every midnight. THREATATLAS_SEED reproduces one.

#include "projections/query/verdict_since.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <set>
#include <sstream>

#include <boost/test/unit_test.hpp>

#include "projections/audit/log_import.hpp"
#include "projections/query/past_threats.hpp"
#include "projections/query/product_model.hpp"
#include "support/random_history.hpp"
#include "support/temp_directory.hpp"
#include "support/twin_verdict.hpp"

BOOST_AUTO_TEST_SUITE(verdict_since_test)

using namespace threatatlas;
using namespace threatatlas::base;
using namespace threatatlas::events;
using namespace threatatlas::query;
using namespace threatatlas::testing;
using projections::Thresholds;
using std::chrono::days;

namespace {

constexpr Instant::duration tick{1};
constexpr RandomHistory::Options few_threats{.products_max = 3, .threats_wanted = 10};

// The answers that must have been compared, or the comparison proves little.
struct Seen {
    std::set<std::pair<CauseKind, bool>> causes;  // and whether the verdict passes since then
    std::size_t never_changed = 0;
    std::size_t refused_before = 0;
    std::size_t refused = 0;
    std::size_t defined = 0;
    std::size_t assigned = 0;
    std::size_t many_events = 0;
    std::size_t ended = 0;
    std::size_t in_effect = 0;
    std::size_t too_old = 0;
    std::size_t not_reviewed = 0;
    std::size_t of_now = 0;
    std::size_t by_thresholds = 0;
    std::size_t incomplete = 0;

    bool is_everything() const {
        const std::array counts{never_changed, refused_before, refused,   defined, assigned,
                                many_events,   ended,          in_effect, too_old, not_reviewed,
                                of_now,        by_thresholds,  incomplete};
        return causes.size() == 6 && std::ranges::count(counts, 0U) == 0;
    }
};

bool passes(const TwinProduct& product, const Thresholds& thresholds, Day day, bool ignores) {
    const projections::Posture posture = product.posture();
    const auto accepted = ignores ? projections::AcceptedCounts{} : product.accepted_on(day);
    return (!thresholds.fail_on_critical ||
            posture.of(Severity::critical) == accepted.of(Severity::critical)) &&
           (!thresholds.fail_on_unmitigated_high ||
            posture.unmitigated_high() == accepted.unmitigated_high()) &&
           (!thresholds.min_threats || posture.total_threats >= *thresholds.min_threats);
}

// Names of the rules of policies begin with that of the policy and a slash.
bool is_threshold(const std::string& condition) {
    return condition.find('/') == std::string::npos;
}

// What the slow twin says: the verdict at one point, and since which point it is the same.
struct TwinSince {
    bool pass = true;
    Instant since{};
    std::optional<bool> before;  // the verdict until then; nullopt: refused, or not registered
    bool is_registration = false;
};

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
            transactions_[events.front().time] = events;
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

    void ask(Seen& seen) {
        Random& random = history_.random();
        const ProductId id = random_product();
        const Instant asked = random_instant();
        const TwinProduct* const product = state_at(id, asked);
        if (product == nullptr || product->archived_at) {
            return;
        }
        const TwinChoice choice = random_choice();
        const Thresholds thresholds = random_thresholds();
        const SinceLimits limits =
            random.chance(10) ? SinceLimits{.moments_max = random.between(1, 10)} : SinceLimits{};
        const store::ReadView view(*store_);
        PolicyChoice policies;
        policies.none = choice.policy == "none";
        if (!choice.policy.empty() && !policies.none) {
            policies.name = choice.policy;
        }
        policies.of_now = choice.of_now;
        const auto wanted = twin_since(id, asked, choice, thresholds);
        if (!wanted) {
            BOOST_CHECK_THROW(verdict_since(view, id, thresholds, policies, asked), PolicyRefused);
            ++seen.refused;
            return;
        }
        const VerdictSince found = verdict_since(view, id, thresholds, policies, asked, limits);
        BOOST_REQUIRE_EQUAL(found.pass, wanted->pass);
        if (!found.complete) {
            BOOST_REQUIRE_LE(limits.moments_max, 10);
            BOOST_REQUIRE(found.since >= wanted->since && found.since <= asked);
            BOOST_REQUIRE(!found.cause && !found.last_opposite);
            ++seen.incomplete;
            return;
        }
        require_equal(found, *wanted, id, seen);
        seen.of_now += choice.of_now && found.cause ? 1 : 0;
        seen.by_thresholds +=
            found.cause && std::ranges::any_of(found.cause->conditions, is_threshold) ? 1 : 0;
    }

    // Goes back through the threats of a product with little room for them.
    void go_back_through_threats() {
        const ProductId id = random_product();
        const store::ReadView view(*store_);
        std::vector<HistoryStep> steps;
        scan_steps(view, id, Instant{}, Instant::max(), [&](const HistoryStep& step) {
            steps.push_back(step);
            return true;
        });
        PastThreats threats(view, id, history_.random().between(0, 40));
        for (auto step = steps.rbegin(); step != steps.rend(); ++step) {
            const auto found = threats.after(*step);
            const auto wanted =
                rated_threats(view, id, step->time, projections::posture_at(step->row, step->time));
            BOOST_REQUIRE_EQUAL(found.size(), wanted.size());
            for (std::size_t i = 0; i < wanted.size(); ++i) {
                BOOST_REQUIRE_EQUAL(found[i].id, wanted[i].id);
                BOOST_REQUIRE(found[i].severity == wanted[i].severity);
                BOOST_REQUIRE_EQUAL(found[i].mitigated, wanted[i].mitigated);
                BOOST_REQUIRE_EQUAL(found[i].covered, wanted[i].covered);
                BOOST_REQUIRE(found[i].identified == wanted[i].identified);
                BOOST_REQUIRE(found[i].accepted_until == wanted[i].accepted_until);
            }
        }
    }

  private:
    // nullopt if the gate refuses the question.
    std::optional<bool> twin_passes(ProductId id, Instant instant, const TwinChoice& choice,
                                    const Thresholds& thresholds) const {
        const TwinProduct& product = *state_at(id, instant);
        auto policies = twin_policies(twin_, id, product, choice, instant);
        if (!policies) {
            return std::nullopt;
        }
        const TwinJudge judge(product, *std::move(policies));
        const bool ignores = judge.ignores_acceptances() || thresholds.ignores_acceptances;
        const Day day = day_of(instant);
        return judge.passes(day, ignores) && passes(product, thresholds, day, ignores);
    }

    // From the registration on, at every transaction of the log and every midnight.
    std::optional<TwinSince> twin_since(ProductId id, Instant asked, const TwinChoice& choice,
                                        const Thresholds& thresholds) const {
        const Instant registered = states_.at(id).front().created_at;
        std::set<Instant> points;
        for (const auto& [time, events] : transactions_) {
            points.insert(time);
        }
        for (Day day = day_of(registered); day <= day_of(asked); day += days{1}) {
            points.insert(Instant{day});
        }
        std::optional<TwinSince> result;
        for (const Instant point : points) {
            if (point < registered || point > asked) {
                continue;
            }
            const auto pass = twin_passes(id, point, choice, thresholds);
            if (!pass) {
                result.reset();
            } else if (!result || result->pass != *pass) {
                result = TwinSince{.pass = *pass,
                                   .since = point,
                                   .before = result ? std::optional(result->pass) : std::nullopt,
                                   .is_registration = point == registered};
            }
        }
        return result;
    }

    void require_equal(const VerdictSince& found, const TwinSince& wanted, ProductId id,
                       Seen& seen) const {
        BOOST_REQUIRE_EQUAL(format_instant(found.since), format_instant(wanted.since));
        BOOST_REQUIRE_EQUAL(found.cause.has_value(), !wanted.is_registration);
        BOOST_REQUIRE_EQUAL(found.last_opposite.has_value(), wanted.before.has_value());
        if (found.last_opposite) {
            BOOST_REQUIRE(found.last_opposite->at == wanted.since - tick);
            BOOST_REQUIRE_EQUAL(found.last_opposite->position,
                                state_at(id, wanted.since - tick)->last_position);
        }
        if (!found.cause) {
            ++seen.never_changed;
            return;
        }
        const VerdictCause& cause = *found.cause;
        BOOST_REQUIRE_EQUAL(cause.conditions.empty(), !wanted.before);
        seen.refused_before += wanted.before ? 0 : 1;
        seen.causes.emplace(cause.kind, found.pass);
        const auto recorded = transactions_.find(wanted.since);
        const bool is_of_product =
            recorded != transactions_.end() && recorded->second.front().product_id == id;
        const bool is_of_policy =
            recorded != transactions_.end() && !defined_policy_of(recorded->second.front()).empty();
        if (is_of_product || is_of_policy) {
            require_events(cause, recorded->second, is_of_policy, seen);
            return;
        }
        BOOST_REQUIRE(cause.kind == CauseKind::day);
        BOOST_REQUIRE(cause.events.empty());
        BOOST_REQUIRE(wanted.since == Instant{day_of(wanted.since)});
        const TwinProduct& product = *state_at(id, wanted.since);
        std::vector<AcceptanceId> ended = product.in_force_on(day_of(wanted.since) - days{1});
        std::erase_if(ended, [&](AcceptanceId acceptance) {
            return std::ranges::binary_search(product.in_force_on(day_of(wanted.since)),
                                              acceptance);
        });
        BOOST_TEST_REQUIRE(cause.ended == ended, boost::test_tools::per_element());
        const auto is_about = [&](std::string_view kind) {
            return std::ranges::any_of(cause.conditions, [&](const std::string& name) {
                return name.find(kind) != std::string::npos;
            });
        };
        seen.ended += ended.empty() ? 0 : 1;
        seen.in_effect += cause.in_effect.empty() ? 0 : 1;
        seen.too_old += ended.empty() && is_about("/max_open_days") ? 1 : 0;
        seen.not_reviewed += is_about("/max_days_since_review") ? 1 : 0;
    }

    static void require_events(const VerdictCause& cause, const std::vector<Event>& recorded,
                               bool is_of_policy, Seen& seen) {
        const bool is_assigned = recorded.front().type() == EventType::product_policy_assigned;
        BOOST_REQUIRE(cause.kind ==
                      (is_of_policy || is_assigned ? CauseKind::policy : CauseKind::event));
        BOOST_REQUIRE_EQUAL(cause.event_count, recorded.size());
        BOOST_REQUIRE_EQUAL(cause.events.size(),
                            std::min<std::size_t>(recorded.size(), cause_events_max));
        for (std::size_t i = 0; i < cause.events.size(); ++i) {
            BOOST_REQUIRE(cause.events[i] == recorded[i]);
        }
        if (is_of_policy) {
            BOOST_REQUIRE_EQUAL(cause.policy, defined_policy_of(recorded.front()));
        }
        seen.defined += is_of_policy ? 1 : 0;
        seen.assigned += is_assigned ? 1 : 0;
        seen.many_events += recorded.size() > cause_events_max ? 1 : 0;
    }

    ProductId random_product() {
        auto entry = states_.begin();
        std::advance(entry, static_cast<std::ptrdiff_t>(history_.random().below(states_.size())));
        return entry->first;
    }
    // Around a transaction, or some days after the last one.
    Instant random_instant() {
        Random& random = history_.random();
        if (random.chance(40)) {
            const Instant end = end_of(day_of(transactions_.rbegin()->first) +
                                       days{static_cast<std::int64_t>(random.below(12))});
            return random.chance(50) ? end : end - tick;
        }
        auto entry = transactions_.begin();
        std::advance(entry, static_cast<std::ptrdiff_t>(random.below(transactions_.size())));
        return entry->first + tick * (static_cast<std::int64_t>(random.below(3)) - 1);
    }
    TwinChoice random_choice() {
        Random& random = history_.random();
        TwinChoice choice;
        const auto names = policy_names(twin_);
        if (random.chance(40)) {
            choice.policy = names.empty() || random.chance(10) ? "none" : random.pick(names);
        }
        choice.of_now = random.chance(20);
        return choice;
    }
    Thresholds random_thresholds() {
        Random& random = history_.random();
        Thresholds thresholds;
        if (random.chance(50)) {
            return thresholds;
        }
        thresholds.fail_on_critical = random.chance(30);
        thresholds.fail_on_unmitigated_high = random.chance(30);
        if (random.chance(30)) {
            thresholds.min_threats = random.between(1, 8);
        }
        thresholds.ignores_acceptances = random.chance(20);
        return thresholds;
    }
    const TwinProduct* state_at(ProductId id, Instant instant) const {
        const TwinProduct* found = nullptr;
        for (const TwinProduct& state : states_.at(id)) {
            found = state.updated_at <= instant ? &state : found;
        }
        return found;
    }

    RandomHistory history_;
    Twin twin_;
    std::map<Instant, std::vector<Event>> transactions_;
    std::map<ProductId, std::vector<TwinProduct>> states_;
    const TempDirectory directory_;
    std::unique_ptr<store::Store> store_;
};

constexpr int transactions = 300;

}  // namespace

BOOST_AUTO_TEST_CASE(the_last_change_is_the_one_that_the_twin_finds) {
    Seen seen;
    for (std::uint64_t seed = test_seed(); !seen.is_everything(); ++seed) {
        BOOST_TEST_MESSAGE("seed " << seed);
        Past past(seed, transactions);
        for (int questions = 100; questions > 0; --questions) {
            past.ask(seen);
        }
    }
}

BOOST_AUTO_TEST_CASE(threats_are_those_of_each_step_however_few_are_kept) {
    Past past(test_seed(), transactions);
    for (int rounds = 5; rounds > 0; --rounds) {
        past.go_back_through_threats();
    }
}

BOOST_AUTO_TEST_SUITE_END()
