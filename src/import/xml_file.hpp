#pragma once

/// @file
/// An XML file read as a whole. Names are compared without their namespace prefixes, which writers
/// choose freely.

#include <string>
#include <string_view>

#include <pugixml.hpp>

namespace threatatlas::imports {

class XmlFile {
  public:
    /// Parses a whole file, always as UTF-8. Throws ImportError with line and column for a syntax
    /// error, for a document type declaration, and for more than limits::depth_max levels; and for
    /// what readable_text() refuses.
    explicit XmlFile(std::string_view bytes);

    /// The root element; valid as long as this object, like all nodes below it.
    pugi::xml_node root() const { return document_.document_element(); }

  private:
    pugi::xml_document document_;
};

/// The name of an element without its prefix.
std::string_view local_name(pugi::xml_node element);
/// The first child element with this local name; a null node if there is none or `parent` is null.
pugi::xml_node child(pugi::xml_node parent, std::string_view name);
/// The text directly in an element, comments left out; empty for a null node.
std::string xml_text(pugi::xml_node element);
/// The text of a child element; empty if there is none.
std::string xml_text(pugi::xml_node parent, std::string_view name);

}  // namespace threatatlas::imports
