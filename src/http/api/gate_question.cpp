#include "http/api/gate_question.hpp"

#include <array>
#include <limits>

#include <fmt/format.h>

#include "http/api/request_query.hpp"

namespace threatatlas::api {

GateQuestion parse_gate_question(std::string_view text, base::Instant now,
                                 std::string_view own_parameter) {
    const std::array<std::string_view, 12> known{"fail_on_critical",
                                                 "fail_on_unmitigated_high",
                                                 "min_mitigation_ratio",
                                                 "fail_on_unscored",
                                                 "min_threats",
                                                 "acceptances",
                                                 "policy",
                                                 "policy_at",
                                                 "baseline",
                                                 "as_of",
                                                 "at_position",
                                                 own_parameter};
    const RequestQuery query(
        text, std::span(known).first(known.size() - (own_parameter.empty() ? 1 : 0)));
    GateQuestion question;
    if (const auto own = own_parameter.empty() ? std::nullopt : query.text(own_parameter)) {
        question.own = std::string(*own);
    }
    projections::Thresholds& thresholds = question.thresholds;
    thresholds.fail_on_critical = query.flag("fail_on_critical");
    thresholds.fail_on_unmitigated_high = query.flag("fail_on_unmitigated_high");
    if (const auto ratio = query.text("min_mitigation_ratio")) {
        thresholds.min_mitigation_ratio = projections::parse_ratio(*ratio);
        if (!thresholds.min_mitigation_ratio) {
            throw bad_parameter(
                "min_mitigation_ratio",
                fmt::format("Give a decimal from 0 to 1 with at most {} decimals, for example 0.7.",
                            projections::Ratio::decimals));
        }
    }
    thresholds.fail_on_unscored = query.flag("fail_on_unscored");
    thresholds.min_threats =
        query.number("min_threats", 0, std::numeric_limits<std::int64_t>::max());
    if (const auto acceptances = query.text("acceptances")) {
        thresholds.ignores_acceptances = *acceptances == "ignore";
        if (!thresholds.ignores_acceptances) {
            throw bad_parameter("acceptances",
                                "Give ignore to count accepted risks like others, or leave it "
                                "out.");
        }
    }
    if (const auto policy = query.text("policy")) {
        question.policies.none = *policy == "none";
        if (const auto fault = events::fault_of_policy_name(*policy);
            fault && !question.policies.none) {
            throw bad_parameter("policy", fmt::format("The name of a policy {}.", *fault));
        }
        if (!question.policies.none) {
            question.policies.name = std::string(*policy);
        }
    }
    if (const auto at = query.text("policy_at")) {
        question.policies.of_now = *at == "now";
        if (!question.policies.of_now) {
            throw bad_parameter("policy_at",
                                "Give now to judge the past by today's policies, or leave it out.");
        }
    }
    question.moment = parse_moment(query, now);
    question.baseline = parse_baseline(query, now);
    return question;
}

}  // namespace threatatlas::api
