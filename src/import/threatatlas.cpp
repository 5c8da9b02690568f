// OWASP ThreatAtlas: the canvas export of a diagram, its API's lists of the threats and mitigations
// of a diagram, and its CSV of two tables.

#include <algorithm>
#include <array>
#include <unordered_map>

#include <fmt/format.h>

#include "import/csv_reader.hpp"
#include "import/formats.hpp"
#include "import/import_error.hpp"
#include "import/json_file.hpp"
#include "import/json_reading.hpp"
#include "import/own_words.hpp"
#include "import/text_file.hpp"

namespace threatatlas::imports {
namespace {

// The canvas export holds at most so many threats and mitigations, and does not say so.
constexpr std::size_t canvas_list_max = 100;

std::string peer_format() {
    return std::string(name_of(Format::threatatlas));
}

// The JSON files. An entry is an object with its own id and status, and holds the texts in an inner
// object: "threat" or "mitigation".
class PeerJsonReader {
  public:
    // {"name", "nodes", "edges", "threats", "mitigations"}
    ImportedModel read_canvas(JsonValue root) {
        diagram_name_ = shared_text(text(root, "name"));
        builder_.set_title(diagram_name_);
        note_labels(root);
        read_members(root);
        for (const std::string_view list : {"threats", "mitigations"}) {
            if (array(root, list).size() == canvas_list_max) {
                builder_.warn(
                    step("", list),
                    fmt::format("There are exactly {} {}: ThreatAtlas cuts its canvas export "
                                "there. The lists of the diagram in its API have all of them.",
                                canvas_list_max, list));
            }
        }
        return finish();
    }

    // {"threats", "mitigations"}: both lists of the API in one file
    ImportedModel read_both_lists(JsonValue root) {
        read_members(root);
        return finish();
    }

    // One list of the API, or an array of such lists.
    ImportedModel read_lists(JsonValue root) {
        std::size_t index = 0;
        for (const JsonValue value : array(root)) {
            const std::string path = step("", index++);
            if (value.is_array()) {
                read_list(value, path);
            } else {
                read_entry(value, path);
            }
        }
        return finish();
    }

  private:
    void read_members(JsonValue root) {
        for (const std::string_view list : {"threats", "mitigations"}) {
            if (const auto entries = member(root, list)) {
                read_list(*entries, step("", list));
            }
        }
    }

    void read_list(JsonValue list, const std::string& path) {
        std::size_t index = 0;
        for (const JsonValue entry : array(list)) {
            read_entry(entry, step(path, index++));
        }
    }

    void read_entry(JsonValue entry, std::string path) {
        if (const auto mitigation = member(entry, "mitigation")) {
            // Added at the end, when all threats are known.
            mitigations_.push_back({entry, *mitigation, std::move(path)});
        } else if (const auto threat = member(entry, "threat")) {
            add_threat(entry, *threat, path);
        } else {
            builder_.warn(path, "This is neither a threat nor a mitigation of ThreatAtlas.");
        }
    }

    // The labels of nodes and edges, which are the names of elements.
    void note_labels(JsonValue root) {
        for (const JsonValue node : array(root, "nodes")) {
            if (const auto data = member(node, "data")) {
                labels_.try_emplace(text(node, "id"), shared_text(text(*data, "label")));
            }
        }
        for (const JsonValue edge : array(root, "edges")) {
            labels_.try_emplace(text(edge, "id"), shared_text(text(edge, "label")));
        }
    }

    // Two diagrams of a product may have the same name, and elements are numbered anew in each.
    std::string diagram_of(JsonValue entry) const {
        const std::string id = text(entry, "diagram_id");
        if (diagram_name_.empty()) {
            return id.empty() ? std::string() : fmt::format("diagram {}", id);
        }
        return id.empty() ? diagram_name_ : fmt::format("{} ({})", diagram_name_, id);
    }

    static std::string comments_of(JsonValue threat) {
        std::string comments = text(threat, "comments");
        std::string acceptance;
        std::string approver = text(threat, "acceptance_approver_name");
        if (approver.empty()) {
            approver = text(threat, "acceptance_approver_id");
        }
        append_line(acceptance, "Accepted because", text(threat, "acceptance_justification"));
        append_line(acceptance, "Accepted by", approver);
        append_line(acceptance, "Accepted at", text(threat, "accepted_at"));
        append_line(acceptance, "Review of the acceptance due",
                    text(threat, "acceptance_review_date"));
        append_line(acceptance, "Review of the acceptance",
                    text(threat, "acceptance_review_status"));
        append_line(acceptance, "Note of the review", text(threat, "acceptance_review_note"));
        append_line(acceptance, "Reviewed at", text(threat, "acceptance_reviewed_at"));
        if (!comments.empty() && !acceptance.empty()) {
            comments += "\n\n";
        }
        return comments + acceptance;
    }

    void add_threat(JsonValue entry, JsonValue texts, const std::string& path) {
        const ValuesAt at{builder_, path};
        const std::string id = text(entry, "id");
        const std::string name = text(texts, "name");
        const std::string description = text(texts, "description");
        const std::string category = text(texts, "category");
        const std::string diagram = diagram_of(entry);
        const std::string element_id = text(entry, "element_id");
        const auto label = labels_.find(element_id);
        const std::string comments = comments_of(entry);
        const std::size_t index = builder_.add(
            RawThreat{.key = id,
                      .path = path,
                      .name = name,
                      .description = description,
                      .category = category,
                      .diagram = diagram,
                      .element_id = element_id,
                      .element_name = label != labels_.end() ? std::string_view(label->second)
                                                             : std::string_view(),
                      .comments = comments,
                      .scoring = read_scoring(at, text(entry, "severity"),
                                              text(entry, "likelihood"), text(entry, "impact")),
                      .status = read_threat_status(at, text(entry, "status"))});
        threats_.try_emplace(id, index);
    }

    void add_mitigation(JsonValue entry, JsonValue texts, const std::string& path) {
        const std::string name = text(texts, "name");
        const std::string description = text(texts, "description");
        const std::string category = text(texts, "category");
        const std::string comments = text(entry, "comments");
        const std::string diagram = diagram_of(entry);
        std::string element_id = text(entry, "element_id");
        std::vector<std::size_t> threats;
        if (const std::string threat = text(entry, "threat_id"); !threat.empty()) {
            if (const auto found = threats_.find(threat); found != threats_.end()) {
                threats.push_back(found->second);
            } else {
                // A lost link must not widen what the mitigation covers to its element.
                element_id.clear();
                ++lost_links_;
                builder_.warn(path,
                              fmt::format("The mitigation covers threat {}, which is not in the "
                                          "file; it covers nothing.",
                                          shown(threat)));
            }
        }
        builder_.add(
            RawMitigation{.key = text(entry, "id"),
                          .path = path,
                          .name = name,
                          .description = description,
                          .category = category,
                          .comments = comments,
                          .status = read_mitigation_status({builder_, path}, text(entry, "status")),
                          .threats = std::move(threats),
                          .diagram = diagram,
                          .element_id = element_id});
    }

    ImportedModel finish() {
        for (const Mitigation& mitigation : mitigations_) {
            add_mitigation(mitigation.entry, mitigation.texts, mitigation.path);
        }
        if (lost_links_ > 0 && threats_.empty()) {
            builder_.warn(
                "",
                "The file is the list of mitigations alone. Send it together with the list of "
                "threats, as {\"threats\": […], \"mitigations\": […]}, or send the canvas "
                "export of the diagram.");
        }
        return builder_.build();
    }

    struct Mitigation {
        JsonValue entry;
        JsonValue texts;
        std::string path;
    };

    ModelBuilder builder_{peer_format()};
    std::string diagram_name_;
    std::unordered_map<std::string, std::string> labels_;   ///< of each element
    std::unordered_map<std::string, std::size_t> threats_;  ///< index of each id
    std::vector<Mitigation> mitigations_;
    std::size_t lost_links_ = 0;
};

enum class PeerTable : std::uint8_t { none, threats, mitigations };

enum class PeerColumn : std::uint8_t {
    diagram,
    element,
    threat,
    mitigation,
    category,
    status,
    severity,
    description,
    mitigations
};
constexpr std::array<std::string_view, 9> peer_columns{
    "Diagram",  "Data Flow / Element", "Threat",     "Mitigation", "Category", "Status",
    "Severity", "Description",         "Mitigations"};

// The CSV. It has no ids: an element is known by its name, a threat by diagram, element and name.
// Links are texts: "Use TLS (implemented); Rate limits (proposed)".
class PeerCsvReader {
  public:
    ImportedModel read(std::string_view text) {
        CsvReader rows(text);
        CsvRow row;
        auto table = PeerTable::none;
        while (rows.next(row)) {
            if (const auto begun = table_begun_by(row); begun != PeerTable::none) {
                table = begun;
                has_header_ = false;
            } else if (table == PeerTable::none) {
                throw ImportError(
                    ImportFault::unacceptable,
                    "The CSV is not that of ThreatAtlas, which begins with \"# Threats\".");
            } else if (!has_header_) {
                read_header(row);
            } else if (row.cells.size() == 1 && row.cell(0).starts_with("(no ")) {
                continue;
            } else if (table == PeerTable::threats) {
                add_threat(row);
            } else {
                note_mitigation(row);
            }
        }
        link();
        for (const Mitigation& mitigation : mitigations_) {
            add_mitigation(mitigation);
        }
        return builder_.build();
    }

    static PeerTable table_begun_by(const CsvRow& row) {
        for (std::size_t i = 1; i < row.cells.size(); ++i) {
            if (!row.cells[i].empty()) {
                return PeerTable::none;
            }
        }
        return row.cell(0) == "# Threats"       ? PeerTable::threats
               : row.cell(0) == "# Mitigations" ? PeerTable::mitigations
                                                : PeerTable::none;
    }

  private:
    struct Mitigation {
        std::string path;
        std::string name;
        std::string description;
        std::string category;
        std::string diagram;
        std::string element;
        std::string status;
        std::vector<std::size_t> threats;
    };
    // A threat and its cell of mitigations.
    struct Links {
        std::string path;
        std::string place;
        std::string named;
        std::size_t threat;
    };

    void read_header(const CsvRow& header) {
        places_of_columns_.fill(std::nullopt);
        for (std::size_t column = 0; column < peer_columns.size(); ++column) {
            const auto found = std::find_if(header.cells.begin(), header.cells.end(),
                                            [&](const std::string& cell) {
                                                return is_same_word(cell, peer_columns.at(column));
                                            });
            if (found != header.cells.end()) {
                places_of_columns_.at(column) =
                    static_cast<std::size_t>(found - header.cells.begin());
            }
        }
        has_header_ = true;
    }

    std::string_view cell(const CsvRow& row, PeerColumn column) const {
        const auto place = places_of_columns_.at(static_cast<std::size_t>(column));
        return place ? row.cell(*place) : std::string_view();
    }

    // A diagram and an element, divided by a character that cleaned texts never hold. Short, as
    // many keys contain it.
    static std::string place_of(std::string_view diagram, std::string_view element) {
        return shared_id(fmt::format("{}\x1F{}", diagram, element));
    }

    void add_threat(const CsvRow& row) {
        const std::string path = fmt::format("line {}", row.line);
        const ValuesAt at{builder_, path};
        const std::string_view diagram = cell(row, PeerColumn::diagram);
        const std::string_view element = cell(row, PeerColumn::element);
        const std::string_view name = cell(row, PeerColumn::threat);
        const std::size_t threat = builder_.add(
            RawThreat{.key = fmt::format("{} / {} / {}", diagram, element, name),
                      .path = path,
                      .name = name,
                      .description = cell(row, PeerColumn::description),
                      .category = cell(row, PeerColumn::category),
                      .diagram = diagram,
                      .element_id = element,
                      .element_name = element,
                      .scoring = read_scoring(at, cell(row, PeerColumn::severity), "", ""),
                      .status = read_threat_status(at, cell(row, PeerColumn::status))});
        const std::string_view named = cell(row, PeerColumn::mitigations);
        if (!named.empty() && named != "None") {
            links_.push_back({path, place_of(diagram, element), std::string(named), threat});
        }
    }

    void note_mitigation(const CsvRow& row) {
        Mitigation mitigation{.path = fmt::format("line {}", row.line),
                              .name = std::string(cell(row, PeerColumn::mitigation)),
                              .description = std::string(cell(row, PeerColumn::description)),
                              .category = std::string(cell(row, PeerColumn::category)),
                              .diagram = std::string(cell(row, PeerColumn::diagram)),
                              .element = std::string(cell(row, PeerColumn::element)),
                              .status = std::string(cell(row, PeerColumn::status)),
                              .threats = {}};
        places_.try_emplace(link_key(place_of(mitigation.diagram, mitigation.element),
                                     fmt::format("{} ({})", mitigation.name, mitigation.status)),
                            mitigations_.size());
        mitigations_.push_back(std::move(mitigation));
    }

    static std::string link_key(std::string_view place, std::string_view named) {
        return fmt::format("{}\x1F{}", place, named);
    }

    void link() {
        for (const Links& links : links_) {
            std::string_view rest = links.named;
            while (!rest.empty()) {
                const auto mitigation = take_mitigation(links.place, rest);
                if (!mitigation) {
                    builder_.warn(
                        links.path,
                        fmt::format("\"{}\" is no mitigation of this element in the second "
                                    "table; it is not linked.",
                                    shown(rest)));
                    break;
                }
                mitigations_[*mitigation].threats.push_back(links.threat);
            }
        }
    }

    // Takes the first of the mitigations that "; " separates. Names may contain the separator: the
    // longest text that names a mitigation counts.
    std::optional<std::size_t> take_mitigation(std::string_view place,
                                               std::string_view& rest) const {
        constexpr std::string_view separator = "; ";
        constexpr std::size_t parts_max = 8;
        std::optional<std::size_t> found;
        std::size_t found_end = 0;
        std::size_t begin = 0;
        for (std::size_t parts = 0; parts < parts_max && begin <= rest.size(); ++parts) {
            const std::size_t end = std::min(rest.find(separator, begin), rest.size());
            const auto known = places_.find(link_key(place, rest.substr(0, end)));
            if (known != places_.end()) {
                found = known->second;
                found_end = end;
            }
            begin = end + separator.size();
        }
        if (found) {
            rest.remove_prefix(std::min(found_end + separator.size(), rest.size()));
        }
        return found;
    }

    void add_mitigation(const Mitigation& mitigation) {
        // Without a threat it covers its element.
        builder_.add(RawMitigation{
            .key = fmt::format("{} / {} / {}", mitigation.diagram, mitigation.element,
                               mitigation.name),
            .path = mitigation.path,
            .name = mitigation.name,
            .description = mitigation.description,
            .category = mitigation.category,
            .status = read_mitigation_status({builder_, mitigation.path}, mitigation.status),
            .threats = mitigation.threats,
            .diagram = mitigation.diagram,
            .element_id = mitigation.element});
    }

    ModelBuilder builder_{peer_format()};
    std::array<std::optional<std::size_t>, peer_columns.size()> places_of_columns_;
    bool has_header_ = false;
    std::vector<Links> links_;
    std::vector<Mitigation> mitigations_;
    std::unordered_map<std::string, std::size_t> places_;  ///< of mitigations, by link_key()
};

}  // namespace

ImportedModel read_threatatlas(std::string_view bytes) {
    const std::string_view file_text = readable_text(bytes);
    const char first = file_text[file_text.find_first_not_of(" \t\r\n")];
    if (first != '{' && first != '[') {
        return PeerCsvReader().read(file_text);
    }
    const JsonFile file(file_text);
    const JsonValue root = file.root();
    if (root.is_array()) {
        return PeerJsonReader().read_lists(root);
    }
    if (member(root, "nodes") && member(root, "edges")) {
        return PeerJsonReader().read_canvas(root);
    }
    if (member(root, "diagrams") && member(root, "product")) {
        throw ImportError(
            ImportFault::unacceptable,
            "This download of ThreatAtlas has the drawings of a product, but no threats. "
            "Open each diagram and send what its canvas exports as JSON.");
    }
    if (!member(root, "threats") && !member(root, "mitigations")) {
        throw ImportError(
            ImportFault::unacceptable,
            "The file is JSON, but not of ThreatAtlas: a canvas export has nodes, edges, "
            "threats and mitigations, and the lists of its API are arrays.");
    }
    return PeerJsonReader().read_both_lists(root);
}

}  // namespace threatatlas::imports
