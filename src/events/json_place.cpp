#include "events/json_place.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "events/text.hpp"

namespace threatatlas::events {
namespace {

bool is_word_char(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '+' ||
           c == '-' || c == '.';
}

// Discards everything that is parsed and keeps only the location of the error.
class FaultFinder final : public nlohmann::json_sax<nlohmann::json> {
  public:
    explicit FaultFinder(std::string_view text) : text_(text) {}

    std::optional<std::size_t> fault() const { return fault_; }

    bool null() override { return true; }
    bool boolean(bool) override { return true; }
    bool number_integer(number_integer_t) override { return true; }
    bool number_unsigned(number_unsigned_t) override { return true; }
    bool number_float(number_float_t, const string_t&) override { return true; }
    bool string(string_t&) override { return true; }
    bool binary(binary_t&) override { return true; }
    bool start_object(std::size_t) override { return true; }
    bool key(string_t&) override { return true; }
    bool end_object() override { return true; }
    bool start_array(std::size_t) override { return true; }
    bool end_array() override { return true; }

    // `bytes_read`: the number of bytes up to and including the one that made the parser fail. If
    // that byte ends a string, a number or a literal, the first byte of that token is reported
    // instead. `token`: the input since the last string or number began.
    bool parse_error(std::size_t bytes_read, const std::string& token,
                     const nlohmann::json::exception&) override {
        std::size_t at = std::min(bytes_read, text_.size() + 1);
        at -= at > 0 ? 1 : 0;
        const bool ends_string = token.size() > 1 && token.size() <= at + 1 && token[0] == '"' &&
                                 text_.substr(at + 1 - token.size()).starts_with(token);
        if (at < text_.size() && text_[at] == '"' && ends_string) {
            at -= token.size() - 1;
        } else if (at < text_.size() && is_word_char(text_[at])) {
            while (at > 0 && is_word_char(text_[at - 1])) {
                --at;
            }
        }
        fault_ = at;
        return false;
    }

  private:
    const std::string_view text_;
    std::optional<std::size_t> fault_;
};

}  // namespace

std::optional<std::size_t> find_json_fault(std::string_view text) {
    // The parser used here skips a byte order mark, and treats a zero byte as the end of its input.
    if (text.starts_with("\xEF\xBB\xBF")) {
        return 0;
    }
    FaultFinder finder(text);
    nlohmann::json::sax_parse(text.begin(), text.end(), &finder);
    if (!finder.fault() && text.find('\0') != std::string_view::npos) {
        return text.find('\0');
    }
    return finder.fault();
}

std::string line_and_column(std::string_view text, std::size_t byte) {
    const std::string_view before = text.substr(0, byte);
    const auto line = std::count(before.begin(), before.end(), '\n') + 1;
    const std::size_t line_begin = before.rfind('\n') + 1;  // npos + 1 is 0
    return fmt::format("line {}, column {}", line, count_points(before.substr(line_begin)) + 1);
}

}  // namespace threatatlas::events
