// This program's own model.json (docs/REPORTS.md): nothing of the model is lost.

#include <cstdint>
#include <optional>
#include <unordered_map>

#include <fmt/format.h>

#include "import/formats.hpp"
#include "import/import_error.hpp"
#include "import/json_file.hpp"
#include "import/model_builder.hpp"
#include "import/own_words.hpp"

namespace threatatlas::imports {
namespace {

class ModelJsonReader {
  public:
    ImportedModel read(JsonValue root) {
        if (const auto product = member(root, "product")) {
            builder_.set_title(text(*product, "name"));
        }
        for (const std::string_view list :
             {"threats", "accepted_threats", "not_applicable_threats"}) {
            std::size_t index = 0;
            for (const JsonValue threat : array(root, list)) {
                add_threat(threat, step(step("", list), index++));
            }
        }
        std::size_t index = 0;
        for (const JsonValue mitigation : array(root, "mitigations")) {
            add_mitigation(mitigation, step("/mitigations", index++));
        }
        ImportedModel model = builder_.build();
        model.keeps_external_ids = true;
        return model;
    }

  private:
    // What a client chose as the key of an object; otherwise the object's number.
    static std::string key_of(JsonValue object, std::string_view kind,
                              const std::string& external_id) {
        return external_id.empty() ? fmt::format("{} {}", kind, text(object, "id")) : external_id;
    }

    // nullopt if the value is no id.
    static std::optional<std::uint64_t> number_of(JsonValue id) {
        std::uint64_t number = 0;
        return id.get_uint64().get(number) == simdjson::SUCCESS ? std::optional(number)
                                                                : std::nullopt;
    }

    void add_threat(JsonValue threat, const std::string& path) {
        const ValuesAt at{builder_, path};
        const std::string name = text(threat, "name");
        const std::string description = text(threat, "description");
        const std::string category = text(threat, "category");
        const std::string diagram = text(threat, "diagram");
        const std::string element_id = text(threat, "element_id");
        const std::string element_name = text(threat, "element_name");
        const std::string comments = text(threat, "comments");
        const std::string external_id = text(threat, "external_id");
        const std::size_t index = builder_.add(
            RawThreat{.key = key_of(threat, "threat", external_id),
                      .path = path,
                      .name = name,
                      .description = description,
                      .category = category,
                      .diagram = diagram,
                      .element_id = element_id,
                      .element_name = element_name,
                      .comments = comments,
                      .external_id = external_id,
                      .scoring = read_scoring(at, text(threat, "severity"),
                                              text(threat, "likelihood"), text(threat, "impact")),
                      .status = read_threat_status(at, text(threat, "status")),
                      .is_key_given = true});
        const auto id = member(threat, "id");
        if (const auto number = id ? number_of(*id) : std::nullopt) {
            threats_.try_emplace(*number, index);
        }
    }

    void add_mitigation(JsonValue mitigation, const std::string& path) {
        const std::string name = text(mitigation, "name");
        const std::string description = text(mitigation, "description");
        const std::string category = text(mitigation, "category");
        const std::string comments = text(mitigation, "comments");
        const std::string external_id = text(mitigation, "external_id");
        const std::string diagram = text(mitigation, "diagram");
        std::string element_id = text(mitigation, "element_id");
        std::vector<std::size_t> threats;
        std::size_t unknown = 0;
        for (const JsonValue id : array(mitigation, "threat_ids")) {
            const auto known = number_of(id);
            const auto threat = known ? threats_.find(*known) : threats_.end();
            if (threat != threats_.end()) {
                threats.push_back(threat->second);
            } else {
                ++unknown;
            }
        }
        if (unknown > 0) {
            // A lost link must not widen what the mitigation covers to its element.
            const bool loses_element = threats.empty() && !element_id.empty();
            builder_.warn(
                step(path, "threat_ids"),
                fmt::format("{} of the threats that the mitigation covers {} not in the "
                            "file.{}",
                            unknown, unknown == 1 ? "is" : "are",
                            loses_element ? " Its element is left out, so that it does not cover "
                                            "all threats there."
                                          : ""));
            if (loses_element) {
                element_id.clear();
            }
        }
        builder_.add(RawMitigation{
            .key = key_of(mitigation, "mitigation", external_id),
            .path = path,
            .name = name,
            .description = description,
            .category = category,
            .comments = comments,
            .external_id = external_id,
            .status = read_mitigation_status({builder_, path}, text(mitigation, "status")),
            .threats = std::move(threats),
            .diagram = diagram,
            .element_id = element_id,
            .is_key_given = true});
    }

    ModelBuilder builder_{std::string(name_of(Format::model_json)), CleanTexts::if_needed};
    std::unordered_map<std::uint64_t, std::size_t> threats_;  ///< index of each id
};

}  // namespace

ImportedModel read_model_json(std::string_view bytes) {
    const JsonFile file(bytes);
    if (!member(file.root(), "report_format") || !member(file.root(), "threats")) {
        throw ImportError(ImportFault::unacceptable,
                          "The file is no model.json of this program: it lacks the members "
                          "report_format and threats.");
    }
    return ModelJsonReader().read(file.root());
}

}  // namespace threatatlas::imports
