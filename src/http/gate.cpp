#include <limits>

#include "http/call.hpp"
#include "http/calls.hpp"
#include "http/conditional.hpp"
#include "http/moment.hpp"
#include "http/request_query.hpp"
#include "projections/verdict.hpp"
#include "projections/views.hpp"

namespace threatatlas {
namespace {

// A usual answer and its failures; longer ones grow.
constexpr std::size_t answer_bytes_usual = 1'536;

struct Question {
    Thresholds thresholds;
    Moment moment;
};

Question read_question(const Call& call) {
    const RequestQuery query(
        call.query, {"fail_on_critical", "fail_on_unmitigated_high", "min_mitigation_ratio",
                     "fail_on_unscored", "min_threats", "as_of", "at_position"});
    Question question;
    Thresholds& thresholds = question.thresholds;
    thresholds.fail_on_critical = query.flag("fail_on_critical");
    thresholds.fail_on_unmitigated_high = query.flag("fail_on_unmitigated_high");
    if (const auto ratio = query.text("min_mitigation_ratio")) {
        thresholds.min_mitigation_ratio = parse_ratio(*ratio);
        if (!thresholds.min_mitigation_ratio) {
            throw bad_parameter("min_mitigation_ratio",
                                "Give a decimal from 0 to 1 with at most 9 decimals, like 0.7.");
        }
    }
    thresholds.fail_on_unscored = query.flag("fail_on_unscored");
    thresholds.min_threats =
        query.number("min_threats", 0, std::numeric_limits<std::int64_t>::max());
    question.moment = read_moment(query, call.engine());
    return question;
}

}  // namespace

void get_security_status(Call& call) {
    const Question question = judged(call, [&] { return read_question(call); });
    const ReadView view(call.engine().store());
    const ProductAt product = require_product(view, call.product_id(), question.moment);
    if (answered_not_modified(call.request, call.response, gate_tag(product.position))) {
        return;
    }
    std::string body;
    body.reserve(answer_bytes_usual);
    JsonWriter json(body);
    write_security_status(json, product, judge(product.posture, question.thresholds),
                          call.engine().sequencer().now());
    answer(call.response, std::move(body));
}

}  // namespace threatatlas
