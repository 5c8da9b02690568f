// The chapters about the verdict, and about the policies and reviews of the product.

#include <fmt/format.h>

#include "base/work_watch.hpp"
#include "export/acceptance_text.hpp"
#include "export/contents.hpp"
#include "export/policy_text.hpp"

namespace threatatlas::exports {
namespace {

constexpr std::array<Column, 4> condition_columns{
    {{"Rule", 5}, {"Limit", 2, true}, {"Actual", 3, true}, {"Result", 2}}};
constexpr std::array<Column, 7> policy_columns{{{"Policy", 4},
                                                {"Rule", 5},
                                                {"Severity", 2},
                                                {"Limit", 2, true},
                                                {"Actual", 2, true},
                                                {"Result", 3},
                                                {"Threats, the first 20", 5}}};
static_assert(projections::condition_threats_max == 20);

// What the verdict was asked for; empty if a policy says it all.
std::string_view thresholds_sentence(const ReportView& view) {
    if (view.thresholds_given) {
        return "Checked against the requested thresholds.";
    }
    return view.verdict.policies.empty()
               ? "No thresholds were requested, so the defaults apply: no critical threat, no high "
                 "or critical threat without an active mitigation, at least 70% of the threats "
                 "mitigated."
               : "";
}

Cell result_of(const projections::Condition& condition) {
    if (condition.pass) {
        return {Words("pass"), Tone::pass};
    }
    if (!projections::only_warns(condition)) {
        return {Words("fail"), Tone::fail};
    }
    const auto fails_from = condition.of_policy->fails_from;
    return {fails_from ? Words(fmt::format("warn, fails from {}", base::format_day(*fails_from)))
                       : Words("warn")};
}

Words threats_of(const projections::RuleCondition& rule) {
    Words words;
    for (const ThreatId id : rule.threat_ids) {
        if (!words.empty()) {
            words.ours(", ");
        }
        words.link(fmt::format("T{}", id), threat_anchor(id));
    }
    return words;
}

void write_policy_condition(const projections::Condition& condition, Document& document) {
    const auto& rule = condition.of_policy;
    const std::array<Cell, policy_columns.size()> cells{
        {{rule ? Words(rule->policy) : Words()},
         {Words(condition.rule)},
         {rule && rule->severity ? Words(events::name_of(*rule->severity)) : Words()},
         {Words(condition.limit)},
         {Words(condition.actual)},
         result_of(condition),
         {rule ? threats_of(*rule) : Words()}}};
    document.row(cells);
}

void write_conditions(const projections::Verdict& verdict, Document& document) {
    if (verdict.policies.empty()) {
        document.begin_table(condition_columns);
    } else {
        document.begin_table(policy_columns);
    }
    for (const projections::Condition& condition : verdict.conditions) {
        if (!verdict.policies.empty()) {
            write_policy_condition(condition, document);
            continue;
        }
        const std::array<Cell, condition_columns.size()> cells{{{Words(condition.rule)},
                                                                {Words(condition.limit)},
                                                                {Words(condition.actual)},
                                                                result_of(condition)}};
        document.row(cells);
    }
    document.end_table();
}

void write_sentences(std::vector<std::string> sentences, Document& document) {
    std::erase(sentences, "");
    if (!sentences.empty()) {
        document.paragraph(fmt::format("{}", fmt::join(sentences, " ")));
    }
}

std::string shown_step(const query::PolicyStep& step) {
    if (!step.assigned) {
        return "reviewed";
    }
    return step.assigned->name.empty()
               ? "no policy any more"
               : "policy " + shown_policy(step.assigned->name, step.assigned->enforced);
}

constexpr std::array<Column, 4> step_columns{
    {{"Recorded", 5}, {"Step", 6}, {"Reason", 8}, {"Note", 8}}};

}  // namespace

void write_verdict_chapter(const ReportView& view, Document& document) {
    const projections::Verdict& verdict = view.verdict;
    document.chapter(chapters::verdict);
    document.paragraph(Words().strong(verdict.pass ? "PASS" : "FAIL"),
                       verdict.pass ? Tone::pass : Tone::fail);
    auto basis = sentences_about_policies(verdict);
    basis.emplace_back(thresholds_sentence(view));
    write_sentences(std::move(basis), document);
    write_conditions(verdict, document);
    for (const std::string& failure : verdict.failures) {
        document.bullet(Words(failure));
    }
    for (const std::string& warning : verdict.warnings) {
        document.bullet(Words().strong("Warning:").ours(" ").ours(warning));
    }
    write_sentences(sentences_about_acceptances(view.product(), verdict), document);
}

void write_policy_chapter(const ReportView& view, Document& document) {
    const query::Attributions& attributions = view.inputs.attributions;
    if (attributions.policy_steps().empty()) {
        return;
    }
    document.chapter(chapters::policy);
    std::string about = "Who assigned policies to the product and reviewed its model.";
    if (const std::size_t earlier = attributions.earlier_policy_steps(); earlier > 0) {
        about += fmt::format(" The newest {} steps; {} before them are not listed.",
                             attributions.policy_steps().size(), grouped(earlier));
    }
    document.paragraph(about);
    document.begin_table(step_columns);
    for (const query::PolicyStep& step : attributions.policy_steps()) {
        base::note_row_of_work();
        const query::Attribution& by = *step.by;
        const std::array<Cell, step_columns.size()> cells{
            {{recorded_by(by)},
             {Words(shown_step(step))},
             {by.reason.empty() ? Words() : Words::of(by.reason)},
             {by.note.empty() ? Words() : Words::of(by.note)}}};
        document.row(cells);
    }
    document.end_table();
}

}  // namespace threatatlas::exports
