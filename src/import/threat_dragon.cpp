/// @file
/// OWASP Threat Dragon. A model has diagrams, a diagram has cells (the elements of a drawing), a
/// cell has threats. Version 1 keeps cells in `diagramJson.cells` and threats in `threats` of the
/// cell, version 2 in `cells` and in `data.threats`. Each diagram and cell is judged by itself:
/// files that were edited with both versions, or written by programs, mix them.

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "events/text.hpp"
#include "import/formats.hpp"
#include "import/import_error.hpp"
#include "import/json_file.hpp"
#include "import/json_reading.hpp"
#include "import/model_builder.hpp"

namespace threatatlas::imports {

namespace {

using events::Severity;
using events::ThreatStatus;

/// What all threats of a diagram or of a cell have in common.
struct Diagram {
    std::string id;
    std::string title;
};

struct Cell {
    std::string id;
    std::string name;
    std::string comments;
};

/// An object of the file and its path.
struct Place {
    JsonValue object;
    std::string path;
};

/// The object in the member `inner` if it has a list `name` with anything in it, `place` otherwise.
Place inner_if_listed(const Place& place, std::string_view inner, std::string_view name) {
    const auto object = member(place.object, inner);
    if (object && array(*object, name).size() > 0) {
        return {*object, step(place.path, inner)};
    }
    return place;
}

/// The text of a node or a label in the drawing: `attrs.text.text`, or `attrs.label.text` for
/// labels of version 2.
std::string drawn_text(JsonValue shape) {
    const auto attrs = member(shape, "attrs");
    if (!attrs) {
        return {};
    }
    for (const std::string_view part : {"text", "label"}) {
        if (const auto drawn = member(*attrs, part)) {
            if (std::string found = text(*drawn, "text"); !events::is_blank(found)) {
                return found;
            }
        }
    }
    return {};
}

std::string name_of_cell(JsonValue cell) {
    if (const auto data = member(cell, "data")) {
        if (std::string name = text(*data, "name"); !events::is_blank(name)) {
            return name;
        }
    }
    if (std::string name = text(cell, "name"); !events::is_blank(name)) {
        return name;
    }
    if (std::string drawn = drawn_text(cell); !drawn.empty()) {
        return drawn;
    }
    for (const JsonValue label : array(cell, "labels")) {
        if (std::string drawn = drawn_text(label); !drawn.empty()) {
            return drawn;
        }
    }
    return {};
}

/// The member of a cell: in `data` for version 2, in the cell itself for version 1.
std::string property(JsonValue cell, std::string_view name) {
    if (const auto data = member(cell, "data")) {
        if (std::string value = text(*data, name); !value.empty()) {
            return value;
        }
    }
    return text(cell, name);
}

ThreatStatus read_status(ModelBuilder& builder, JsonValue threat, const std::string& path) {
    return read_word<ThreatStatus>(builder, threat, path, "status",
                                   {{"Open", ThreatStatus::identified},
                                    {"Mitigated", ThreatStatus::mitigated},
                                    {"NotApplicable", ThreatStatus::not_applicable},
                                    {"N/A", ThreatStatus::not_applicable},
                                    {"Accepted", ThreatStatus::accepted}},
                                   ThreatStatus::identified, "identified");
}

std::optional<Severity> read_severity(ModelBuilder& builder, JsonValue threat,
                                      const std::string& path) {
    return read_word<std::optional<Severity>>(builder, threat, path, "severity",
                                              {{"Critical", Severity::critical},
                                               {"High", Severity::high},
                                               {"Medium", Severity::medium},
                                               {"Low", Severity::low},
                                               {"TBD", std::nullopt},
                                               {"TBA", std::nullopt}},
                                              std::nullopt, "unscored");
}

/// Ids of threats repeat: copying an element or a diagram copies those of its threats. Together
/// with the ids of the cell and the diagram they are unique. The title of a diagram is no part of
/// the key, as renaming a diagram does not make its threats new.
std::string key_of(const Diagram& diagram, const Cell& cell, JsonValue threat,
                   const std::string& title, const std::string& type) {
    std::string id = text(threat, "id");
    if (id.empty()) {
        id = text(threat, "threatId");
    }
    if (id.empty()) {
        id = short_digest(title, type);
    }
    return diagram.id + '/' + cell.id + '/' + id;
}

void read_threat(ModelBuilder& builder, const Diagram& diagram, const Cell& cell, JsonValue threat,
                 const std::string& path) {
    const std::string title = text(threat, "title");
    const std::string type = text(threat, "type");
    const std::string description = text(threat, "description");
    const std::string mitigation = text(threat, "mitigation");
    const std::string key = key_of(diagram, cell, threat, title, type);
    std::string comments = cell.comments;
    append_line(comments, "Score", text(threat, "score"));

    RawThreat raw;
    raw.key = key;
    raw.path = path;
    raw.name = title;
    raw.description = description;
    raw.category = type;
    raw.diagram = diagram.title;
    raw.element_id = cell.id;
    raw.element_name = cell.name;
    raw.comments = comments;
    raw.scoring.severity = read_severity(builder, threat, path);
    raw.status = read_status(builder, threat, path);
    const std::size_t index = builder.add(std::move(raw));

    if (events::is_blank(mitigation) || ModelBuilder::is_filler(mitigation)) {
        return;
    }
    // The text says nothing of the state of the mitigation, not even if the threat is mitigated.
    RawMitigation raw_mitigation;
    raw_mitigation.key = key;
    raw_mitigation.path = step(path, "mitigation");
    raw_mitigation.description = mitigation;
    raw_mitigation.threats = {index};
    raw_mitigation.diagram = diagram.title;
    raw_mitigation.element_id = cell.id;
    builder.add(std::move(raw_mitigation));
}

void read_cell(ModelBuilder& builder, const Diagram& diagram, JsonValue element,
               const std::string& path) {
    const Place place = inner_if_listed({element, path}, "data", "threats");
    if (array(place.object, "threats").size() == 0) {
        return;
    }
    Cell cell{.id = shared_id(text(element, "id")),
              .name = shared_text(name_of_cell(element)),
              .comments = {}};
    if (property(element, "outOfScope") == "true") {
        cell.comments = "The element is out of scope.";
        append_line(cell.comments, "Reason", shared_text(property(element, "reasonOutOfScope")));
        builder.warn(path,
                     "The element is out of scope in Threat Dragon; its threats are imported with "
                     "the statuses that they have.");
    }
    read_objects(builder, place.object, place.path, "threats",
                 [&](JsonValue threat, const std::string& threat_path) {
                     read_threat(builder, diagram, cell, threat, threat_path);
                 });
}

void read_diagram(ModelBuilder& builder, JsonValue element, const std::string& path) {
    const Diagram diagram{.id = shared_id(text(element, "id")),
                          .title = shared_text(text(element, "title"))};
    const Place place = inner_if_listed({element, path}, "diagramJson", "cells");
    read_objects(builder, place.object, place.path, "cells",
                 [&](JsonValue cell, const std::string& cell_path) {
                     read_cell(builder, diagram, cell, cell_path);
                 });
}

}  // namespace

ImportedModel read_threat_dragon(std::string_view bytes) {
    const JsonFile file(bytes);
    const JsonValue root = file.root();
    const auto detail = member(root, "detail");
    if (!has_object(root, "detail") ||
        !(has_object(root, "summary") || has_array(*detail, "diagrams"))) {
        throw ImportError(ImportFault::unacceptable,
                          "The file is JSON, but not a Threat Dragon model, which has the objects "
                          "\"summary\" and \"detail\", and its diagrams in \"detail\".");
    }

    ModelBuilder builder(std::string(name_of(Format::threat_dragon)));
    if (const auto summary = member(root, "summary")) {
        builder.set_title(text(*summary, "title"));
    }
    read_objects(
        builder, *detail, "/detail", "diagrams",
        [&](JsonValue diagram, const std::string& path) { read_diagram(builder, diagram, path); });
    return builder.build();
}

}  // namespace threatatlas::imports
