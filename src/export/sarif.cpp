// SARIF 2.1.0 (OASIS Standard), as GitHub code scanning, GitLab and other viewers read it.

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "base/json_writer.hpp"
#include "base/work_watch.hpp"
#include "export/bidi.hpp"
#include "export/contents.hpp"
#include "export/policy_text.hpp"
#include "export/report_view.hpp"
#include "export/status_forms.hpp"

namespace threatatlas::exports {
namespace {

using events::ThreatField;

constexpr std::string_view schema =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
// GitHub takes at most 255 characters as the name of a rule.
constexpr std::size_t rule_title_points_max = 200;
constexpr std::string_view help =
    "Mitigate the threat, have its risk accepted in ThreatAtlas until a day, or record there, with "
    "a reason, that it is accepted or not applicable.";
constexpr std::string_view condition_help =
    "The thresholds of the request decide this condition, and the whole model is judged by it.";
constexpr std::string_view rule_help =
    "A policy in ThreatAtlas has this rule, and the whole model is judged by it.";

// The text of a message. Doubled braces are braces (section 3.11.5), and a bracket that is followed
// by a parenthesis would begin the target of a link (section 3.11.6).
std::string message_text(std::string_view text) {
    std::string escaped;
    for (const char c : text) {
        if (c == '(' && escaped.ends_with(']')) {
            escaped += ' ';
        }
        escaped += c;
        if (c == '{' || c == '}') {
            escaped += c;
        }
    }
    return escaped;
}

bool is_left_out(const StatusThreat& threat) {
    return threat.accepted_until && !threat.breaks_something();
}

std::string_view level_of(const projections::Threat& threat) {
    const auto severity = threat.scoring.severity;
    if (!severity) {
        return "warning";
    }
    switch (*severity) {
        case events::Severity::critical:
        case events::Severity::high:
            return "error";
        case events::Severity::medium:
            return "warning";
        case events::Severity::low:
            return "note";
    }
    return "none";
}

// A rule of a policy that a threat breaks decides, but does not make it less severe than it is.
std::string_view level_of(const StatusThreat& threat, const projections::Verdict& verdict) {
    const std::string_view level = level_of(threat.threat);
    if (std::ranges::any_of(threat.breaks, [&](std::size_t index) {
            return verdict.conditions[index].of_policy.has_value();
        })) {
        return "error";
    }
    return !threat.warned_by.empty() && level == "note" ? "warning" : level;
}

std::string condition_rule_id(const projections::Condition& condition) {
    return fmt::format("condition/{}", projections::name_of(condition));
}

std::string condition_title(const projections::Condition& condition) {
    return condition.of_policy ? fmt::format("Policy {}", label_of(condition))
                               : fmt::format("The threat model fails {}", condition.rule);
}

// {"text":…}
void write_text(base::JsonWriter& json, std::string_view key, std::string_view text) {
    json.key(key).begin_object().member("text", text).end_object();
}

// The rules of the run: what the results refer to by index.
class Rules {
  public:
    explicit Rules(const StatusView& view) {
        for (const StatusThreat& threat : view.threats) {
            const std::string id = rule_id_of(threat.threat);
            if (!is_left_out(threat) && !index_.contains(id)) {
                const std::string_view category = threat.threat.texts[ThreatField::category];
                const bool is_scored = threat.threat.scoring.severity.has_value();
                add(id,
                    category.empty() ? is_scored ? fmt::format("Threat of {} severity",
                                                               severity_word(threat.threat))
                                                 : "Threat without a severity"
                                     : isolated(one_line(category, rule_title_points_max)),
                    help);
            }
        }
        add(failed_conditions(view.verdict));
        add(warned_conditions(view.verdict));
    }

    std::size_t index_of(const std::string& id) const { return index_.at(id); }

    void write(base::JsonWriter& json) const {
        json.key("rules").begin_array();
        for (const auto& [id, title, advice] : rules_) {
            json.begin_object();
            json.member("id", id);
            json.member("name", title);
            write_text(json, "shortDescription", message_text(title));
            write_text(json, "fullDescription", message_text(title));
            write_text(json, "help", advice);
            json.key("properties").begin_object();
            json.key("tags").begin_array().string("security").string("threat-model").end_array();
            json.end_object();
            json.end_object();
        }
        json.end_array();
    }

  private:
    struct Rule {
        std::string id;
        std::string title;
        std::string_view help;
    };

    void add(const std::vector<BrokenCondition>& broken) {
        for (const BrokenCondition& one : broken) {
            if (!one.is_about_threats) {
                add(condition_rule_id(*one.condition), condition_title(*one.condition),
                    one.condition->of_policy ? rule_help : condition_help);
            }
        }
    }
    void add(std::string id, std::string title, std::string_view advice) {
        index_.emplace(id, rules_.size());
        rules_.push_back({std::move(id), std::move(title), advice});
    }

    std::map<std::string, std::size_t> index_;
    std::vector<Rule> rules_;
};

class Sarif {
  public:
    Sarif(const StatusView& view, std::string& out) : view_(view), rules_(view), json_(out) {}

    void write() {
        json_.begin_object();
        json_.member("version", "2.1.0");
        json_.member("$schema", schema);
        json_.key("runs").begin_array().begin_object();
        json_.key("tool").begin_object().key("driver").begin_object();
        json_.member("name", "ThreatAtlas");
        rules_.write(json_);
        json_.end_object().end_object();
        // GitHub keeps the results of runs with different ids apart, so that a repository may have
        // several products.
        json_.key("automationDetails").begin_object();
        json_.member("id", fmt::format("threatatlas/product-{}/", view_.product.id)).end_object();
        write_invocation();
        write_results();
        write_properties();
        json_.end_object().end_array().end_object();
    }

  private:
    void write_notification(std::string_view level, std::string_view text) {
        json_.begin_object().member("level", level);
        write_text(json_, "message", text);
        json_.end_object();
    }

    void write_invocation() {
        const auto left_out =
            static_cast<std::size_t>(std::ranges::count_if(view_.threats, is_left_out));
        json_.key("invocations").begin_array().begin_object();
        json_.key("executionSuccessful").boolean(true);
        json_.key("toolExecutionNotifications").begin_array();
        if (view_.unlisted_threats > 0) {
            write_notification(
                "warning",
                fmt::format("This file has the {} most important threats. {} more are not listed.",
                            view_.threats.size() - left_out, view_.unlisted_threats));
        }
        if (left_out > 0) {
            write_notification("note",
                               fmt::format("{} {} left out, as {} accepted.", left_out,
                                           left_out == 1 ? "threat is" : "threats are",
                                           left_out == 1 ? "its risk is" : "their risk is"));
        }
        for (const std::string& sentence : sentences_about_verdict(view_)) {
            write_notification("note", sentence);
        }
        json_.end_array().end_object().end_array();
    }

    void write_results() {
        json_.key("results").begin_array();
        for (const BrokenCondition& failed : failed_conditions(view_.verdict)) {
            write_condition("error", failed, std::string(failed.reason));
        }
        for (const BrokenCondition& warned : warned_conditions(view_.verdict)) {
            write_condition("warning", warned, warning_of(warned));
        }
        for (const StatusThreat& threat : view_.threats) {
            if (!is_left_out(threat)) {
                write_threat(threat);
            }
        }
        json_.end_array();
    }

    void begin_result(const std::string& rule_id, std::string_view level, const std::string& text,
                      const std::string& fingerprint) {
        json_.begin_object();
        json_.member("ruleId", rule_id);
        json_.key("ruleIndex").number(rules_.index_of(rule_id));
        json_.member("level", level);
        write_text(json_, "message", message_text(text));
        // GitHub identifies results by primaryLocationLineHash only.
        json_.key("partialFingerprints").begin_object();
        json_.member("primaryLocationLineHash", fingerprint.substr(0, 16) + ":1");
        json_.member("threatAtlas/v1", fingerprint).end_object();
    }

    void write_condition(std::string_view level, const BrokenCondition& broken,
                         const std::string& reason) {
        if (broken.is_about_threats) {
            return;
        }
        begin_result(condition_rule_id(*broken.condition), level, fmt::format("{}.", reason),
                     fingerprint_of(view_.product.id, projections::name_of(*broken.condition)));
        if (!view_.model_path.uri.empty()) {
            json_.key("locations").begin_array().begin_object();
            write_physical_location();
            json_.end_object().end_array();
        }
        json_.key("suppressions").begin_array().end_array();
        json_.end_object();
    }

    void write_threat(const StatusThreat& threat) {
        base::note_row_of_work();
        std::string breaks;
        if (!threat.breaks.empty()) {
            breaks = fmt::format(" This fails {}.", names_of(view_.verdict, threat.breaks));
        }
        if (!threat.warned_by.empty()) {
            breaks +=
                fmt::format(" Warned about by {}.", names_of(view_.verdict, threat.warned_by));
        }
        begin_result(
            rule_id_of(threat.threat), level_of(threat, view_.verdict),
            fmt::format("{} ({}).{}", isolated(one_line(threat.name())), state_of(threat), breaks),
            fingerprint_of(view_.product.id, threat.id));
        write_locations(threat.threat);
        write_suppressions(threat);
        json_.key("properties").begin_object();
        json_.key("threat_id").number(threat.id);
        json_.member("severity", severity_word(threat.threat));
        json_.member("status", events::name_of(threat.threat.status));
        json_.key("covered").boolean(threat.covered);
        if (const auto id = threat.threat.texts[ThreatField::external_id]; !id.empty()) {
            json_.member("external_id", id);
        }
        json_.end_object();
        json_.end_object();
    }

    void write_locations(const projections::Threat& threat) {
        const std::string_view diagram = threat.texts[ThreatField::diagram];
        std::string_view element = threat.texts[ThreatField::element_name];
        if (element.empty()) {
            element = threat.texts[ThreatField::element_id];
        }
        const std::string_view place = element.empty() ? diagram : element;
        if (view_.model_path.uri.empty() && place.empty()) {
            return;
        }
        json_.key("locations").begin_array().begin_object();
        if (!view_.model_path.uri.empty()) {
            write_physical_location();
        }
        if (!place.empty()) {
            json_.key("logicalLocations").begin_array().begin_object();
            json_.member("name", place);
            if (!diagram.empty() && !element.empty()) {
                json_.member("fullyQualifiedName", fmt::format("{}/{}", diagram, element));
            }
            json_.end_object().end_array();
        }
        json_.end_object().end_array();
    }

    void write_physical_location() {
        json_.key("physicalLocation").begin_object();
        json_.key("artifactLocation").begin_object();
        json_.member("uri", view_.model_path.uri).member("uriBaseId", "%SRCROOT%").end_object();
        json_.key("region").begin_object().key("startLine").number(1);
        json_.end_object().end_object();
    }

    // If one result of a run has suppressions, all must have them (section 3.27.23).
    void write_suppressions(const StatusThreat& threat) {
        json_.key("suppressions").begin_array();
        if (threat.is_marked_accepted()) {
            json_.begin_object().member("kind", "external").member("status", "accepted");
            json_.member("justification", "The threat is accepted in ThreatAtlas.").end_object();
        }
        json_.end_array();
    }

    void write_properties() {
        json_.key("properties").begin_object();
        json_.key("product_id").number(view_.product.id);
        json_.member("product_name", view_.product_name());
        json_.member("verdict", verdict_word(view_));
        json_.key("position").number(view_.product.position);
        json_.member("recorded_at", base::format_instant(view_.product.recorded_at));
        json_.end_object();
    }

    const StatusView& view_;
    const Rules rules_;
    base::JsonWriter json_;
};

}  // namespace

std::string status_as_sarif(const StatusView& view) {
    std::string out;
    Sarif(view, out).write();
    return out;
}

}  // namespace threatatlas::exports
