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

// The format of the OWASP Threat Model Library (TM-BOM). Threats have neither a status nor a
// severity: risks name threats and have a level, controls name threats and have a status. A control
// covers a threat, but never makes it mitigated. Likelihood and impact of a risk do not become
// those of a threat, because they would give another severity than the level that the authors
// chose.

namespace threatatlas::imports {
namespace {

class TmBomReader {
  public:
    explicit TmBomReader(JsonValue root) : root_(root) {}

    ImportedModel read() {
        refuse_lookalikes();
        if (const auto scope = member(root_, "scope")) {
            builder_.set_title(text(*scope, "title"));
        }
        collect_names();
        read_objects(builder_, root_, "", "risks",
                     [this](JsonValue risk, const std::string& path) { read_risk(risk, path); });
        read_objects(
            builder_, root_, "", "threats",
            [this](JsonValue threat, const std::string& path) { read_threat(threat, path); });
        read_objects(
            builder_, root_, "", "controls",
            [this](JsonValue control, const std::string& path) { read_control(control, path); });
        return builder_.build();
    }

  private:
    struct Risk {
        std::optional<events::Severity> severity;
        std::string summary;
    };

    // A library keeps an index and schemas beside its models.
    void refuse_lookalikes() const {
        const auto refuse = [](std::string detail) {
            throw ImportError(ImportFault::unacceptable, std::move(detail));
        };
        if (has_array(root_, "threat-models")) {
            refuse(
                "The file is the index of a threat model library: it lists threat models, but is "
                "not one. Import the files that it lists.");
        }
        if (has_object(root_, "$defs") ||
            text(root_, "$schema").find("json-schema.org") != std::string::npos) {
            refuse("The file is a JSON schema: it describes a format, but is not a threat model.");
        }
        if (is_same_word(text(root_, "bomFormat"), "CycloneDX")) {
            refuse(
                "The file is a CycloneDX bill of materials. Of this family, only models of the "
                "OWASP Threat Model Library can be imported; they have a \"scope\".");
        }
        if (!has_object(root_, "scope") ||
            !(has_array(root_, "threats") || has_array(root_, "controls") ||
              has_array(root_, "trust_zones") || has_array(root_, "components"))) {
            refuse(
                "The file is JSON, but not a model of the OWASP Threat Model Library, which has a "
                "\"scope\" and lists such as \"components\", \"threats\" and \"controls\".");
        }
    }

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
        std::string rating;
        for (const std::string_view name : {"likelihood", "impact", "score"}) {
            if (const std::string value = text(risk, name); !value.empty()) {
                rating += rating.empty() ? "" : ", ";
                rating += name;
                rating += ' ';
                rating += value;
            }
        }
        std::string summary = text(risk, "title");
        if (!rating.empty()) {
            summary += " (" + rating + ")";
        }
        const std::size_t number = risks_.size();
        risks_.push_back({read_level(risk, path), shared_text(std::move(summary))});
        read_texts(risk, path, "threats", [&](std::string_view name, const std::string& name_path) {
            if (threat_names_.contains(std::string(name))) {
                note_risk(std::string(name), number);
            } else {
                builder_.warn(name_path,
                              "The file has no threat of this name; the risk does not "
                              "apply to it.");
            }
        });
    }

    std::optional<events::Severity> read_level(JsonValue risk, const std::string& path) {
        using events::Severity;
        return read_word<std::optional<Severity>>(builder_, risk, path, "level",
                                                  {{"critical", Severity::critical},
                                                   {"high", Severity::high},
                                                   {"medium", Severity::medium},
                                                   {"low", Severity::low}},
                                                  std::nullopt, "unscored");
    }

    // Of several risks that name a threat the most severe counts, and one without a level least.
    void note_risk(std::string threat, std::size_t risk) {
        const auto [found, is_first] = risk_of_threat_.try_emplace(std::move(threat), risk);
        const auto& known = risks_[found->second].severity;
        const auto& severity = risks_[risk].severity;
        // The enumeration begins with the most severe.
        if (!is_first && severity && (!known || *severity < *known)) {
            found->second = risk;
        }
    }

    void read_threat(JsonValue threat, const std::string& path) {
        const std::string name = text(threat, "symbolic_name");
        const std::string title = text(threat, "title");
        const std::string description = text(threat, "description");
        const std::string element_id = first_text(threat, "components_affected");
        const std::string element_name = title_of(element_id);
        const auto named = risk_of_threat_.find(name);
        const Risk* const risk = named == risk_of_threat_.end() ? nullptr : &risks_[named->second];
        const std::string comments = comments_of(threat, risk);
        RawThreat raw;
        raw.key = name;
        raw.is_key_given = true;
        raw.path = path;
        raw.name = title;
        raw.description = description;
        raw.element_id = element_id;
        raw.element_name = element_name;
        raw.comments = comments;
        if (risk) {
            raw.scoring.severity = risk->severity;
        }
        const std::size_t index = builder_.add(raw);
        if (!name.empty()) {
            threat_of_name_.emplace(name, index);
        }
    }

    static std::string first_text(JsonValue object, std::string_view name) {
        std::string first;
        read_texts(object, "", name, [&](std::string_view found, const std::string&) {
            if (first.empty()) {
                first = found;
            }
        });
        return first;
    }

    std::string title_of(const std::string& name) const {
        const auto found = titles_.find(name);
        return found == titles_.end() ? std::string() : found->second;
    }

    // What the format says of a threat and this program has no field for.
    std::string comments_of(JsonValue threat, const Risk* risk) const {
        const std::string persona = text(threat, "threat_persona");
        const std::string persona_title = title_of(persona);
        std::string out;
        append_line(out, "Event", text(threat, "event"));
        append_line(out, "Threat persona", persona_title.empty() ? persona : persona_title);
        append_line(out, "Sources", joined_texts(threat, "sources"));
        append_line(out, "Attack mechanisms",
                    references(threat, "attack_mechanisms", "CAPEC-", "capec_id", "capec_title"));
        append_line(out, "Weaknesses",
                    references(threat, "weaknesses", "CWE-", "cwe_id", "cwe_title"));
        append_line(out, "Components affected", joined_texts(threat, "components_affected"));
        if (risk) {
            append_line(out, "Risk", risk->summary);
        }
        return out;
    }

    // "CWE-284 Improper Access Control, CWE-522 …"
    static std::string references(JsonValue threat, std::string_view list, std::string_view prefix,
                                  std::string_view id_name, std::string_view title_name) {
        std::string out;
        for (const JsonValue reference : array(threat, list)) {
            const std::string id = text(reference, id_name);
            const std::string title = text(reference, title_name);
            if (id.empty()) {
                continue;
            }
            out += out.empty() ? "" : ", ";
            out += prefix;
            out += id;
            out += title.empty() ? "" : " ";
            out += title;
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
        raw.key = name;
        raw.is_key_given = true;
        raw.path = path;
        raw.name = title;
        raw.description = description;
        raw.comments = comments;
        raw.status = read_status(control, path);
        read_texts(control, path, "threats",
                   [&](std::string_view threat_name, const std::string& name_path) {
                       const auto threat = threat_of_name_.find(std::string(threat_name));
                       if (threat != threat_of_name_.end()) {
                           raw.threats.push_back(threat->second);
                       } else {
                           builder_.warn(
                               name_path,
                               "The file has no threat of this name; the link is left out.");
                       }
                   });
        builder_.add(raw);
    }

    // "in_progress" is a word of older files.
    events::MitigationStatus read_status(JsonValue control, const std::string& path) {
        using events::MitigationStatus;
        if (is_same_word(text(control, "status"), "assumed")) {
            builder_.warn(step(path, "status"),
                          "The control is only assumed to be active; it is imported as proposed.");
        }
        return read_word<MitigationStatus>(builder_, control, path, "status",
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
    }

    const JsonValue root_;
    ModelBuilder builder_{"tm-bom"};
    std::unordered_map<std::string, std::string> titles_;  // of elements and personas, by name
    std::unordered_set<std::string> threat_names_;
    std::vector<Risk> risks_;
    std::unordered_map<std::string, std::size_t> risk_of_threat_;  // index of a risk, by name
    std::unordered_map<std::string, std::size_t> threat_of_name_;  // the first with the name
};

}  // namespace

ImportedModel read_tm_bom(std::string_view bytes) {
    const JsonFile file(bytes);
    return TmBomReader(file.root()).read();
}

}  // namespace threatatlas::imports
