#include "events/json_writer.hpp"

#include <array>

#include <fmt/format.h>

namespace threatatlas {
namespace {

bool must_be_escaped(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\';
}

void append_escape(std::string& out, char c) {
    switch (c) {
        case '"':
            out += "\\\"";
            break;
        case '\\':
            out += "\\\\";
            break;
        case '\n':
            out += "\\n";
            break;
        case '\t':
            out += "\\t";
            break;
        case '\r':
            out += "\\r";
            break;
        default:
            fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned char>(c));
    }
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
    out += '"';
    std::size_t copied = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (must_be_escaped(text[i])) {
            out.append(text, copied, i - copied);
            append_escape(out, text[i]);
            copied = i + 1;
        }
    }
    out.append(text, copied);
    out += '"';
}

void JsonWriter::separate() {
    if (comma_due_) {
        out_ += ',';
    }
    comma_due_ = true;
}

JsonWriter& JsonWriter::open(char bracket) {
    separate();
    out_ += bracket;
    comma_due_ = false;
    return *this;
}

JsonWriter& JsonWriter::close(char bracket) {
    out_ += bracket;
    comma_due_ = true;
    return *this;
}

JsonWriter& JsonWriter::key(std::string_view name) {
    separate();
    append_json_string(out_, name);
    out_ += ':';
    comma_due_ = false;
    return *this;
}

JsonWriter& JsonWriter::string(std::string_view text) {
    separate();
    append_json_string(out_, text);
    return *this;
}

JsonWriter& JsonWriter::number(std::uint64_t value) {
    const fmt::format_int digits(value);
    return raw({digits.data(), digits.size()});
}

JsonWriter& JsonWriter::signed_number(std::int64_t value) {
    const fmt::format_int digits(value);
    return raw({digits.data(), digits.size()});
}

JsonWriter& JsonWriter::raw(std::string_view json) {
    separate();
    out_ += json;
    return *this;
}

}  // namespace threatatlas
