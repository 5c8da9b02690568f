// Reports as files: the downloads of a product.

#include <fmt/format.h>

#include "base/work_watch.hpp"
#include "export/report.hpp"
#include "http/api/call.hpp"
#include "http/api/calls.hpp"
#include "http/api/conditional.hpp"
#include "http/api/gate_question.hpp"
#include "http/api/moment.hpp"
#include "http/ops/service_limits.hpp"

namespace threatatlas {
namespace {

// The model, unpacked, and the form that it is written in: an estimate, which is made good as the
// report grows.
constexpr std::size_t report_bytes_for_a_packed_one = 4;

// The form that the route's last segment names.
const ReportForm& form_of(const Call& call) {
    const std::string_view pattern = call.match.route->pattern;
    return *report_form_called(pattern.substr(pattern.rfind('/') + 1));
}

void require_fit_for_a_report(const ProductModel& model) {
    const std::size_t objects = model.threats.size() + model.mitigations.size();
    if (objects > limits::report_objects_max) {
        throw Rejection(
            {.status = 422,
             .detail = fmt::format("This product has {} threats and mitigations, more than a "
                                   "report can contain ({}). Read its lists of threats and "
                                   "mitigations, or create the report with threatatlas-replay.",
                                   objects, limits::report_objects_max)});
    }
}

ReportInputs collect(const ReadView& view, ProductId product, Instant as_of) {
    ReportCollector collector(product, as_of);
    LineReader reader;
    scan_product_lines(view, product, 0, as_of, [&](Position, std::string_view line) {
        collector.add(reader.read_stored(line));
        return true;
    });
    return collector.finish(as_of);
}

}  // namespace

void get_download(Call& call) {
    const GateQuestion question = judged(
        call, [&] { return parse_gate_question(call.query, call.engine().sequencer().now()); });
    const Moment moment =
        judged(call, [&] { return resolve_moment(question.moment, call.engine()); });
    const ReadView view(call.engine().store());
    const ProductAt product = require_product(view, call.product_id(), moment);
    const Instant as_of = question.moment.as_of.value_or(product.recorded_at);
    if (answered_not_modified(
            call.request, call.response,
            report_tag(call.engine().log_epoch(), product, as_of, question.thresholds))) {
        return;
    }
    const ReportForm& form = form_of(call);
    expect_bytes_of_work(limits::long_read_first_bytes +
                         report_bytes_for_a_packed_one * approximate_model_bytes(view, product.id));
    const ReportInputs inputs = collect(view, product.id, as_of);
    require_fit_for_a_report(inputs.model);
    const ReportView report = make_report_view(inputs, question.thresholds);
    call.response.headers.emplace("Content-Disposition", attachment(download_name(report, form)));
    if (form.content_type.starts_with("text/html")) {
        call.response.headers.emplace("Content-Security-Policy", report_page_policy());
    }
    answer(call.response, form.write(report), form.content_type.data());
}

}  // namespace threatatlas
