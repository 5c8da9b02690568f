// Answers about one product's counts, and its gate verdict.

#include <algorithm>
#include <array>
#include <map>

#include <fmt/format.h>

#include "base/json_writer.hpp"
#include "projections/query/verdict_views.hpp"
#include "projections/query/views.hpp"
#include "replay/baseline.hpp"
#include "replay/commands.hpp"
#include "replay/past.hpp"

namespace threatatlas::replay {
namespace {

constexpr std::array<GridColumn, 15> posture_columns{{
    {.title = "product", .pointer = "/product_id"},
    {.title = "name", .pointer = "/product_name"},
    {.title = "threats", .pointer = "/summary/total_threats"},
    {.title = "critical", .pointer = "/summary/by_severity/critical"},
    {.title = "high", .pointer = "/summary/by_severity/high"},
    {.title = "medium", .pointer = "/summary/by_severity/medium"},
    {.title = "low", .pointer = "/summary/by_severity/low"},
    {.title = "unscored", .pointer = "/summary/by_severity/unscored"},
    {.title = "mitigated", .pointer = "/summary/mitigated_threats"},
    {.title = "mitigation ratio", .pointer = "/summary/mitigation_ratio", .is_ratio = true},
    {.title = "mitigations", .pointer = "/summary/total_mitigations"},
    {.title = "active mitigations", .pointer = "/summary/active_mitigations"},
    {.title = "unmitigated high", .pointer = "/summary/unmitigated_high"},
    {.title = "position", .pointer = "/position"},
    {.title = "recorded at", .pointer = "/recorded_at"},
}};

constexpr std::array<GridColumn, 7> condition_columns{{
    {.title = "policy", .pointer = "/policy"},
    {.title = "rule", .pointer = "/rule"},
    {.title = "severity", .pointer = "/severity"},
    {.title = "mode", .pointer = "/mode"},
    {.title = "limit", .pointer = "/limit", .right_aligned = true},
    {.title = "actual", .pointer = "/actual", .right_aligned = true},
    {.title = "pass", .pointer = "/pass"},
}};

class PosturePast : public ProductPast {
  public:
    explicit PosturePast(const Question& question)
        : ProductPast(question.source, question.options.product, question.wall_clock,
                      question.options.cut.at_position, events::Members::of_posture) {
        advance(question.options.cut);
    }
};

// The verdict for people: the result, its reasons, the thresholds and the counts.
void write_verdict(const Question& question, const std::string& json) {
    const auto verdict = nlohmann::ordered_json::parse(json);
    const bool is_md = question.format == Format::md;
    question.output.write(fmt::format("{}{} — {} (product {})\n\n", is_md ? "## " : "",
                                      verdict["pass"].get<bool>() ? "PASS" : "FAIL",
                                      verdict["product_name"].get<std::string>(),
                                      verdict["product_id"].get<ProductId>()));
    for (const auto& failure : verdict["failures"]) {
        question.output.write(fmt::format("- {}\n", failure.get<std::string>()));
    }
    const auto warnings = verdict.value("warnings", nlohmann::ordered_json::array());
    for (const auto& warning : warnings) {
        question.output.write(fmt::format("- warning: {}\n", warning.get<std::string>()));
    }
    question.output.write(verdict["failures"].empty() && warnings.empty() ? "" : "\n");
    if (!verdict["conditions"].empty()) {
        GridWriter conditions(question.output, question.format, condition_columns);
        for (const auto& condition : verdict["conditions"]) {
            conditions.add(condition.dump());
        }
        conditions.finish();
        question.output.write("\n");
    }
    write_record(question.output, question.format, posture_columns, json);
}

std::vector<GridColumn> verdict_columns() {
    std::vector<GridColumn> columns{{.title = "pass", .pointer = "/pass"},
                                    {.title = "failures", .pointer = "/failures"}};
    columns.insert(columns.end(), posture_columns.begin(), posture_columns.end());
    return columns;
}

}  // namespace

ExitCode answer_posture(const Question& question) {
    std::string json;
    base::JsonWriter writer(json);
    const PosturePast past(question);
    query::write_posture(writer, past.require_state(past.resolve(question.options.cut)));
    write_record(question.output, question.format, posture_columns, json);
    return ExitCode::fine;
}

ExitCode answer_gate(const Question& question) {
    const PosturePast past(question);
    const query::ProductAt product =
        judged_product(question, past, past.resolve(question.options.cut));
    const projections::Verdict verdict =
        projections::judge(product.posture, question.options.thresholds, product.applied);
    std::string json;
    base::JsonWriter writer(json);
    query::write_security_status(writer, product, verdict, question.wall_clock);
    if (question.format == Format::table || question.format == Format::md) {
        write_verdict(question, json);
    } else {
        write_record(question.output, question.format, verdict_columns(), json);
    }
    return verdict.pass ? ExitCode::fine : ExitCode::answer_is_no;
}

}  // namespace threatatlas::replay
