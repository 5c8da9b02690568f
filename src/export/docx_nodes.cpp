#include "export/docx_nodes.hpp"

#include <algorithm>

#include "export/xml_text.hpp"

namespace threatatlas::exports {

pugi::xml_node add_value(pugi::xml_node parent, const char* name, std::string_view value) {
    pugi::xml_node property = parent.append_child(name);
    property.append_attribute("w:val") = std::string(value).c_str();
    return property;
}

void add_run(pugi::xml_node paragraph, std::string_view text, bool strong) {
    pugi::xml_node run = paragraph.append_child("w:r");
    if (strong) {
        run.append_child("w:rPr").append_child("w:b");
    }
    const std::string clean = xml_characters(text);
    // Line breaks and tabs are separate elements in Word.
    for (std::size_t begin = 0; begin <= clean.size();) {
        const std::size_t end = std::min(clean.find_first_of("\n\t", begin), clean.size());
        if (end > begin) {
            pugi::xml_node piece = run.append_child("w:t");
            const std::string text_of_line = clean.substr(begin, end - begin);
            if (text_of_line.front() == ' ' || text_of_line.back() == ' ') {
                piece.append_attribute("xml:space") = "preserve";
            }
            piece.append_child(pugi::node_pcdata).set_value(text_of_line.c_str());
        }
        if (end < clean.size()) {
            run.append_child(clean[end] == '\n' ? "w:br" : "w:tab");
        }
        begin = end + 1;
    }
}

void add_field_mark(pugi::xml_node paragraph, const char* type) {
    paragraph.append_child("w:r").append_child("w:fldChar").append_attribute("w:fldCharType") =
        type;
}

void add_field_instruction(pugi::xml_node paragraph, std::string_view instruction) {
    pugi::xml_node text = paragraph.append_child("w:r").append_child("w:instrText");
    text.append_attribute("xml:space") = "preserve";
    text.append_child(pugi::node_pcdata).set_value(std::string(instruction).c_str());
}

void add_field(pugi::xml_node paragraph, std::string_view instruction, std::string_view shown) {
    add_field_mark(paragraph, "begin");
    add_field_instruction(paragraph, instruction);
    add_field_mark(paragraph, "separate");
    add_run(paragraph, shown);
    add_field_mark(paragraph, "end");
}

pugi::xml_node add_paragraph(pugi::xml_node parent, const char* style) {
    pugi::xml_node paragraph = parent.append_child("w:p");
    add_value(paragraph.append_child("w:pPr"), "w:pStyle", style);
    return paragraph;
}

}  // namespace threatatlas::exports
