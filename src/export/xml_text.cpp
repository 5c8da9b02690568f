#include "export/xml_text.hpp"

namespace threatatlas::exports {
namespace {

class Appender final : public pugi::xml_writer {
  public:
    explicit Appender(std::string& out) : out_(out) {}
    void write(const void* data, std::size_t size) override {
        out_.append(static_cast<const char*>(data), size);
    }

  private:
    std::string& out_;
};

}  // namespace

std::string xml_characters(std::string_view text) {
    std::string result(text);
    for (const std::string_view noncharacter : {"\uFFFE", "\uFFFF"}) {
        for (auto at = result.find(noncharacter); at != std::string::npos;
             at = result.find(noncharacter, at)) {
            result.replace(at, noncharacter.size(), "\uFFFD");
        }
    }
    return result;
}

void XmlText::add(pugi::xml_node element) {
    Appender appender(out_);
    element.print(appender, "", pugi::format_raw, pugi::encoding_utf8);
    scratch_.remove_child(element);
}

void XmlText::begin(pugi::xml_node element) {
    Appender appender(out_);
    const std::string end = std::string("</") + element.name() + ">";
    element.print(appender, "", pugi::format_raw | pugi::format_no_empty_element_tags,
                  pugi::encoding_utf8);
    scratch_.remove_child(element);
    out_.resize(out_.size() - end.size());
    ends_.push_back(end);
}

void XmlText::end() {
    out_ += ends_.back();
    ends_.pop_back();
}

}  // namespace threatatlas::exports
