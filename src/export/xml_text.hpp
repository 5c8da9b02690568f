#pragma once

// XML that grows at the end of a string, element by element, so that a document of any length never
// stands in memory as a tree. What an element looks like is pugixml's to say.

#include <string>
#include <string_view>
#include <vector>

#include <pugixml.hpp>

namespace threatatlas {

// The text with what XML 1.0 cannot hold (of what a text may be: U+FFFE and U+FFFF) replaced by
// U+FFFD.
std::string xml_characters(std::string_view text);

class XmlText {
  public:
    // `out` is the caller's and outlives this.
    explicit XmlText(std::string& out) : out_(out) {}

    // A new element to be filled, and then given to one of the two below.
    pugi::xml_node make(const char* name) { return scratch_.append_child(name); }
    // Writes the element whole.
    void add(pugi::xml_node element);
    // Writes the element, but not its end: what is written from now on stands inside it.
    void begin(pugi::xml_node element);
    void begin(const char* name) { begin(make(name)); }
    void end();
    // XML that was made elsewhere.
    void add_made(std::string_view xml) { out_ += xml; }

  private:
    std::string& out_;
    pugi::xml_document scratch_;
    std::vector<std::string> ends_;  // of the elements that are open
};

}  // namespace threatatlas
