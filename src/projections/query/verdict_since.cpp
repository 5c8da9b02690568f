#include "projections/query/verdict_since.hpp"

#include <array>

#include "projections/query/verdict_cause.hpp"
#include "projections/query/verdict_steps.hpp"

namespace threatatlas::query {
namespace {

constexpr std::array<std::string_view, 3> kind_names{"event", "policy", "day"};

std::optional<VerdictAt> judge_if_answered(VerdictSteps& steps, const Stretch& stretch,
                                           base::Instant instant) {
    try {
        return steps.judge(stretch, instant);
    } catch (const PolicyRefused&) {
        return std::nullopt;
    }
}

void write_strings(base::JsonWriter& json, std::string_view name,
                   const std::vector<std::string>& texts) {
    json.key(name).begin_array();
    for (const std::string& text : texts) {
        json.string(text);
    }
    json.end_array();
}

void write_event(base::JsonWriter& json, const events::Event& event) {
    std::string subject;
    events::append_subject(subject, event);
    json.begin_object();
    json.key("position").number(event.position);
    json.key("type").string(events::full_type_of(event.type()));
    json.key("subject").string(subject);
    json.key("time").string(base::format_instant(event.time));
    json.key("actor").string(event.actor);
    json.key("on_behalf_of").string_or_null(event.on_behalf_of);
    json.key("reason").string_or_null(event.reason);
    json.end_object();
}

void write_cause(base::JsonWriter& json, const VerdictCause& cause) {
    json.begin_object();
    json.key("kind").string(kind_names.at(static_cast<std::size_t>(cause.kind)));
    write_strings(json, "conditions", cause.conditions);
    json.key("event_count").number(cause.event_count);
    json.key("events").begin_array();
    for (const events::Event& event : cause.events) {
        write_event(json, event);
    }
    json.end_array();
    json.key("policy");
    if (cause.policy.empty()) {
        json.null();
    } else {
        json.begin_object();
        json.key("name").string(cause.policy);
        json.key("version").number(cause.policy_version);
        json.end_object();
    }
    json.key("ended_acceptance_ids").numbers(cause.ended);
    write_strings(json, "policies_in_effect", cause.in_effect);
    json.end_object();
}

}  // namespace

VerdictSince verdict_since(const store::ReadView& view, ProductId product,
                           const projections::Thresholds& thresholds, const PolicyChoice& choice,
                           base::Instant asked, const SinceLimits& limits) {
    VerdictSteps steps(view, product, thresholds, choice);
    std::optional<Stretch> stretch = steps.stretch_until(asked);
    // The earliest moment so far at which the verdict is the one at `asked`.
    VerdictAt same = steps.judge(stretch.value(), asked);
    Stretch stretch_of_same = *stretch;
    VerdictSince answer;
    answer.pass = same.verdict.pass;
    answer.since = asked;
    std::uint64_t judged = 1;
    for (; stretch; stretch = steps.stretch_until(stretch->begin - std::chrono::microseconds{1})) {
        for (const base::Instant moment : steps.moments(*stretch)) {
            if (++judged > limits.moments_max || steps.rows_read() > limits.rows_max) {
                answer.complete = false;
                return answer;
            }
            std::optional<VerdictAt> earlier = judge_if_answered(steps, *stretch, moment);
            if (earlier && earlier->verdict.pass == answer.pass) {
                same = *std::move(earlier);
                stretch_of_same = *stretch;
                answer.since = moment;
                continue;
            }
            answer.cause = cause_of(view, stretch_of_same, answer.since, earlier, same);
            if (earlier) {
                answer.last_opposite = {answer.since - std::chrono::microseconds{1},
                                        earlier->product.position};
            }
            return answer;
        }
    }
    return answer;
}

void write_verdict_since(base::JsonWriter& json, ProductId product, const VerdictSince& answer) {
    json.begin_object();
    json.key("product_id").number(product);
    json.key("pass").boolean(answer.pass);
    json.key("since").string(base::format_instant(answer.since));
    json.key("cause");
    if (answer.cause) {
        write_cause(json, *answer.cause);
    } else {
        json.null();
    }
    json.key("last_opposite");
    if (answer.last_opposite) {
        json.begin_object();
        json.key("at").string(base::format_instant(answer.last_opposite->at));
        json.key("position").number(answer.last_opposite->position);
        json.end_object();
    } else {
        json.null();
    }
    json.key("complete").boolean(answer.complete);
    json.end_object();
}

}  // namespace threatatlas::query
