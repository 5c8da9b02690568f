#include "import/recognise.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "import/csv_columns.hpp"
#include "import/csv_reader.hpp"
#include "import/import_error.hpp"
#include "import/json_file.hpp"
#include "import/json_reading.hpp"
#include "import/text_file.hpp"

namespace threatatlas::imports {
namespace {

constexpr std::string_view blanks = " \t\r\n";
constexpr std::size_t names_shown_max = 8;

[[noreturn]] void refuse_as(std::string_view what) {
    std::vector<std::string_view> names;
    names.reserve(all_formats.size());
    for (const Format format : all_formats) {
        names.push_back(name_of(format));
    }
    throw ImportError(
        ImportFault::unacceptable,
        fmt::format("The file is {}. Known formats are {}.", what, fmt::join(names, ", ")));
}

bool has(JsonValue value, std::string_view name) {
    return member(value, name).has_value();
}

bool is_threat_dragon(JsonValue root) {
    const auto detail = member(root, "detail");
    return detail && detail->is_object() &&
           (has_object(root, "summary") || has_array(*detail, "diagrams"));
}

bool is_threat_composer(JsonValue root) {
    const auto schema = member(root, "schema");
    return has_array(root, "mitigationLinks") || has_array(root, "assumptionLinks") ||
           (schema && schema->is_number() &&
            (has_array(root, "threats") || has_array(root, "mitigations") ||
             has_array(root, "assumptions") || has_object(root, "applicationInfo")));
}

bool is_tm_bom(JsonValue root) {
    return text(root, "$schema").find("threat-model-library") != std::string::npos ||
           (has_array(root, "threats") &&
            (has_array(root, "trust_zones") || has_array(root, "threat_personas") ||
             (has_array(root, "controls") && has_object(root, "scope"))));
}

std::optional<JsonValue> first_of(simdjson::dom::array values) {
    return values.begin() != values.end() ? std::optional(*values.begin()) : std::nullopt;
}

// An entry of the peer's lists has the texts in an object of its own.
bool is_peer_entry(JsonValue value) {
    return has(value, "diagram_id") &&
           (has_object(value, "threat") || has_object(value, "mitigation"));
}

bool is_peer_object(JsonValue root) {
    if (has_array(root, "nodes") && has_array(root, "edges")) {
        return has(root, "productId") || has(root, "exportedAt") || has_array(root, "threats");
    }
    if (has_object(root, "product") && has_array(root, "diagrams")) {
        return true;
    }
    const auto threat = first_of(array(root, "threats"));
    const auto mitigation = first_of(array(root, "mitigations"));
    return (threat && is_peer_entry(*threat)) || (mitigation && is_peer_entry(*mitigation));
}

std::optional<Format> format_of_object(JsonValue root) {
    if (has(root, "report_format") && has_array(root, "threats")) {
        return Format::model_json;
    }
    if (is_threat_dragon(root)) {
        return Format::threat_dragon;
    }
    if (has(root, "otmVersion")) {
        return Format::otm;
    }
    if (has(root, "threagile_version")) {
        return Format::threagile;
    }
    if (is_threat_composer(root)) {
        return Format::threat_composer;
    }
    if (is_tm_bom(root)) {
        return Format::tm_bom;
    }
    if (is_peer_object(root)) {
        return Format::threatatlas;
    }
    return std::nullopt;
}

std::string members_of(JsonValue object) {
    std::vector<std::string> names;
    simdjson::dom::object members;
    if (object.get_object().get(members) == simdjson::SUCCESS) {
        for (const auto& field : members) {
            if (names.size() == names_shown_max) {
                names.emplace_back("…");
                break;
            }
            names.push_back(shown(field.key, 40));
        }
    }
    return names.empty() ? std::string("no members")
                         : fmt::format("the members {}", fmt::join(names, ", "));
}

std::string kind_of_object(JsonValue root) {
    if (has_array(root, "runs")) {
        return "a SARIF report: results of an analysis, not a threat model";
    }
    if (text(root, "bomFormat") == "CycloneDX") {
        return "a CycloneDX bill of materials without a threat model";
    }
    if (has_array(root, "threat-models")) {
        return "the index of a library of threat models. Send one of the models that it lists";
    }
    if (has_object(root, "risks")) {
        return "JSON with counts of risks, as Threagile's stats.json. Send its risks.json";
    }
    if (has(root, "openapi") || has(root, "swagger")) {
        return "the description of an API (OpenAPI)";
    }
    if (has(root, "$schema") && has_object(root, "properties")) {
        return "a JSON schema";
    }
    if (has(root, "name") &&
        (has(root, "dependencies") || has(root, "devDependencies") || has(root, "scripts"))) {
        return fmt::format("a package.json: a JSON object with {}", members_of(root));
    }
    return fmt::format("a JSON object with {}", members_of(root));
}

Format format_of_array(JsonValue root) {
    const auto first = first_of(array(root));
    if (!first) {
        refuse_as(
            "an empty JSON array, which several formats write if there are no threats. Name the "
            "format to import it");
    }
    if (first->is_object() && has(*first, "synthetic_id")) {
        return Format::threagile;
    }
    // Two lists of the peer's API may be in one array.
    if (is_peer_entry(first_of(array(*first)).value_or(*first))) {
        return Format::threatatlas;
    }
    refuse_as(first->is_object()
                  ? fmt::format("a JSON array of objects with {}", members_of(*first))
                  : std::string("a JSON array of other values than objects"));
}

Format format_of_json(std::string_view file_text) {
    const JsonFile file(file_text);
    if (file.root().is_array()) {
        return format_of_array(file.root());
    }
    const auto format = format_of_object(file.root());
    if (!format) {
        refuse_as(kind_of_object(file.root()));
    }
    return *format;
}

bool contains_word(std::string_view file_text, std::string_view lower_case) {
    const auto is_same = [](char left, char right) {
        return (left >= 'A' && left <= 'Z' ? static_cast<char>(left - 'A' + 'a') : left) == right;
    };
    return std::search(file_text.begin(), file_text.end(), lower_case.begin(), lower_case.end(),
                       is_same) != file_text.end();
}

// The name of the first element, without a namespace prefix.
std::string_view root_element(std::string_view file_text) {
    std::size_t at = 0;
    while ((at = file_text.find('<', at)) != std::string_view::npos) {
        const std::string_view rest = file_text.substr(at);
        if (rest.starts_with("<!--")) {
            at = file_text.find("-->", at);
        } else if (rest.starts_with("<?") || rest.starts_with("<!")) {
            at = file_text.find('>', at);
        } else {
            const std::string_view name = rest.substr(1, rest.find_first_of(" \t\r\n/>") - 1);
            return name.substr(name.rfind(':') + 1);
        }
    }
    return {};
}

Format format_of_xml(std::string_view file_text) {
    constexpr std::size_t looked_at = 2'048;
    const std::string_view name = root_element(file_text);
    if (name == "ThreatModel") {
        return Format::tm7;
    }
    const std::string_view head = file_text.substr(0, looked_at);
    if (contains_word(head, "<!doctype html") || contains_word(head, "<html")) {
        refuse_as("an HTML page. Send the file that the threat modeling tool saves");
    }
    if (name == "mxfile" || name == "mxGraphModel") {
        refuse_as("a draw.io drawing, which has no threats");
    }
    refuse_as(fmt::format("XML with the root element \"{}\"", shown(name, 40)));
}

// The lines of a file that are neither blank nor a comment of YAML, and what begins them.
class LineScan {
  public:
    explicit LineScan(std::string_view file_text) {
        while (!file_text.empty()) {
            const std::size_t end = file_text.find('\n');
            scan(file_text.substr(0, end));
            file_text.remove_prefix(end == std::string_view::npos ? file_text.size() : end + 1);
        }
    }

    bool has_key(std::string_view name) const {
        return std::find(keys_.begin(), keys_.end(), name) != keys_.end();
    }
    const std::vector<std::string_view>& keys() const { return keys_; }
    bool is_yaml() const { return begins_with_key_; }
    bool is_markdown() const { return has_heading_; }
    bool is_template() const { return is_template_; }
    bool is_hcl() const { return is_hcl_; }
    bool is_pytm() const { return is_pytm_; }

  private:
    void scan(std::string_view line) {
        const std::size_t indent = line.find_first_not_of(blanks);
        if (indent == std::string_view::npos) {
            return;
        }
        const std::string_view content = line.substr(indent);
        is_template_ = is_template_ || content.starts_with("{%") || content.starts_with("{#");
        if (content.starts_with('#')) {
            has_heading_ = has_heading_ || line.starts_with("# ") || line.starts_with("## ");
            return;
        }
        is_hcl_ = is_hcl_ || line.starts_with("threatmodel \"");
        is_pytm_ =
            is_pytm_ || content.starts_with("from pytm") || content.starts_with("import pytm");
        if (line.starts_with("---") || line.starts_with('%')) {
            return;  // begins a document, or a directive
        }
        const std::string_view key = key_of(line);
        begins_with_key_ = begins_with_key_ || (is_first_ && !key.empty());
        is_first_ = false;
        // Enough to find any key that identifies a format.
        constexpr std::size_t keys_max = 1'000;
        if (!key.empty() && keys_.size() < keys_max) {
            keys_.push_back(key);
        }
    }

    // The key at the beginning of a line, perhaps in quotation marks; empty if there is none.
    static std::string_view key_of(std::string_view line) {
        const std::size_t colon = line.find(':');
        if (colon == std::string_view::npos || colon == 0 ||
            (colon + 1 < line.size() && blanks.find(line[colon + 1]) == std::string_view::npos)) {
            return {};
        }
        std::string_view key = line.substr(0, colon);
        if (key.size() > 2 && (key.front() == '"' || key.front() == '\'') &&
            key.back() == key.front()) {
            key = key.substr(1, key.size() - 2);
        }
        const bool is_plain = key.find_first_not_of(
                                  "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "0123456789_-") == std::string_view::npos;
        return is_plain ? key : std::string_view();
    }

    std::vector<std::string_view> keys_;  ///< of the outermost level
    bool is_first_ = true;
    bool begins_with_key_ = false;
    bool has_heading_ = false;
    bool is_template_ = false;
    bool is_hcl_ = false;
    bool is_pytm_ = false;
};

bool is_peer_csv(std::string_view file_text) {
    constexpr std::string_view beginning = "# Threats";
    if (!file_text.starts_with(beginning)) {
        return false;
    }
    // A heading of Markdown may be the same.
    const std::string_view rest = file_text.substr(beginning.size());
    const std::size_t header = rest.find_first_not_of(",;\t\r\n ");
    return header != std::string_view::npos && rest.substr(header).starts_with("Diagram");
}

bool is_csv(std::string_view file_text) {
    try {
        CsvReader rows(file_text);
        CsvRow header;
        return rows.next(header) && CsvColumns(header).describe_threats();
    } catch (const ImportError&) {
        return false;
    }
}

Format format_of_text(std::string_view file_text) {
    if (is_peer_csv(file_text)) {
        return Format::threatatlas;
    }
    if (is_csv(file_text)) {
        return Format::csv;
    }
    const LineScan lines(file_text);
    if (lines.is_template()) {
        refuse_as("a template (Jinja or the like). Send the file that is made from it");
    }
    if (lines.has_key("otmVersion")) {
        return Format::otm;
    }
    if (lines.has_key("threagile_version") || lines.has_key("threagile_api_version") ||
        (lines.has_key("technical_assets") && lines.has_key("data_assets"))) {
        return Format::threagile;
    }
    refuse_merge_leftover(file_text);
    if (lines.is_hcl()) {
        refuse_as("HCL source of threatcl (hcltm). Export it as OTM");
    }
    if (lines.is_pytm()) {
        refuse_as("Python source for pytm");
    }
    if (lines.is_yaml()) {
        std::vector<std::string> keys;
        for (const std::string_view key : lines.keys()) {
            if (keys.size() == names_shown_max) {
                keys.emplace_back("…");
                break;
            }
            keys.push_back(shown(key, 40));
        }
        refuse_as(fmt::format("YAML with the members {}", fmt::join(keys, ", ")));
    }
    if (lines.is_markdown()) {
        refuse_as("prose in Markdown. Put the threats into a CSV file");
    }
    const std::string_view content = file_text.substr(file_text.find_first_not_of(blanks));
    refuse_as(fmt::format("text that begins with \"{}\"",
                          shown(content.substr(0, content.find_first_of("\r\n")), 60)));
}

}  // namespace

Format recognise(std::string_view bytes) {
    const std::string_view file_text = readable_text(bytes);
    const std::string_view content = file_text.substr(file_text.find_first_not_of(blanks));
    for (const std::string_view begin : {"{{", "{%", "{#"}) {
        if (content.starts_with(begin)) {
            refuse_as("a template (Jinja or the like). Send the file that is made from it");
        }
    }
    if (content.starts_with('{') || content.starts_with('[')) {
        return format_of_json(file_text);
    }
    if (content.starts_with('<') && !content.starts_with("<<")) {
        return format_of_xml(content);
    }
    return format_of_text(file_text);
}

}  // namespace threatatlas::imports
