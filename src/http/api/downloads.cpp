// Downloads of a product's report as a file.

#include <algorithm>

#include <fmt/format.h>

#include "base/work_watch.hpp"
#include "export/report.hpp"
#include "http/api/call.hpp"
#include "http/api/calls.hpp"
#include "http/api/conditional.hpp"
#include "http/api/gate_question.hpp"
#include "http/api/judged_product.hpp"
#include "http/api/moment.hpp"
#include "http/ops/service_limits.hpp"

namespace threatatlas::api {
namespace {

// Estimated memory of a report relative to the stored model: the decoded model and the document.
// CallWatch corrects the estimate while the report is made.
constexpr std::size_t report_bytes_for_a_packed_one = 4;

// The format named by the last segment of the route.
const exports::ReportForm& form_of(const Call& call) {
    const std::string_view pattern = call.match.route->pattern;
    return *exports::report_form_called(pattern.substr(pattern.rfind('/') + 1));
}

void require_fit_for_a_report(const query::ProductModel& model) {
    const std::size_t objects =
        model.threats.size() + model.mitigations.size() + model.acceptances.size();
    if (objects > ops::limits::report_objects_max) {
        throw net::Rejection(
            {.status = 422,
             .detail = fmt::format(
                 "This product has {} threats, mitigations and acceptances, more than a "
                 "report can contain ({}). Read its lists of threats and "
                 "mitigations, or create the report with threatatlas-replay.",
                 objects, ops::limits::report_objects_max)});
    }
}

// For a question about now, the end of an acceptance or a change by a policy since the product's
// newest event, if there is one: the report is then about that moment.
std::optional<base::Instant> change_since_newest_event(const Call& call,
                                                       const query::PolicyChoice& policies,
                                                       base::Instant now) {
    const store::ReadView view = call.read_view_of_each_moment();
    const auto product = query::product_now(view, call.product_id(), now);
    if (!product) {
        return std::nullopt;
    }
    base::Instant moment = product->recorded_at;
    if (product->posture.had_acceptances) {
        const auto newest = query::product_at(view, product->id, product->recorded_at);
        moment = query::report_moment(newest.value().posture, product->recorded_at, now);
    }
    if (const auto by_policy = query::policy_moment(
            product->policy, policies, now,
            [&](const std::string& name) { return query::policy_at(view, name, std::nullopt); })) {
        moment = std::max(moment, *by_policy);
    }
    return moment > product->recorded_at ? std::optional(moment) : std::nullopt;
}

query::ReportInputs collect(const store::ReadView& view, ProductId product, base::Instant as_of) {
    query::ReportCollector collector(product, as_of);
    events::LineReader reader;
    query::scan_product_lines(view, product, 0, as_of, [&](Position, std::string_view line) {
        collector.add(reader.read_stored(line));
        return true;
    });
    return collector.finish(as_of);
}

}  // namespace

void get_download(Call& call) {
    const GateQuestion question = judged(
        call, [&] { return parse_gate_question(call.query, call.engine().sequencer().now()); });
    AskedMoment asked = question.moment;
    if (!asked.as_of && !asked.at_position) {
        asked.as_of =
            change_since_newest_event(call, question.policies, call.engine().sequencer().now());
    }
    const query::Moment moment = judged(call, [&] { return resolve_moment(asked, call); });
    const store::ReadView view = call.read_view();
    const base::Instant now = call.engine().sequencer().now();
    query::ProductAt product = require_product(view, call.product_id(), moment, now);
    const base::Instant as_of = asked.as_of.value_or(product.recorded_at);
    judged(call, [&] { apply_asked_policies(call, view, product, question, as_of, now); });
    if (answered_not_modified(
            call.request, call.response,
            report_tag(call.engine().log_epoch(), product, as_of, question.thresholds))) {
        return;
    }
    const exports::ReportForm& form = form_of(call);
    base::expect_bytes_of_work(ops::limits::long_read_first_bytes +
                               report_bytes_for_a_packed_one *
                                   query::approximate_model_bytes(view, product.id));
    query::ReportInputs inputs = collect(view, product.id, as_of);
    inputs.model.product.applied = std::move(product.applied);
    require_fit_for_a_report(inputs.model);
    if (inputs.model.product.applied.need_threats()) {
        inputs.model.product.applied.threats = query::rated_threats(inputs.model);
        load_baselines(call, inputs.model.product, as_of);
    }
    const exports::ReportView report = exports::make_report_view(inputs, question.thresholds);
    call.response.headers.emplace("Content-Disposition",
                                  exports::attachment(exports::download_name(report, form)));
    if (form.content_type.starts_with("text/html")) {
        call.response.headers.emplace("Content-Security-Policy", exports::report_page_policy());
    }
    answer(call.response, form.write(report), form.content_type.data());
}

}  // namespace threatatlas::api
