#include "replay/baseline.hpp"

#include <fmt/format.h>

#include "projections/query/baselines.hpp"
#include "replay/errors.hpp"

namespace threatatlas::replay {
namespace {

std::unique_ptr<LogSource> open_again(const Options& options) {
    if (options.events == "-") {
        throw UsageError(
            "a baseline needs the log twice, so it cannot come from stdin: give a file");
    }
    return open_log_of(options);
}

// The time of the last transaction that ends at or before a position.
base::Instant time_at(const Options& options, Position position) {
    const auto log = open_again(options);
    EventStream events(*log);
    base::Instant ended = base::Instant::min();  // of the transaction before the current one
    base::Instant current = base::Instant::min();
    while (events.next()) {
        const base::Instant time = events.event().time;
        if (events.event().position > position) {
            return time == current ? ended : current;
        }
        if (time != current) {
            ended = current;
            current = time;
        }
    }
    if (position > events.read_up_to().position) {
        throw UsageError(fmt::format("--baseline: position {} is after the end of the log, {}",
                                     position, events.read_up_to().position));
    }
    return current;
}

// `judged` is the moment of the question.
std::optional<base::Instant> resolve_baseline(const Options& options, base::Instant judged) {
    const std::optional<Cut>& asked = options.baseline;
    if (!asked) {
        return std::nullopt;
    }
    const base::Instant since =
        asked->at_position ? time_at(options, *asked->at_position) : asked->until.value();
    if (since <= judged) {
        return since;
    }
    const bool is_now =
        !options.cut.at_position && (!options.cut.until || *options.cut.until > judged);
    if (is_now && asked->until_end_of_day && base::day_of(since) == base::day_of(judged)) {
        return judged;
    }
    throw UsageError(fmt::format("--baseline is later than the moment that is judged, {}",
                                 base::format_instant(judged)));
}

std::shared_ptr<const projections::Baseline> baseline_at(const Question& question,
                                                         base::Instant since) {
    const auto log = open_again(question.options);
    ProductPast past(*log, question.options.product, question.wall_clock, std::nullopt,
                     events::Members::of_posture);
    past.advance({.until = since, .until_end_of_day = false, .at_position = {}});
    const auto model = past.model(since);
    return model ? query::make_baseline(model->product, since, query::rated_threats(*model))
                 : std::make_shared<const projections::Baseline>(
                       projections::Baseline{.instant = since});
}

}  // namespace

query::ProductAt judged_product(const Question& question, const ProductPast& past,
                                base::Instant instant) {
    query::PolicyChoice choice = question.options.policies;
    choice.since = resolve_baseline(question.options, instant);
    query::ProductAt product = past.require_judged(instant, choice);
    query::set_baselines(product, instant,
                         [&](base::Instant since) { return baseline_at(question, since); });
    return product;
}

}  // namespace threatatlas::replay
