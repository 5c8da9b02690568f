#include "events/json_place.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "events/text.hpp"

namespace threatatlas {
namespace {

// Keeps nothing of what is parsed but the place of the fault.
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

    // `bytes_read`: up to and including the byte at which the parser gave up. That is the one at
    // fault within a text; of any other token the first byte is shown.
    bool parse_error(std::size_t bytes_read, const std::string& token,
                     const nlohmann::json::exception&) override {
        std::size_t last = std::min(bytes_read, text_.size() + 1);
        last -= last > 0 ? 1 : 0;
        fault_ = last;
        const bool is_whole = !token.starts_with('"') || (token.size() > 1 && token.ends_with('"'));
        if (is_whole && !token.empty() && last < text_.size() && token.size() <= last + 1 &&
            text_.substr(last + 1 - token.size(), token.size()) == token) {
            fault_ = last + 1 - token.size();
        }
        return false;
    }

  private:
    const std::string_view text_;
    std::optional<std::size_t> fault_;
};

}  // namespace

std::optional<std::size_t> find_json_fault(std::string_view text) {
    // This parser passes over a byte order mark, and a zero byte ends its input.
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

}  // namespace threatatlas
