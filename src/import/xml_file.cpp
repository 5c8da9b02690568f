#include "import/xml_file.hpp"

#include <new>

#include <fmt/format.h>
#include <simdjson.h>

#include "events/json_place.hpp"
#include "import/import_error.hpp"
#include "import/import_limits.hpp"
#include "import/text_file.hpp"

namespace threatatlas::imports {
namespace {

std::string place_of(std::string_view text, std::ptrdiff_t offset) {
    return events::line_and_column(text, offset < 0 ? 0 : static_cast<std::size_t>(offset));
}

void check_node(std::string_view text, const pugi::xml_document& document, pugi::xml_node node,
                std::size_t depth) {
    const auto place = [&] { return place_of(text, node.offset_debug()); };
    switch (node.type()) {
        case pugi::node_doctype:
            throw ImportError(
                ImportFault::unacceptable,
                fmt::format("The XML has a document type declaration (DOCTYPE) at {}. No threat "
                            "modeling tool writes one, and they are not read.",
                            place()));
        case pugi::node_element:
            if (depth > limits::depth_max) {
                throw ImportError(ImportFault::unacceptable,
                                  fmt::format("The XML is nested more than {} levels deep at {}.",
                                              limits::depth_max, place()));
            }
            if (depth == 1 && node != document.document_element()) {
                refuse_syntax(text, "XML", place(), "a second root element begins");
            }
            break;
        case pugi::node_pcdata:
        case pugi::node_cdata: {
            const std::string_view value = node.value();
            if (!simdjson::validate_utf8(value.data(), value.size())) {
                refuse_syntax(
                    text, "XML", place(),
                    "the text that begins here has a reference (&#…;) to something that is "
                    "no character");
            }
            break;
        }
        default:
            break;
    }
}

/// Visits all nodes in the order of the file, without recursion.
void check_nodes(std::string_view text, const pugi::xml_document& document) {
    std::size_t depth = 1;
    pugi::xml_node node = document.first_child();
    while (node) {
        check_node(text, document, node, depth);
        if (const pugi::xml_node first = node.first_child()) {
            node = first;
            ++depth;
            continue;
        }
        while (node && !node.next_sibling()) {
            node = node.parent();
            --depth;
        }
        node = node.next_sibling();
    }
}

}  // namespace

XmlFile::XmlFile(std::string_view bytes) {
    const std::string_view text = readable_text(bytes);
    if (text[text.find_first_not_of(" \t\r\n")] != '<') {
        throw ImportError(ImportFault::unacceptable,
                          "The file is not XML: it does not begin with <.");
    }
    const pugi::xml_parse_result result = document_.load_buffer(
        text.data(), text.size(), pugi::parse_default | pugi::parse_doctype, pugi::encoding_utf8);
    if (result.status == pugi::status_out_of_memory) {
        throw std::bad_alloc();
    }
    if (!result) {
        std::string_view why = result.description();
        refuse_syntax(text, "XML", place_of(text, result.offset), why);
    }
    check_nodes(text, document_);
}

std::string_view local_name(pugi::xml_node element) {
    const std::string_view name = element.name();
    const std::size_t colon = name.find(':');
    return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

pugi::xml_node child(pugi::xml_node parent, std::string_view name) {
    for (const pugi::xml_node node : parent.children()) {
        if (node.type() == pugi::node_element && local_name(node) == name) {
            return node;
        }
    }
    return {};
}

std::string xml_text(pugi::xml_node element) {
    std::string text;
    for (const pugi::xml_node node : element.children()) {
        if (node.type() == pugi::node_pcdata || node.type() == pugi::node_cdata) {
            text += node.value();
        }
    }
    return text;
}

std::string xml_text(pugi::xml_node parent, std::string_view name) {
    return xml_text(child(parent, name));
}

}  // namespace threatatlas::imports
