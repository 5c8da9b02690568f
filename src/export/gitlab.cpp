// The code quality report of GitLab: the subset of the Code Climate format that it reads.

#include <fmt/format.h>

#include "base/json_writer.hpp"
#include "base/work_watch.hpp"
#include "export/bidi.hpp"
#include "export/status_forms.hpp"

namespace threatatlas::exports {
namespace {

// GitLab ignores entries without a path.
constexpr std::string_view path_if_none_is_given = "threat-model";

std::string_view severity_of(const projections::Threat& threat) {
    const auto severity = threat.scoring.severity;
    if (!severity) {
        return "info";
    }
    switch (*severity) {
        case events::Severity::critical:
            return "blocker";
        case events::Severity::high:
            return "critical";
        case events::Severity::medium:
            return "major";
        case events::Severity::low:
            return "minor";
    }
    return "info";
}

struct QualityIssue {
    std::string description;
    std::string check_name;
    std::string fingerprint;
    std::string_view severity;
};

void write_entry(base::JsonWriter& json, const QualityIssue& entry, std::string_view path) {
    json.begin_object();
    json.member("description", entry.description);
    json.member("check_name", entry.check_name);
    json.member("fingerprint", entry.fingerprint);
    json.member("severity", entry.severity);
    json.key("location").begin_object().member("path", path);
    json.key("lines").begin_object().key("begin").number(1);
    json.end_object().end_object().end_object();
}

}  // namespace

std::string status_as_gitlab(const StatusView& view) {
    const std::string_view path =
        view.model_path.path.empty() ? path_if_none_is_given : view.model_path.path;
    const ProductId product = view.product.id;
    std::string out;
    base::JsonWriter json(out);
    json.begin_array();
    const auto write_condition = [&](const BrokenCondition& broken, std::string reason,
                                     std::string_view severity) {
        if (!broken.is_about_threats) {
            const std::string name = projections::name_of(*broken.condition);
            write_entry(
                json,
                {std::move(reason), "condition/" + name, fingerprint_of(product, name), severity},
                path);
        }
    };
    for (const BrokenCondition& failed : failed_conditions(view.verdict)) {
        write_condition(failed, std::string(failed.reason), "blocker");
    }
    for (const BrokenCondition& warned : warned_conditions(view.verdict)) {
        write_condition(warned, warning_of(warned), "minor");
    }
    for (const StatusThreat& threat : view.threats) {
        base::note_row_of_work();
        if (!threat.is_settled()) {
            write_entry(
                json,
                {fmt::format("{} ({})", isolated(one_line(threat.name())), state_of(threat)),
                 rule_id_of(threat.threat), fingerprint_of(product, threat.id),
                 severity_of(threat.threat)},
                path);
        }
    }
    if (view.unlisted_threats > 0) {
        write_entry(json,
                    {fmt::format("{} more threats are not listed.", view.unlisted_threats),
                     "unlisted-threats", fingerprint_of(product, "unlisted-threats"), "info"},
                    path);
    }
    json.end_array();
    return out;
}

}  // namespace threatatlas::exports
