#pragma once

// Elements that several parts of a Word document are made of.

#include <string>
#include <string_view>

#include <pugixml.hpp>

namespace threatatlas {

// <name w:val="value"/>, a property.
pugi::xml_node add_value(pugi::xml_node parent, const char* name, std::string_view value);

// A run of text.
void add_run(pugi::xml_node paragraph, std::string_view text, bool strong = false);

// A field that Word fills in, with what it shows until then.
void add_field(pugi::xml_node paragraph, std::string_view instruction, std::string_view shown);
// The three marks of a field that is longer than a paragraph: "begin", "separate", "end".
void add_field_mark(pugi::xml_node paragraph, const char* type);
void add_field_instruction(pugi::xml_node paragraph, std::string_view instruction);

// <w:p> of a style.
pugi::xml_node add_paragraph(pugi::xml_node parent, const char* style);

}  // namespace threatatlas
