// When the verdict last changed, and the cause.

#include <algorithm>
#include <chrono>

#include "http/api/call.hpp"
#include "http/api/calls.hpp"
#include "http/api/conditional.hpp"
#include "http/api/gate_question.hpp"
#include "http/api/judged_product.hpp"
#include "http/api/moment.hpp"
#include "http/api/request_query.hpp"
#include "projections/query/verdict_since.hpp"

namespace threatatlas::api {
namespace {

GateQuestion read_question(const Call& call, base::Instant now) {
    GateQuestion question = parse_gate_question(call.query, now);
    if (!question.baseline.is_empty()) {
        throw bad_parameter("baseline",
                            "This call takes none: each moment would need one of its own. Give it "
                            "to security-status, or let a policy name one.");
    }
    return question;
}

}  // namespace

void get_status_since(Call& call) {
    const base::Instant now = call.engine().sequencer().now();
    const GateQuestion question = judged(call, [&] { return read_question(call, now); });
    const query::Moment moment =
        judged(call, [&] { return resolve_moment(question.moment, call); });
    if (!moment) {
        // Baselines of policies are ends of earlier days: no event may be recorded before them any
        // more.
        require_final(base::Instant{base::day_of(now)} - std::chrono::microseconds{1},
                      call.engine());
    }
    const store::ReadView view = call.read_view();
    query::ProductAt product = require_product(view, call.product_id(), moment, now);
    judged(call, [&] { apply_asked_policies(call, view, product, question, moment, now); });
    if (answered_not_modified(call.request, call.response,
                              status_form_tag(call.engine().log_epoch(), product,
                                              question.thresholds, moment, "since", call.query))) {
        return;
    }
    // The view may contain events that were recorded after `now`; a question about the present
    // includes them.
    const base::Instant asked = moment.value_or(std::max(now, events::end_of_log(view).time));
    std::string body;
    base::JsonWriter json(body);
    query::write_verdict_since(
        json, product.id,
        query::verdict_since(view, product.id, question.thresholds, question.policies, asked));
    answer(call.response, std::move(body));
}

}  // namespace threatatlas::api
