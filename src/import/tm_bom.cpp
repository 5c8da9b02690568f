/// @file
/// The OWASP Threat Model Library's format (TM-BOM). Threats have neither a status nor a severity:
/// risks, which name threats, have a level; controls, which name threats, have a status. A control
/// never makes a threat mitigated, it covers it.

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "events/text.hpp"
#include "import/formats.hpp"
#include "import/import_error.hpp"
#include "import/json_file.hpp"
#include "import/json_reading.hpp"
#include "import/model_builder.hpp"

namespace threatatlas::imports {

namespace {

using events::MitigationStatus;
using events::Severity;

MitigationStatus read_status(ModelBuilder& builder, JsonValue control, const std::string& path) {
    const auto status = read_word<MitigationStatus>(builder, control, path, "status",
                                                    {{"active", MitigationStatus::implemented},
                                                     {"assumed", MitigationStatus::proposed},
                                                     {"suggested", MitigationStatus::proposed},
                                                     {"under_review", MitigationStatus::proposed},
                                                     {"approved", MitigationStatus::proposed},
                                                     {"scheduled", MitigationStatus::proposed},
                                                     {"in_progress", MitigationStatus::proposed},
                                                     {"retired", MitigationStatus::retired},
                                                     {"wont_do", MitigationStatus::retired}},
                                                    MitigationStatus::proposed, "proposed");
    if (is_same_word(text(control, "status"), "assumed")) {
        builder.warn(step(path, "status"),
                     "The control is only assumed to be active; it is imported as proposed.");
    }
    return status;
}

/// "CWE-284 Improper Access Control, CWE-522 …" of the list `name`.
std::string read_references(JsonValue threat, std::string_view name, std::string_view prefix,
                            std::string_view id_name, std::string_view title_name) {
    std::string out;
    for (const JsonValue reference : array(threat, name)) {
        const std::string id = text(reference, id_name);
        const std::string title = text(reference, title_name);
        if (id.empty()) {
            continue;
        }
        if (!out.empty()) {
            out += ", ";
        }
        out += prefix;
        out += id;
        if (!title.empty()) {
            out += ' ';
            out += title;
        }
    }
    return out;
}

void append_rating(std::string& out, std::string_view label, const std::string& value) {
    if (value.empty()) {
        return;
    }
    if (!out.empty()) {
        out += ", ";
    }
    out += label;
    out += ' ';
    out += value;
}

std::string first_text(JsonValue object, std::string_view name) {
    for (const JsonValue element : array(object, name)) {
        std::string_view found;
        if (element.get(found) == simdjson::SUCCESS && !events::is_blank(found)) {
            return std::string(found);
        }
    }
    return {};
}

class Reader {
  public:
    explicit Reader(JsonValue root) : root_(root) {}

    ImportedModel read() {
        if (const auto scope = member(root_, "scope")) {
            builder_.set_title(text(*scope, "title"));
        }
        collect_names();
        read_objects(builder_, root_, {}, "risks",
                     [this](JsonValue risk, const std::string& path) { read_risk(risk, path); });
        read_objects(
            builder_, root_, {}, "threats",
            [this](JsonValue threat, const std::string& path) { read_threat(threat, path); });
        read_objects(
            builder_, root_, {}, "controls",
            [this](JsonValue control, const std::string& path) { read_control(control, path); });
        return builder_.build();
    }

  private:
    struct Risk {
        std::optional<Severity> severity;
        std::string summary;
    };

    void collect_names() {
        for (const JsonValue threat : array(root_, "threats")) {
            threat_names_.insert(text(threat, "symbolic_name"));
        }
        for (const std::string_view name : {"actors", "components", "data_stores", "data_sets",
                                            "data_flows", "trust_zones", "threat_personas"}) {
            for (const JsonValue element : array(root_, name)) {
                titles_.emplace(text(element, "symbolic_name"),
                                shared_text(text(element, "title")));
            }
        }
    }

    void read_risk(JsonValue risk, const std::string& path) {
        const auto severity = read_word<std::optional<Severity>>(builder_, risk, path, "level",
                                                                 {{"critical", Severity::critical},
                                                                  {"high", Severity::high},
                                                                  {"medium", Severity::medium},
                                                                  {"low", Severity::low}},
                                                                 std::nullopt, "unscored");
        std::string rating;
        append_rating(rating, "likelihood", text(risk, "likelihood"));
        append_rating(rating, "impact", text(risk, "impact"));
        append_rating(rating, "score", text(risk, "score"));
        std::string summary = text(risk, "title");
        if (!rating.empty()) {
            summary += " (" + rating + ")";
        }
        const std::size_t number = risks_.size();
        risks_.push_back({severity, shared_text(std::move(summary))});
        read_texts(risk, path, "threats", [&](std::string_view name, const std::string& name_path) {
            if (threat_names_.contains(std::string(name))) {
                note_risk(std::string(name), number);
            } else {
                builder_.warn(name_path,
                              "The file has no threat of this name; its risk is ignored.");
            }
        });
    }

    /// Of several risks that name a threat the most severe counts, and one without a level least.
    void note_risk(std::string threat, std::size_t risk) {
        const auto [found, is_first] = risk_of_threat_.try_emplace(std::move(threat), risk);
        if (is_first) {
            return;
        }
        const auto& known = risks_[found->second].severity;
        const auto& severity = risks_[risk].severity;
        // Severities are in descending order.
        if (severity && (!known || *severity < *known)) {
            found->second = risk;
        }
    }

    void read_threat(JsonValue threat, const std::string& path) {
        const std::string name = text(threat, "symbolic_name");
        const std::string title = text(threat, "title");
        const std::string description = text(threat, "description");
        const auto named = risk_of_threat_.find(name);
        const Risk* risk = named == risk_of_threat_.end() ? nullptr : &risks_[named->second];

        const std::string element_id = first_text(threat, "components_affected");
        const std::string comments = comments_of(threat, risk);
        RawThreat raw;
        raw.key = name.empty() ? short_digest(title) : name;
        raw.path = path;
        raw.name = title;
        raw.description = description;
        raw.element_id = element_id;
        raw.element_name = title_of(element_id);
        raw.comments = comments;
        if (risk) {
            raw.scoring.severity = risk->severity;
        }
        const std::size_t index = builder_.add(std::move(raw));
        if (!name.empty()) {
            threat_of_name_.emplace(name, index);
        }
    }

    std::string comments_of(JsonValue threat, const Risk* risk) const {
        std::string out;
        append_line(out, "Event", text(threat, "event"));
        const std::string persona = text(threat, "threat_persona");
        const std::string_view persona_title = title_of(persona);
        append_line(out, "Threat persona", persona_title.empty() ? persona : persona_title);
        append_line(out, "Sources", joined_texts(threat, "sources"));
        append_line(
            out, "Attack mechanisms",
            read_references(threat, "attack_mechanisms", "CAPEC-", "capec_id", "capec_title"));
        append_line(out, "Weaknesses",
                    read_references(threat, "weaknesses", "CWE-", "cwe_id", "cwe_title"));
        append_line(out, "Components affected", joined_texts(threat, "components_affected"));
        if (risk) {
            append_line(out, "Risk", risk->summary);
        }
        return out;
    }

    void read_control(JsonValue control, const std::string& path) {
        const std::string name = text(control, "symbolic_name");
        const std::string title = text(control, "title");
        const std::string description = text(control, "description");
        std::string comments;
        append_line(comments, "Priority", text(control, "priority"));
        RawMitigation raw;
        raw.key = name.empty() ? short_digest(title, description) : name;
        raw.path = path;
        raw.name = title;
        raw.description = description;
        raw.comments = comments;
        raw.status = read_status(builder_, control, path);
        raw.threats = read_links(control, path);
        builder_.add(std::move(raw));
    }

    std::vector<std::size_t> read_links(JsonValue control, const std::string& path) {
        std::vector<std::size_t> threats;
        read_texts(
            control, path, "threats", [&](std::string_view name, const std::string& name_path) {
                const auto threat = threat_of_name_.find(std::string(name));
                if (threat != threat_of_name_.end()) {
                    threats.push_back(threat->second);
                } else {
                    builder_.warn(name_path,
                                  "The file has no threat of this name; the link is left out.");
                }
            });
        return threats;
    }

    std::string_view title_of(const std::string& name) const {
        const auto found = titles_.find(name);
        return found == titles_.end() ? std::string_view{} : std::string_view(found->second);
    }

    JsonValue root_;
    ModelBuilder builder_{std::string(name_of(Format::tm_bom))};
    std::unordered_map<std::string, std::string> titles_;  ///< of elements and personas, by name
    std::unordered_set<std::string> threat_names_;
    std::vector<Risk> risks_;
    std::unordered_map<std::string, std::size_t> risk_of_threat_;  ///< index into risks_, by name
    std::unordered_map<std::string, std::size_t> threat_of_name_;  ///< the first of the name
};

/// Throws if the file is one of those that a library keeps beside its models.
void refuse_lookalikes(JsonValue root) {
    const auto refuse = [](std::string detail) {
        throw ImportError(ImportFault::unacceptable, std::move(detail));
    };
    if (has_array(root, "threat-models")) {
        refuse(
            "The file is the index of a threat model library: it lists models, but is none. "
            "Import the files that it lists.");
    }
    if (text(root, "$schema").find("json-schema.org") != std::string::npos ||
        has_object(root, "$defs")) {
        refuse("The file is a JSON schema: it describes a format, but is not a threat model.");
    }
    if (is_same_word(text(root, "bomFormat"), "CycloneDX")) {
        refuse(
            "The file is a CycloneDX bill of materials. Only models of the OWASP Threat Model "
            "Library, which have a \"scope\", can be imported.");
    }
}

}  // namespace

ImportedModel read_tm_bom(std::string_view bytes) {
    const JsonFile file(bytes);
    const JsonValue root = file.root();
    refuse_lookalikes(root);
    if (!has_object(root, "scope") ||
        !(has_array(root, "threats") || has_array(root, "controls") ||
          has_array(root, "trust_zones") || has_array(root, "components"))) {
        throw ImportError(ImportFault::unacceptable,
                          "The file is JSON, but not a model of the OWASP Threat Model Library, "
                          "which has a \"scope\" and lists such as \"components\", \"threats\" and "
                          "\"controls\".");
    }
    return Reader(root).read();
}

}  // namespace threatatlas::imports
