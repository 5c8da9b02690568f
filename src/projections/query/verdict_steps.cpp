#include "projections/query/verdict_steps.hpp"

#include <algorithm>
#include <utility>

#include "base/work_watch.hpp"
#include "events/store/errors.hpp"
#include "events/store/keys.hpp"
#include "projections/query/baselines.hpp"

namespace threatatlas::query {
namespace {

constexpr std::chrono::days one_day{1};

}  // namespace

VerdictSteps::VerdictSteps(const store::ReadView& view, ProductId product,
                           const projections::Thresholds& thresholds, PolicyChoice choice)
    : view_(view),
      product_(product),
      thresholds_(thresholds),
      choice_(std::move(choice)),
      threats_(view, product) {
    if (choice_.of_now) {
        if (auto now = product_now(view, product, base::Instant::max())) {
            assigned_now_ = std::move(now->policy);
        }
    }
}

std::optional<Stretch> VerdictSteps::stretch_until(base::Instant end) {
    auto step = step_at(view_, product_, end);
    if (!step) {
        return std::nullopt;
    }
    Stretch stretch{.begin = step->time, .end = end, .step = *std::move(step)};
    if (!choice_.of_now) {
        for (const std::string& name : policy_names(stretch.step)) {
            if (const auto& found = policy(name, end).found) {
                stretch.begin = std::max(stretch.begin, found->since);
            }
        }
    }
    return stretch;
}

std::vector<base::Instant> VerdictSteps::moments(const Stretch& stretch) {
    std::vector<base::Day> days;
    if (base::day_of(stretch.begin) < base::day_of(stretch.end)) {
        for (const projections::AcceptedDay& day : stretch.step.row.accepted) {
            days.push_back(day.last_day + one_day);
        }
        for (const std::string& name : policy_names(stretch.step)) {
            if (const auto& found = policy(name, stretch.end).found) {
                add_days(days, stretch, found->version.definition);
            }
        }
    }
    std::ranges::sort(days, std::ranges::greater());
    days.erase(std::unique(days.begin(), days.end()), days.end());
    std::vector<base::Instant> moments;
    for (const base::Day day : days) {
        if (const base::Instant instant{day}; instant > stretch.begin && instant <= stretch.end) {
            moments.push_back(instant);
        }
    }
    moments.push_back(stretch.begin);
    return moments;
}

// The days on which the verdict of a policy may change while nothing is recorded.
void VerdictSteps::add_days(std::vector<base::Day>& days, const Stretch& stretch,
                            const events::Policy& policy) {
    if (policy.effective_from) {
        days.push_back(*policy.effective_from);
    }
    if (policy.baseline) {
        days.push_back(*policy.baseline);
        days.push_back(*policy.baseline + one_day);
    }
    for (const events::PolicyRule& rule : policy.rules) {
        const auto first_broken = [&](base::Day from) {
            return from + std::chrono::days{static_cast<std::int64_t>(rule.limit)} + one_day;
        };
        if (rule.kind == events::RuleKind::max_days_since_review) {
            const projections::DetailsRow& product = details(stretch.step);
            days.push_back(
                first_broken(base::day_of(product.reviewed_at.value_or(product.created_at))));
        } else if (events::depends_on_age(rule.kind)) {
            for (const projections::RatedThreat& threat : threats_.after(stretch.step)) {
                days.push_back(first_broken(
                    policy.effective_from ? std::max(threat.identified, *policy.effective_from)
                                          : threat.identified));
            }
        }
    }
}

VerdictAt VerdictSteps::judge(const Stretch& stretch, base::Instant instant) {
    base::note_row_of_work();
    ++rows_read_;
    const HistoryStep& step = stretch.step;
    const projections::DetailsRow& then = details(step);
    VerdictAt at;
    ProductAt& product = at.product;
    product = {.id = product_,
               .texts = {},
               .posture = projections::posture_at(step.row, instant),
               .version = step.row.version,
               .position = step.row.last_position,
               .state_id = step.row.state_id,
               .recorded_at = step.time,
               .created_at = then.created_at,
               .archived = step.row.archived,
               .policy = then.policy,
               .reviewed_at = then.reviewed_at,
               .applied = {}};
    apply_policies(product, assigned(step), choice_, instant, [&](const std::string& name) {
        const auto& found = policy(name, instant).found;
        return found ? std::optional(found->version) : std::nullopt;
    });
    if (product.applied.need_threats()) {
        product.applied.threats = threats_.after(step);
        rows_read_ += product.applied.threats->size();
        set_baselines(product, instant, [&](base::Instant since) {
            auto& baseline = baselines_[since];
            if (!baseline) {
                baseline = baseline_at(view_, product_, since);
                rows_read_ += step.row.version;
            }
            return baseline;
        });
    }
    at.verdict = projections::judge(product.posture, thresholds_, product.applied);
    return at;
}

const projections::DetailsRow& VerdictSteps::details(const HistoryStep& step) {
    if (details_at_ != step.row.details_at) {
        const auto bytes =
            view_.get_final(store::Table::details,
                            store::be64_key(product_, store::micros_of(step.row.details_at)));
        if (!bytes) {
            throw store::ReadError("a history row names details that are not there");
        }
        details_ = projections::decode<projections::DetailsRow>(*bytes);
        details_at_ = step.row.details_at;
    }
    return details_;
}

const VerdictSteps::KnownPolicy& VerdictSteps::policy(const std::string& name,
                                                      base::Instant instant) {
    KnownPolicy& known = policies_[name];
    if (choice_.of_now) {
        if (!known.found) {
            if (auto version = policy_at(view_, name, std::nullopt)) {
                known.found = PolicySince{version->defined_at, *std::move(version)};
            }
        }
        return known;
    }
    const bool is_valid = instant <= known.until && (!known.found || known.found->since <= instant);
    if (!is_valid) {
        known = {instant, policy_since(view_, name, instant)};
    }
    return known;
}

const projections::PolicyAssignment& VerdictSteps::assigned(const HistoryStep& step) {
    return choice_.of_now ? assigned_now_ : details(step).policy;
}

// The policies that may apply.
std::vector<std::string> VerdictSteps::policy_names(const HistoryStep& step) {
    std::vector<std::string> names;
    if (const std::string& own = assigned(step).name; !own.empty()) {
        names.push_back(own);
    }
    if (choice_.name) {
        names.push_back(*choice_.name);
    }
    return names;
}

}  // namespace threatatlas::query
