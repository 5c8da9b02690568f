/// @file
/// AWS Threat Composer. Threats and mitigations are flat lists; `mitigationLinks` connects them,
/// and connects mitigations with assumptions. Links of assumptions and images are not read.

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
using events::ThreatStatus;

/// The tool writes "NotSet" or "NoSet" for a status that nobody has chosen. "identified" and three
/// of the statuses of mitigations are none of the tool's, but of files that were written by hand.
ThreatStatus read_status(ModelBuilder& builder, JsonValue threat, const std::string& path) {
    return read_word<ThreatStatus>(builder, threat, path, "status",
                                   {{"threatIdentified", ThreatStatus::identified},
                                    {"threatResolved", ThreatStatus::mitigated},
                                    {"threatResolvedNotUseful", ThreatStatus::not_applicable},
                                    {"identified", ThreatStatus::identified},
                                    {"NotSet", ThreatStatus::identified},
                                    {"NoSet", ThreatStatus::identified}},
                                   ThreatStatus::identified, "identified");
}

MitigationStatus read_mitigation_status(ModelBuilder& builder, JsonValue mitigation,
                                        const std::string& path) {
    return read_word<MitigationStatus>(
        builder, mitigation, path, "status",
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

/// What the list `metadata` of an object says. Its keys are free; others than these are ignored.
struct Metadata {
    std::optional<Severity> severity;
    std::string category;
    std::string comments;
};

std::optional<Severity> read_priority(ModelBuilder& builder, JsonValue entry,
                                      const std::string& path) {
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
        builder.warn_unknown(step(path, "value"), "Priority", word, "unscored");
    }
    return severity.value_or(std::nullopt);
}

void append_category(ModelBuilder& builder, std::string& out, std::string_view letter,
                     std::string path) {
    if (events::is_blank(letter)) {
        return;
    }
    const auto name = find_word<std::string_view>({{"S", "Spoofing"},
                                                   {"T", "Tampering"},
                                                   {"R", "Repudiation"},
                                                   {"I", "Information disclosure"},
                                                   {"D", "Denial of service"},
                                                   {"E", "Elevation of privilege"}},
                                                  letter);
    if (!name) {
        builder.warn_unknown(std::move(path), "STRIDE", letter, "a category of that name");
    }
    if (!out.empty()) {
        out += ", ";
    }
    out += name.value_or(letter);
}

/// The letters of STRIDE: an array, or a text with one of them.
std::string read_category(ModelBuilder& builder, JsonValue entry, const std::string& path) {
    std::string out;
    append_category(builder, out, text(entry, "value"), step(path, "value"));
    read_texts(entry, path, "value", [&](std::string_view letter, const std::string& letter_path) {
        append_category(builder, out, letter, letter_path);
    });
    return out;
}

Metadata read_metadata(ModelBuilder& builder, JsonValue object, const std::string& path) {
    Metadata out;
    read_objects(builder, object, path, "metadata",
                 [&](JsonValue entry, const std::string& entry_path) {
                     const std::string key = text(entry, "key");
                     if (key == "Priority") {
                         out.severity = read_priority(builder, entry, entry_path);
                     } else if (key == "STRIDE") {
                         out.category = read_category(builder, entry, entry_path);
                     } else if (key == "Comments") {
                         out.comments = text(entry, "value");
                     }
                 });
    append_line(out.comments, "Tags", joined_texts(object, "tags"));
    return out;
}

/// The statement that the tool makes of the parts of a threat, for files that have only the parts.
std::string composed_statement(JsonValue threat) {
    const std::string action = text(threat, "threatAction");
    if (events::is_blank(action)) {
        return {};
    }
    std::string out;
    if (const std::string source = text(threat, "threatSource"); !events::is_blank(source)) {
        out += source;
        if (const std::string given = text(threat, "prerequisites"); !events::is_blank(given)) {
            out += ' ';
            out += given;
        }
        out += " can ";
    }
    out += action;
    if (const std::string impact = text(threat, "threatImpact"); !events::is_blank(impact)) {
        out += ", which leads to ";
        out += impact;
    }
    const std::string goals = joined_texts(threat, "impactedGoal");
    const std::string assets = joined_texts(threat, "impactedAssets");
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

class Reader {
  public:
    explicit Reader(JsonValue root) : root_(root) {}

    ImportedModel read() {
        if (const auto info = member(root_, "applicationInfo")) {
            builder_.set_title(text(*info, "name"));
        }
        read_objects(
            builder_, root_, {}, "threats",
            [this](JsonValue threat, const std::string& path) { read_threat(threat, path); });
        collect_ids("assumptions", assumption_ids_);
        collect_ids("mitigations", mitigation_ids_);
        read_objects(builder_, root_, {}, "mitigationLinks",
                     [this](JsonValue link, const std::string& path) { read_link(link, path); });
        read_objects(builder_, root_, {}, "mitigations",
                     [this](JsonValue mitigation, const std::string& path) {
                         read_mitigation(mitigation, path);
                     });
        return builder_.build();
    }

  private:
    void collect_ids(std::string_view name, std::unordered_set<std::string>& ids) const {
        for (const JsonValue element : array(root_, name)) {
            ids.insert(text(element, "id"));
        }
    }

    void read_threat(JsonValue threat, const std::string& path) {
        const std::string id = text(threat, "id");
        std::string statement = text(threat, "statement");
        if (events::is_blank(statement)) {
            statement = composed_statement(threat);
        }
        const Metadata metadata = read_metadata(builder_, threat, path);
        RawThreat raw;
        raw.key = id.empty() ? short_digest(statement) : id;
        raw.path = path;
        raw.name = statement;
        raw.category = metadata.category;
        raw.comments = metadata.comments;
        raw.scoring.severity = metadata.severity;
        raw.status = read_status(builder_, threat, path);
        const std::size_t index = builder_.add(std::move(raw));
        if (!id.empty()) {
            threat_of_id_.emplace(id, index);
        }
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
        const Metadata metadata = read_metadata(builder_, mitigation, path);
        RawMitigation raw;
        raw.key = id.empty() ? short_digest(content) : id;
        raw.path = path;
        raw.description = content;
        raw.category = metadata.category;
        raw.comments = metadata.comments;
        raw.status = read_mitigation_status(builder_, mitigation, path);
        // Of two mitigations with the same id, the first has the links.
        if (auto links = threats_of_mitigation_.extract(id)) {
            raw.threats = std::move(links.mapped());
        }
        builder_.add(std::move(raw));
    }

    JsonValue root_;
    ModelBuilder builder_{std::string(name_of(Format::threat_composer))};
    std::unordered_map<std::string, std::size_t> threat_of_id_;  ///< the first with the id
    std::unordered_set<std::string> assumption_ids_;
    std::unordered_set<std::string> mitigation_ids_;
    std::unordered_map<std::string, std::vector<std::size_t>> threats_of_mitigation_;
};

}  // namespace

ImportedModel read_threat_composer(std::string_view bytes) {
    const JsonFile file(bytes);
    const JsonValue root = file.root();
    if (!has_object(root, "applicationInfo") && !has_array(root, "mitigationLinks") &&
        !(member(root, "schema") && has_array(root, "threats"))) {
        throw ImportError(ImportFault::unacceptable,
                          "The file is JSON, but not a Threat Composer model, which has "
                          "\"schema\", \"applicationInfo\", \"threats\" and \"mitigationLinks\".");
    }
    return Reader(root).read();
}

}  // namespace threatatlas::imports
