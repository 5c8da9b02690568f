#include <optional>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "base/digest.hpp"
#include "events/text.hpp"
#include "import/formats.hpp"
#include "import/import_error.hpp"
#include "import/json_file.hpp"
#include "import/json_reading.hpp"
#include "import/model_builder.hpp"

// OWASP Threat Dragon. A model has diagrams, a diagram has cells (the elements of a drawing), a
// cell has threats. Version 1 keeps cells in `diagramJson.cells` and threats in `threats` of the
// cell, version 2 in `cells` and in `data.threats`. Each diagram and each cell is judged by itself:
// files that were edited with both versions, or written by programs, mix them. `hasOpenThreats` is
// often stale, and not read.

namespace threatatlas::imports {
namespace {

// Threat Dragon puts it in when a threat is added.
constexpr std::string_view description_placeholder = "Provide a description for this threat";

class ThreatDragonReader {
  public:
    ImportedModel read(JsonValue root) {
        const auto detail = member(root, "detail");
        if (!has_object(root, "detail") ||
            !(has_object(root, "summary") || has_array(*detail, "diagrams"))) {
            throw ImportError(ImportFault::unacceptable,
                              "The file is JSON, but not a Threat Dragon model, which has the "
                              "objects \"summary\" "
                              "and \"detail\", and its diagrams in \"detail\".");
        }
        if (const auto summary = member(root, "summary")) {
            builder_.set_title(text(*summary, "title"));
        }
        read_objects(
            builder_, *detail, "/detail", "diagrams",
            [this](JsonValue diagram, const std::string& path) { read_diagram(diagram, path); });
        return builder_.build();
    }

  private:
    // What all threats of a diagram, and all of a cell, have in common.
    struct Diagram {
        std::string id;
        std::string title;
    };
    struct Cell {
        std::string id;
        std::string name;
        std::string comments;
    };

    void read_diagram(JsonValue element, const std::string& path) {
        const Diagram diagram{.id = shared_id(text(element, "id")),
                              .title = shared_text(text(element, "title"))};
        const auto read = [&](JsonValue cell, const std::string& cell_path) {
            read_cell(diagram, cell, cell_path);
        };
        const auto inner = member(element, "diagramJson");
        if (inner && array(element, "cells").size() == 0) {
            read_objects(builder_, *inner, step(path, "diagramJson"), "cells", read);
        } else {
            read_objects(builder_, element, path, "cells", read);
        }
    }

    void read_cell(const Diagram& diagram, JsonValue element, const std::string& path) {
        const auto data = member(element, "data");
        const bool is_in_data = data && array(*data, "threats").size() > 0;
        if (!is_in_data && array(element, "threats").size() == 0) {
            return;
        }
        Cell cell{.id = shared_id(text(element, "id")),
                  .name = shared_text(name_of_cell(element)),
                  .comments = {}};
        if (property(element, "outOfScope") == "true") {
            cell.comments = "The element is out of scope.";
            append_line(cell.comments, "Reason",
                        shared_text(property(element, "reasonOutOfScope")));
            builder_.warn(path,
                          "The element is out of scope in Threat Dragon; its threats are imported "
                          "with the statuses that they have.");
        }
        const auto read = [&](JsonValue threat, const std::string& threat_path) {
            read_threat(diagram, cell, threat, threat_path);
        };
        if (is_in_data) {
            read_objects(builder_, *data, step(path, "data"), "threats", read);
        } else {
            read_objects(builder_, element, path, "threats", read);
        }
    }

    // A member of a cell, in `data` or in the cell itself.
    static std::string property(JsonValue cell, std::string_view name) {
        if (const auto data = member(cell, "data")) {
            if (std::string value = text(*data, name); !events::is_blank(value)) {
                return value;
            }
        }
        return text(cell, name);
    }

    // Version 1 has the name in the drawing only: on the shape or, for a flow, on its label.
    static std::string name_of_cell(JsonValue cell) {
        std::string name = property(cell, "name");
        if (events::is_blank(name)) {
            name = drawn_text(cell);
        }
        for (const JsonValue label : array(cell, "labels")) {
            if (!events::is_blank(name)) {
                break;
            }
            name = drawn_text(label);
        }
        return name;
    }

    // `attrs.text.text`, or `attrs.label.text` as version 2 has it.
    static std::string drawn_text(JsonValue shape) {
        const auto attributes = member(shape, "attrs");
        if (!attributes) {
            return {};
        }
        std::string drawn;
        for (const std::string_view part : {"text", "label"}) {
            const auto found = member(*attributes, part);
            if (found && events::is_blank(drawn)) {
                drawn = text(*found, "text");
            }
        }
        return drawn;
    }

    void read_threat(const Diagram& diagram, const Cell& cell, JsonValue threat,
                     const std::string& path) {
        const std::string title = text(threat, "title");
        const std::string type = text(threat, "type");
        std::string description = text(threat, "description");
        if (is_same_word(description, description_placeholder)) {
            description.clear();
        }
        std::string comments = cell.comments;
        append_line(comments, "Status in Threat Dragon", finer_status(threat));
        append_line(comments, "Score", text(threat, "score"));

        RawThreat raw;
        raw.key = diagram.id + '/' + cell.id + '/' + key_within_cell(threat, title, type);
        raw.path = path;
        raw.name = title;
        raw.description = description;
        raw.category = type;
        raw.diagram = diagram.title;
        raw.element_id = cell.id;
        raw.element_name = cell.name;
        raw.comments = comments;
        raw.scoring.severity = read_severity(threat, path);
        raw.status = read_status(threat, path);
        if (const std::string finer = finer_status(threat); !finer.empty()) {
            builder_.warn(
                step(path, "status"),
                fmt::format("status is \"{}\", which ThreatAtlas does not have; taken as {}.",
                            finer, events::name_of(raw.status)));
        }
        const std::size_t index = builder_.add(raw);
        read_mitigation(raw, index, text(threat, "mitigation"));
    }

    // The ids of threats repeat: copying an element or a diagram copies those of its threats. With
    // the ids of the diagram and the cell they are unique. Titles of diagrams are not part of a
    // key, so that renaming a diagram does not make its threats new.
    static std::string key_within_cell(JsonValue threat, std::string_view title,
                                       std::string_view type) {
        for (const std::string_view name : {"id", "threatId"}) {
            if (std::string id = text(threat, name); !events::is_blank(id)) {
                return id;
            }
        }
        using namespace std::string_view_literals;
        constexpr std::size_t digits = 16;
        return base::hex_of(base::sha256({title, "\0"sv, type})).substr(0, digits);
    }

    // Transferred: another party bears the risk. Avoided: what the threat is about is not done.
    // Eliminated: its source is removed. This program has no such statuses, so each is a warning,
    // and the word goes into the comments.
    events::ThreatStatus read_status(JsonValue threat, const std::string& path) {
        using events::ThreatStatus;
        return read_word<ThreatStatus>(builder_, threat, path, "status",
                                       {{"Open", ThreatStatus::identified},
                                        {"Mitigated", ThreatStatus::mitigated},
                                        {"NotApplicable", ThreatStatus::not_applicable},
                                        {"NA", ThreatStatus::not_applicable},
                                        {"N/A", ThreatStatus::not_applicable},
                                        {"Accepted", ThreatStatus::accepted},
                                        {"Transferred", ThreatStatus::accepted},
                                        {"Avoided", ThreatStatus::not_applicable},
                                        {"Eliminated", ThreatStatus::mitigated}},
                                       ThreatStatus::identified, "identified");
    }

    // The status if the word says more than ours; empty otherwise.
    static std::string finer_status(JsonValue threat) {
        std::string word = text(threat, "status");
        for (const std::string_view finer : {"Transferred", "Avoided", "Eliminated"}) {
            if (is_same_word(word, finer)) {
                return word;
            }
        }
        return {};
    }

    std::optional<events::Severity> read_severity(JsonValue threat, const std::string& path) {
        using events::Severity;
        return read_word<std::optional<Severity>>(builder_, threat, path, "severity",
                                                  {{"Critical", Severity::critical},
                                                   {"High", Severity::high},
                                                   {"Medium", Severity::medium},
                                                   {"Low", Severity::low},
                                                   {"TBD", std::nullopt},
                                                   {"TBA", std::nullopt}},
                                                  std::nullopt, "unscored");
    }

    // The text says nothing of the state of the mitigation, not even if the threat is mitigated.
    void read_mitigation(const RawThreat& threat, std::size_t index,
                         const std::string& mitigation) {
        if (events::is_blank(mitigation) || ModelBuilder::is_filler(mitigation)) {
            return;
        }
        RawMitigation raw;
        raw.key = threat.key;
        raw.path = step(threat.path, "mitigation");
        raw.description = mitigation;
        raw.threats = {index};
        raw.diagram = threat.diagram;
        raw.element_id = threat.element_id;
        builder_.add(raw);
    }

    ModelBuilder builder_{"threat-dragon"};
};

}  // namespace

ImportedModel read_threat_dragon(std::string_view bytes) {
    const JsonFile file(bytes);
    return ThreatDragonReader().read(file.root());
}

}  // namespace threatatlas::imports
