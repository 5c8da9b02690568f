#pragma once

// The parts of a Word document (ECMA-376) beside its text: how it looks, what stands at the head
// and foot of a page, and what says that they all belong together.

#include <string>
#include <vector>

#include "export/report_view.hpp"

namespace threatatlas {

struct DocxPart {
    std::string name;  // in the archive
    std::string xml;
};

// All but word/document.xml, in the order in which they stand in the archive.
std::vector<DocxPart> docx_parts(const ReportView& view);

inline constexpr const char* docx_text_namespace =
    "http://schemas.openxmlformats.org/wordprocessingml/2006/main";
inline constexpr const char* docx_relation_namespace =
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
// What the text calls its header and footer.
inline constexpr const char* docx_header_relation = "rId3";
inline constexpr const char* docx_footer_relation = "rId4";

}  // namespace threatatlas
