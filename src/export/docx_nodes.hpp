#pragma once

/// @file
/// Elements shared by several parts of a Word document.

#include <string>
#include <string_view>

#include <pugixml.hpp>

namespace threatatlas::exports {

/// Adds a property, <name w:val="value"/>.
pugi::xml_node add_value(pugi::xml_node parent, const char* name, std::string_view value);

/// Adds a run of text.
void add_run(pugi::xml_node paragraph, std::string_view text, bool strong = false);

/// Adds a field that Word computes; `shown` is displayed until then.
void add_field(pugi::xml_node paragraph, std::string_view instruction, std::string_view shown);
/// Adds one of the three marks of a field that spans paragraphs: "begin", "separate" or "end".
void add_field_mark(pugi::xml_node paragraph, const char* type);
void add_field_instruction(pugi::xml_node paragraph, std::string_view instruction);

/// Adds a <w:p> with a style.
pugi::xml_node add_paragraph(pugi::xml_node parent, const char* style);

}  // namespace threatatlas::exports
