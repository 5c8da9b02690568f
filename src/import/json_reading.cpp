#include "import/json_reading.hpp"

#include "base/digest.hpp"
#include "events/limits.hpp"
#include "import/import_limits.hpp"

namespace threatatlas::imports {
namespace {

// A code point takes up to four bytes, so a text of this size has more of them than a field
// allows.
constexpr std::size_t shared_text_bytes_max = 4 * (events::limits::other_text_points_max + 1);

}  // namespace

std::string joined_texts(JsonValue object, std::string_view name) {
    std::string out;
    read_texts(object, {}, name, [&](std::string_view part, const std::string&) {
        if (!out.empty()) {
            out += ", ";
        }
        out += part;
    });
    return out;
}

void append_line(std::string& out, std::string_view label, std::string_view text) {
    if (events::is_blank(text)) {
        return;
    }
    if (!out.empty()) {
        out += '\n';
    }
    out += label;
    out += ": ";
    out += text;
}

std::string shared_text(std::string text) {
    if (text.size() > shared_text_bytes_max) {
        std::size_t end = shared_text_bytes_max;
        // A code point that does not fit is left out as a whole.
        while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) {
            --end;
        }
        text.resize(end);
        text += "…";
    }
    return text;
}

std::string shared_id(std::string id) {
    if (id.size() > limits::key_bytes_max) {
        return "sha256:" + base::hex_of(base::sha256(id));
    }
    return id;
}

bool has_object(JsonValue object, std::string_view name) {
    const auto value = member(object, name);
    return value && value->is_object();
}

bool has_array(JsonValue object, std::string_view name) {
    const auto value = member(object, name);
    return value && value->is_array();
}

}  // namespace threatatlas::imports
