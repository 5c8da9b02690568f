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

// AWS Threat Composer. Threats and mitigations are flat lists; `mitigationLinks` connects
// mitigations with threats, and with assumptions. Assumptions, their own links and images are not
// read.

namespace threatatlas::imports {
namespace {

class ThreatComposerReader {
  public:
    explicit ThreatComposerReader(JsonValue root) : root_(root) {}

    ImportedModel read() {
        if (!has_object(root_, "applicationInfo") && !has_array(root_, "mitigationLinks") &&
            !(member(root_, "schema") && has_array(root_, "threats"))) {
            throw ImportError(ImportFault::unacceptable,
                              "The file is JSON, but not a Threat Composer model, which has "
                              "\"schema\", \"applicationInfo\", \"threats\" and "
                              "\"mitigationLinks\".");
        }
        if (const auto info = member(root_, "applicationInfo")) {
            builder_.set_title(text(*info, "name"));
        }
        read_objects(
            builder_, root_, "", "threats",
            [this](JsonValue threat, const std::string& path) { read_threat(threat, path); });
        assumption_ids_ = ids_of("assumptions");
        mitigation_ids_ = ids_of("mitigations");
        read_objects(builder_, root_, "", "mitigationLinks",
                     [this](JsonValue link, const std::string& path) { read_link(link, path); });
        read_objects(builder_, root_, "", "mitigations",
                     [this](JsonValue mitigation, const std::string& path) {
                         read_mitigation(mitigation, path);
                     });
        return builder_.build();
    }

  private:
    // What the list `metadata` of an object says. Its keys are free; others than these are ignored.
    struct Metadata {
        std::optional<events::Severity> severity;
        std::string category;
        std::string comments;
    };

    std::unordered_set<std::string> ids_of(std::string_view name) const {
        std::unordered_set<std::string> ids;
        for (const JsonValue element : array(root_, name)) {
            ids.insert(text(element, "id"));
        }
        return ids;
    }

    void read_threat(JsonValue threat, const std::string& path) {
        const std::string id = text(threat, "id");
        std::string statement = text(threat, "statement");
        if (events::is_blank(statement)) {
            statement = composed_statement(threat);
        }
        const Metadata metadata = read_metadata(threat, path);
        RawThreat raw;
        raw.key = id;
        raw.is_key_given = true;
        raw.path = path;
        raw.name = statement;
        raw.category = metadata.category;
        raw.comments = metadata.comments;
        raw.scoring.severity = metadata.severity;
        raw.status = read_status(threat, path);
        const std::size_t index = builder_.add(raw);
        if (!id.empty()) {
            threat_of_id_.emplace(id, index);
        }
    }

    // The statement that the tool makes of the parts of a threat, for files that have only the
    // parts.
    static std::string composed_statement(JsonValue threat) {
        const std::string source = text(threat, "threatSource");
        const std::string prerequisites = text(threat, "prerequisites");
        const std::string impact = text(threat, "threatImpact");
        const std::string goals = joined_texts(threat, "impactedGoal");
        const std::string assets = joined_texts(threat, "impactedAssets");
        std::string out;
        if (!events::is_blank(source)) {
            out += source;
            if (!events::is_blank(prerequisites)) {
                out += ' ';
                out += prerequisites;
            }
            out += " can ";
        }
        const std::string action = text(threat, "threatAction");
        if (events::is_blank(action)) {
            return {};
        }
        out += action;
        if (!events::is_blank(impact)) {
            out += ", which leads to ";
            out += impact;
        }
        if (!goals.empty()) {
            out += ", resulting in reduced ";
            out += goals;
        }
        if (!assets.empty()) {
            out += goals.empty() ? ", negatively impacting " : " of ";
            out += assets;
        }
        return out;
    }

    Metadata read_metadata(JsonValue object, const std::string& path) {
        Metadata out;
        read_objects(builder_, object, path, "metadata",
                     [&](JsonValue entry, const std::string& entry_path) {
                         const std::string key = text(entry, "key");
                         if (key == "Priority") {
                             out.severity = read_priority(entry, entry_path);
                         } else if (key == "STRIDE") {
                             out.category = read_category(entry, entry_path);
                         } else if (key == "Comments") {
                             out.comments = text(entry, "value");
                         }
                     });
        append_line(out.comments, "Tags", joined_texts(object, "tags"));
        return out;
    }

    std::optional<events::Severity> read_priority(JsonValue entry, const std::string& path) {
        using events::Severity;
        const std::string word = text(entry, "value");
        const auto severity = find_word<std::optional<Severity>>({{"Critical", Severity::critical},
                                                                  {"High", Severity::high},
                                                                  {"Medium", Severity::medium},
                                                                  {"Low", Severity::low},
                                                                  {"NotSet", std::nullopt},
                                                                  {"NoSet", std::nullopt},
                                                                  {"", std::nullopt}},
                                                                 word);
        if (!severity) {
            builder_.warn_unknown(step(path, "value"), "Priority", word, "unscored");
        }
        return severity.value_or(std::nullopt);
    }

    // The letters of STRIDE: an array, or a text with one of them.
    std::string read_category(JsonValue entry, const std::string& path) {
        std::string out;
        const auto append = [&](std::string_view letter, const std::string& letter_path) {
            const auto name = find_word<std::string_view>({{"S", "Spoofing"},
                                                           {"T", "Tampering"},
                                                           {"R", "Repudiation"},
                                                           {"I", "Information disclosure"},
                                                           {"D", "Denial of service"},
                                                           {"E", "Elevation of privilege"}},
                                                          letter);
            if (!name) {
                builder_.warn_unknown(letter_path, "STRIDE", letter, "the name of a category");
            }
            out += out.empty() ? "" : ", ";
            out += name.value_or(letter);
        };
        if (const std::string letter = text(entry, "value"); !events::is_blank(letter)) {
            append(letter, step(path, "value"));
        }
        read_texts(entry, path, "value", append);
        return out;
    }

    // The tool writes "NotSet" or "NoSet" for a status that nobody has chosen. "identified" is a
    // word of files that were written by hand.
    events::ThreatStatus read_status(JsonValue threat, const std::string& path) {
        using events::ThreatStatus;
        return read_word<ThreatStatus>(builder_, threat, path, "status",
                                       {{"threatIdentified", ThreatStatus::identified},
                                        {"threatResolved", ThreatStatus::mitigated},
                                        {"threatResolvedNotUseful", ThreatStatus::not_applicable},
                                        {"identified", ThreatStatus::identified},
                                        {"NotSet", ThreatStatus::identified},
                                        {"NoSet", ThreatStatus::identified}},
                                       ThreatStatus::identified, "identified");
    }

    void read_link(JsonValue link, const std::string& path) {
        const std::string mitigation = text(link, "mitigationId");
        const std::string linked = text(link, "linkedId");
        const auto threat = threat_of_id_.find(linked);
        if (!mitigation_ids_.contains(mitigation)) {
            builder_.warn(step(path, "mitigationId"),
                          "The file has no mitigation with this id; the link is left out.");
        } else if (threat != threat_of_id_.end()) {
            threats_of_mitigation_[mitigation].push_back(threat->second);
        } else if (!assumption_ids_.contains(linked)) {
            builder_.warn(step(path, "linkedId"),
                          "The file has no threat with this id; the link is left out.");
        }
    }

    void read_mitigation(JsonValue mitigation, const std::string& path) {
        const std::string id = text(mitigation, "id");
        const std::string content = text(mitigation, "content");
        const Metadata metadata = read_metadata(mitigation, path);
        RawMitigation raw;
        raw.key = id;
        raw.is_key_given = true;
        raw.path = path;
        raw.description = content;
        raw.category = metadata.category;
        raw.comments = metadata.comments;
        raw.status = read_mitigation_status(mitigation, path);
        // Of two mitigations with the same id, the first has the links.
        if (auto links = threats_of_mitigation_.extract(id)) {
            raw.threats = std::move(links.mapped());
        }
        builder_.add(raw);
    }

    // "mitigationProposed", "mitigationImplemented" and "inProgress" are words of files that were
    // written by hand.
    events::MitigationStatus read_mitigation_status(JsonValue mitigation, const std::string& path) {
        using events::MitigationStatus;
        return read_word<MitigationStatus>(
            builder_, mitigation, path, "status",
            {{"mitigationIdentified", MitigationStatus::proposed},
             {"mitigationInProgress", MitigationStatus::proposed},
             {"mitigationResolved", MitigationStatus::implemented},
             {"mitigationResolvedWillNotAction", MitigationStatus::retired},
             {"mitigationProposed", MitigationStatus::proposed},
             {"mitigationImplemented", MitigationStatus::implemented},
             {"inProgress", MitigationStatus::proposed},
             {"NotSet", MitigationStatus::proposed},
             {"NoSet", MitigationStatus::proposed}},
            MitigationStatus::proposed, "proposed");
    }

    const JsonValue root_;
    ModelBuilder builder_{"threat-composer"};
    std::unordered_map<std::string, std::size_t> threat_of_id_;  // the first with the id
    std::unordered_set<std::string> assumption_ids_;
    std::unordered_set<std::string> mitigation_ids_;
    std::unordered_map<std::string, std::vector<std::size_t>> threats_of_mitigation_;
};

}  // namespace

ImportedModel read_threat_composer(std::string_view bytes) {
    const JsonFile file(bytes);
    return ThreatComposerReader(file.root()).read();
}

}  // namespace threatatlas::imports
