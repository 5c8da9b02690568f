#include "http/api/gate_forms.hpp"

#include <iterator>

#include "http/api/accept.hpp"
#include "http/api/background_call.hpp"
#include "http/api/calls.hpp"
#include "http/api/conditional.hpp"
#include "http/api/gate_question.hpp"
#include "http/api/judged_product.hpp"
#include "http/api/model_path.hpp"
#include "http/api/moment.hpp"
#include "http/api/request_query.hpp"
#include "projections/query/product_model.hpp"

namespace threatatlas::api {
namespace {

constexpr std::string_view model_path_parameter = "model_path";

// Long enough that a popular page does not ask for each of its readers, short enough that nobody
// looks at an old badge for long.
constexpr const char* badge_cache_control = "max-age=60";

// The parameter that only this form has; empty if it has none.
std::string_view own_parameter_of(const exports::StatusForm& form) {
    return form.takes_model_path ? model_path_parameter : form.is_badge ? token_parameter : "";
}

}  // namespace

const exports::StatusForm* form_preferred_by(const httplib::Request& request) {
    // What nearly every client of the gate sends, or nothing.
    const auto [first, last] = request.headers.equal_range("Accept");
    if (first == last ||
        (std::next(first) == last && (first->second == "*/*" || first->second == json_type))) {
        return nullptr;
    }
    std::uint32_t most = weight_of(request, json_type);
    const exports::StatusForm* preferred = nullptr;
    for (const exports::StatusForm& form : exports::status_forms()) {
        const std::uint32_t weight =
            form.media_type.empty() ? 0 : weight_of(request, form.media_type);
        if (weight > most) {
            most = weight;
            preferred = &form;
        }
    }
    return preferred;
}

void answer_form(Call& call, const exports::StatusForm& form) {
    if (form.needs_threats && call.parked == nullptr) {
        answer_long_read(call);
        return;
    }
    const base::Instant now = call.engine().sequencer().now();
    exports::ModelPath model_path;
    const GateQuestion question = judged(call, [&] {
        GateQuestion asked = parse_gate_question(call.query, now, own_parameter_of(form));
        if (asked.own && form.takes_model_path) {
            model_path = read_model_path(*asked.own);
        }
        return asked;
    });
    const query::Moment moment =
        judged(call, [&] { return resolve_moment(question.moment, call); });
    const store::ReadView view = call.read_view();
    query::ProductAt product = require_product(view, call.product_id(), moment, now);
    judged(call, [&] { apply_asked_policies(call, view, product, question, moment, now); });
    if (form.is_badge) {
        call.response.headers.emplace("Cache-Control", badge_cache_control);
    }
    if (answered_not_modified(
            call.request, call.response,
            status_form_tag(call.engine().log_epoch(), product, question.thresholds, moment,
                            form.suffix, model_path.path))) {
        return;
    }
    // The forms that show threats find those that break a rule by themselves.
    if (product.applied.need_threats() &&
        !load_threats(call, view, product, question.thresholds, moment, now)) {
        call.response.headers.clear();
        answer_long_read(call);
        return;
    }
    exports::StatusCollector collector(std::move(product), question.thresholds,
                                       std::move(model_path));
    if (form.needs_threats) {
        query::scan_threats(
            view, call.product_id(), moment, 0,
            [&](const projections::Threat& threat) { return collector.wants(threat); },
            std::nullopt,
            [&](const query::ThreatView& threat) {
                collector.add(threat);
                return true;
            });
    }
    answer(call.response, form.write(collector.finish()), form.content_type.data());
}

void get_status_form(Call& call) {
    answer_form(call, *exports::status_form_of_path(call.match.route->pattern));
}

}  // namespace threatatlas::api
