#include <optional>

#include "http/api/background_call.hpp"
#include "http/api/call.hpp"
#include "http/api/calls.hpp"
#include "http/api/conditional.hpp"
#include "http/api/gate_forms.hpp"
#include "http/api/gate_question.hpp"
#include "http/api/judged_product.hpp"
#include "http/api/moment.hpp"
#include "projections/query/verdict_views.hpp"

namespace threatatlas::api {
namespace {

// Enough for the usual response; longer ones reallocate.
constexpr std::size_t answer_bytes_usual = 1'536;

}  // namespace

void get_security_status(Call& call) {
    if (const exports::StatusForm* const form = form_preferred_by(call.request)) {
        answer_form(call, *form);
        return;
    }
    const base::Instant now = call.engine().sequencer().now();
    const GateQuestion question =
        judged(call, [&] { return parse_gate_question(call.query, now); });
    const query::Moment moment =
        judged(call, [&] { return resolve_moment(question.moment, call); });
    // Without a policy and a baseline no snapshot is needed: the response depends on the product's
    // current row, or on a past row and its details, which never change.
    query::ProductAt product =
        require_product(call.read_view_of_each_moment(), call.product_id(), moment, now);
    const bool needs_view = !product.policy.name.empty() || !question.policies.is_empty() ||
                            !question.baseline.is_empty();
    std::optional<store::ReadView> view;
    if (needs_view) {
        view.emplace(call.engine().store(), call.exchange.io_wait_hook());
        product = require_product(*view, call.product_id(), moment, now);
        judged(call, [&] { apply_asked_policies(call, *view, product, question, moment, now); });
    }
    if (answered_not_modified(
            call.request, call.response,
            gate_tag(call.engine().log_epoch(), product, question.thresholds, moment))) {
        return;
    }
    if (needs_view && !load_threats(call, *view, product, question.thresholds, moment, now)) {
        call.response.headers.clear();
        answer_long_read(call);
        return;
    }
    std::string body;
    body.reserve(answer_bytes_usual);
    base::JsonWriter json(body);
    query::write_security_status(
        json, product, projections::judge(product.posture, question.thresholds, product.applied),
        now);
    answer(call.response, std::move(body));
}

}  // namespace threatatlas::api
