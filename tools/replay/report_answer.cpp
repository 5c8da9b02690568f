// Reports as files, byte for byte the same as the server's downloads.

#include <algorithm>

#include "export/report.hpp"
#include "replay/baseline.hpp"
#include "replay/commands.hpp"
#include "replay/past.hpp"

namespace threatatlas::replay {

ExitCode answer_report(const Question& question) {
    const Options& options = question.options;
    const exports::ReportForm& form = *options.report_form;
    if (form.is_binary && question.output.is_terminal()) {
        throw UsageError("this format cannot be shown on a terminal: give a file with -o");
    }
    const std::optional<base::Instant>& named = options.cut.until;
    const bool is_past = named && *named <= question.wall_clock;
    ProductPast past(question.source, options.product, question.wall_clock,
                     options.cut.at_position);
    query::ReportCollector collector(options.product, is_past ? named : std::nullopt);
    while (const ReplayedTransaction* transaction = past.step(options.cut)) {
        for (const events::Event& event : transaction->events) {
            collector.add(event);
        }
    }
    const base::Instant moment = past.resolve(options.cut);
    past.require_state(moment);
    // A day that is not over means now.
    const bool is_moment_named = named && moment == *named;
    std::optional<base::Instant> as_of = is_moment_named ? named : std::nullopt;
    if (!is_moment_named && !options.cut.at_position) {
        as_of = collector.moment_of_now(moment);
        as_of = std::max(*as_of, past.policy_moment(moment, options.policies).value_or(*as_of));
    }
    query::ReportInputs inputs = collector.finish(as_of);
    inputs.model.product.applied = judged_product(question, past, inputs.as_of).applied;
    question.output.write(form.write(exports::make_report_view(inputs, options.thresholds)));
    return ExitCode::fine;
}

}  // namespace threatatlas::replay
