#pragma once

/// @file
/// Appends XML to a string element by element, so that a document of any length is never in memory
/// as a tree. pugixml formats each element.

#include <string>
#include <string_view>
#include <vector>

#include <pugixml.hpp>

namespace threatatlas::exports {

/// Replaces the characters that XML 1.0 does not allow (of those that texts may contain: U+FFFE and
/// U+FFFF) by U+FFFD.
std::string xml_characters(std::string_view text);

/// Not thread-safe.
class XmlText {
  public:
    /// Appends to `out`, which must outlive this object.
    explicit XmlText(std::string& out) : out_(out) {}

    /// Creates an element to be filled and then passed to one of the functions below.
    pugi::xml_node make(const char* name) { return scratch_.append_child(name); }
    /// Writes the complete element.
    void add(pugi::xml_node element);
    /// Writes the start of the element. Everything written until the matching end() is inside it.
    void begin(pugi::xml_node element);
    void begin(const char* name) { begin(make(name)); }
    /// Ends the element opened last.
    void end();
    /// Writes XML that was formatted elsewhere.
    void add_made(std::string_view xml) { out_ += xml; }

  private:
    std::string& out_;
    pugi::xml_document scratch_;
    std::vector<std::string> ends_;  ///< end tags of the open elements
};

}  // namespace threatatlas::exports
