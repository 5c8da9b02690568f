// Counts over time.

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/json_writer.hpp"
#include "events/limits.hpp"
#include "export/chart.hpp"
#include "projections/query/views.hpp"
#include "replay/commands.hpp"
#include "replay/past.hpp"

namespace threatatlas::replay {
namespace {

constexpr std::array<GridColumn, 13> timeline_columns{{
    {.title = "at", .pointer = "/at"},
    {.title = "position", .pointer = "/position", .right_aligned = true},
    {.title = "threats", .pointer = "/summary/total_threats", .right_aligned = true},
    {.title = "critical", .pointer = "/summary/by_severity/critical", .right_aligned = true},
    {.title = "high", .pointer = "/summary/by_severity/high", .right_aligned = true},
    {.title = "medium", .pointer = "/summary/by_severity/medium", .right_aligned = true},
    {.title = "low", .pointer = "/summary/by_severity/low", .right_aligned = true},
    {.title = "unscored", .pointer = "/summary/by_severity/unscored", .right_aligned = true},
    {.title = "mitigated", .pointer = "/summary/mitigated_threats", .right_aligned = true},
    {.title = "ratio",
     .pointer = "/summary/mitigation_ratio",
     .right_aligned = true,
     .is_ratio = true},
    {.title = "mitigations", .pointer = "/summary/total_mitigations", .right_aligned = true},
    {.title = "active", .pointer = "/summary/active_mitigations", .right_aligned = true},
    {.title = "unmitigated high", .pointer = "/summary/unmitigated_high", .right_aligned = true},
}};

void write_points(const Question& question, const std::vector<query::TimelinePoint>& points) {
    GridWriter writer(question.output, question.format, timeline_columns);
    std::string json;
    for (const query::TimelinePoint& point : points) {
        json.clear();
        base::JsonWriter object(json);
        query::write_timeline_point(object, point);
        writer.add(json);
    }
    writer.finish();
}

[[noreturn]] void refuse_so_many() {
    throw UsageError(
        fmt::format("that would be more than {} points: use a larger --every or a shorter range",
                    events::limits::timeline_points_max));
}

void draw_points(const Question& question, const ProductPast& past,
                 const std::vector<query::TimelinePoint>& points, base::Instant end) {
    if (points.empty()) {
        throw UsageError("the product did not exist in that range: there is nothing to draw");
    }
    const projections::Product& product = *past.product();
    std::vector<exports::ChartPoint> drawn;
    for (const query::TimelinePoint& point : points) {
        const projections::Posture& posture = point.posture;
        drawn.push_back({point.at, {}, posture.mitigated_threats, posture.total_threats});
        std::copy(posture.by_severity.begin(), posture.by_severity.end(),
                  drawn.back().threats.begin());
        drawn.back().threats.back() = posture.unscored;
    }
    const std::string name(product.texts[events::ProductField::name]);
    question.output.write(
        exports::threats_chart({name, fmt::format("Threats of {} over time", name)}, drawn,
                               product.archived_at.value_or(end), exports::ChartPlace::file));
}

}  // namespace

ExitCode answer_timeline(const Question& question) {
    const Options& options = question.options;
    const Cut to = options.to.value_or(Cut{});
    ProductPast past(question.source, options.product, question.wall_clock, std::nullopt,
                     events::Members::of_posture);
    query::TimelineSampler sampler(options.from ? options.from->until : std::nullopt,
                                   query::parse_step(options.every),
                                   events::limits::timeline_points_max);
    while (past.step(to) != nullptr) {
        if (!sampler.add(past.newest_step())) {
            refuse_so_many();
        }
    }
    // No points before the registration; an error if the product never existed.
    if (!past.is_known()) {
        past.refuse_absent();
    }
    past.resolve(options.from.value_or(Cut{}));
    const base::Instant end = past.resolve(to);
    const auto points = sampler.finish(end);
    if (!points) {
        refuse_so_many();
    }
    if (question.format == Format::svg) {
        draw_points(question, past, *points, end);
    } else {
        write_points(question, *points);
    }
    return ExitCode::fine;
}

}  // namespace threatatlas::replay
