#include "base/json_writer.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstring>

#include <fmt/format.h>

namespace threatatlas::base {
namespace {

// True if the byte must be escaped or may start a character that must be: U+0085 is C2 85, U+2028
// and U+2029 are E2 80 A8 and E2 80 A9.
constexpr bool may_be_escaped(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20) | (byte == '"') | (byte == '\\') | (byte == 0xC2) | (byte == 0xE2);
}

// may_be_escaped() of each byte: for short texts, a look-up is faster than the comparisons.
constexpr auto may_be_escaped_table = [] {
    std::array<bool, 256> table{};
    for (std::size_t byte = 0; byte < table.size(); ++byte) {
        table[byte] = may_be_escaped(static_cast<char>(byte));
    }
    return table;
}();

// The length in bytes of the character at `at` if it must be escaped, otherwise 0.
std::size_t escaped_bytes(std::string_view text, std::size_t at) {
    const auto byte = static_cast<unsigned char>(text[at]);
    if (byte == 0xC2 || byte == 0xE2) {
        for (const std::string_view line_end : {"\u0085", "\u2028", "\u2029"}) {
            if (text.substr(at).starts_with(line_end)) {
                return line_end.size();
            }
        }
        return 0;
    }
    return may_be_escaped(text[at]) ? 1 : 0;
}

// Texts are scanned in blocks of this size, all bytes of a block at once.
constexpr std::size_t block_bytes = 32;

// True if a byte of the block may need escaping. The loop has no early exit so that the compiler
// can vectorize it.
bool may_have_escape(const char* block) {
    unsigned char found = 0;
    for (std::size_t i = 0; i < block_bytes; ++i) {
        found |= static_cast<unsigned char>(may_be_escaped(block[i]));
    }
    return found != 0;
}

// The offset of the first character from `from` on that must be escaped; text.size() if there is
// none.
std::size_t find_escape(std::string_view text, std::size_t from) {
    std::size_t i = from;
    while (i < text.size()) {
        const std::size_t end = std::min(i + block_bytes, text.size());
        if (end - i == block_bytes && !may_have_escape(text.data() + i)) {
            i = end;
            continue;
        }
        for (; i < end; ++i) {
            if (may_be_escaped_table[static_cast<unsigned char>(text[i])] &&
                escaped_bytes(text, i) > 0) {
                return i;
            }
        }
    }
    return text.size();
}

// Appends the escape of the character at `at` and returns that character's length in bytes.
std::size_t append_escape(std::string& out, std::string_view text, std::size_t at) {
    const std::size_t bytes = escaped_bytes(text, at);
    if (bytes > 1) {
        constexpr std::string_view next_line = "\u0085";
        constexpr std::string_view line_separator = "\u2028";
        const std::string_view character = text.substr(at, bytes);
        out += character == next_line        ? "\\u0085"
               : character == line_separator ? "\\u2028"
                                             : "\\u2029";
        return bytes;
    }
    switch (text[at]) {
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
            fmt::format_to(std::back_inserter(out), "\\u{:04x}",
                           static_cast<unsigned char>(text[at]));
    }
    return bytes;
}

// Assembles short strings and names on the stack: repeated small appends to a std::string cost more
// than the bytes they append.
class Piece {
  public:
    static constexpr std::size_t text_bytes_max = JsonWriter::key_bytes_max;

    void add(char c) { bytes_[size_++] = c; }
    void add(std::string_view text) {
        std::memcpy(bytes_.data() + size_, text.data(), text.size());
        size_ += text.size();
    }
    void append_to(std::string& out) const { out.append(bytes_.data(), size_); }

  private:
    std::array<char, text_bytes_max + 4> bytes_;  // with a comma, two quotes and a colon
    std::size_t size_ = 0;
};

bool fits_in_piece(std::string_view text) {
    return text.size() <= Piece::text_bytes_max && find_escape(text, 0) == text.size();
}

void append_escaped(std::string& out, std::string_view text) {
    for (std::size_t copied = 0;;) {
        const std::size_t escape = find_escape(text, copied);
        out.append(text, copied, escape - copied);
        if (escape == text.size()) {
            break;
        }
        copied = escape + append_escape(out, text, escape);
    }
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
    out += '"';
    append_escaped(out, text);
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
    assert(fits_in_piece(name));
    Piece piece;
    if (comma_due_) {
        piece.add(',');
    }
    piece.add('"');
    piece.add(name);
    piece.add('"');
    piece.add(':');
    piece.append_to(out_);
    comma_due_ = false;
    return *this;
}

JsonWriter& JsonWriter::member(std::string_view name, std::string_view text) {
    assert(fits_in_piece(name));
    constexpr std::size_t around_name = 4;  // a comma, two quotes and a colon
    const std::size_t plain = find_escape(text, 0);
    const std::size_t begin = out_.size();
    out_.resize(begin + name.size() + plain + around_name + 2);
    char* to = out_.data() + begin;
    if (comma_due_) {
        *to++ = ',';
    }
    *to++ = '"';
    to = std::copy(name.begin(), name.end(), to);
    *to++ = '"';
    *to++ = ':';
    *to++ = '"';
    std::memcpy(to, text.data(), plain);
    to += plain;
    *to++ = '"';
    out_.resize(static_cast<std::size_t>(to - out_.data()));
    comma_due_ = true;
    if (plain < text.size()) {
        out_.pop_back();
        append_escaped(out_, text.substr(plain));
        out_ += '"';
    }
    return *this;
}

JsonWriter& JsonWriter::string(std::string_view text) {
    if (fits_in_piece(text)) {
        Piece piece;
        if (comma_due_) {
            piece.add(',');
        }
        piece.add('"');
        piece.add(text);
        piece.add('"');
        piece.append_to(out_);
        comma_due_ = true;
    } else {
        separate();
        append_json_string(out_, text);
    }
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

}  // namespace threatatlas::base
