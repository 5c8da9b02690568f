#pragma once

/// @file
/// The parts of a Word document (ECMA-376) other than its text: styles, header and footer, and the
/// package structure.

#include <string>
#include <vector>

#include "export/report_view.hpp"

namespace threatatlas::exports {

/// One file of the document's archive.
struct DocxPart {
    std::string name;  ///< path in the archive
    std::string xml;
};

/// All parts except word/document.xml, in archive order.
std::vector<DocxPart> docx_parts(const ReportView& view);

inline constexpr const char* docx_text_namespace =
    "http://schemas.openxmlformats.org/wordprocessingml/2006/main";
inline constexpr const char* docx_relation_namespace =
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
/// The relationship ids by which the text refers to its header and footer.
inline constexpr const char* docx_header_relation = "rId3";
inline constexpr const char* docx_footer_relation = "rId4";

}  // namespace threatatlas::exports
