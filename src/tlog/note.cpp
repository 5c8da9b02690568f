#include "tlog/note.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <simdjson.h>

#include "base/base64.hpp"
#include "base/be_bytes.hpp"

namespace threatatlas::tlog {
namespace {

constexpr std::size_t note_bytes_max = std::size_t{1} << 20U;
constexpr std::size_t signatures_max = 100;
constexpr std::string_view signature_begin = "\xE2\x80\x94 ";  // an em dash and a space
constexpr std::string_view blank_line = "\n\n";

// Unicode white space beyond ASCII, in UTF-8.
constexpr std::array<std::string_view, 19> wide_spaces{
    "\xC2\x85",     "\xC2\xA0",     "\xE1\x9A\x80", "\xE2\x80\x80", "\xE2\x80\x81",
    "\xE2\x80\x82", "\xE2\x80\x83", "\xE2\x80\x84", "\xE2\x80\x85", "\xE2\x80\x86",
    "\xE2\x80\x87", "\xE2\x80\x88", "\xE2\x80\x89", "\xE2\x80\x8A", "\xE2\x80\xA8",
    "\xE2\x80\xA9", "\xE2\x80\xAF", "\xE2\x81\x9F", "\xE3\x80\x80"};

bool is_control(char character) {
    return static_cast<unsigned char>(character) < 0x20;
}

}  // namespace

bool is_key_name(std::string_view name) {
    const auto holds_none_of = [name](std::string_view part) {
        return name.find(part) == std::string_view::npos;
    };
    return !name.empty() && simdjson::validate_utf8(name) && holds_none_of("+") &&
           holds_none_of(" ") && std::none_of(name.begin(), name.end(), is_control) &&
           std::all_of(wide_spaces.begin(), wide_spaces.end(), holds_none_of);
}

NoteSignature parse_signature_line(std::string_view line) {
    const std::size_t space = line.find(' ', signature_begin.size());
    if (!line.starts_with(signature_begin) || space == std::string_view::npos) {
        throw BadNote("a signature line begins with an em dash, the key's name and base64");
    }
    const auto bytes = base::bytes_of_base64(line.substr(space + 1));
    if (!bytes || bytes->size() <= sizeof(std::uint32_t)) {
        throw BadNote("a signature is not the base64 of a key id and some bytes");
    }
    const std::string_view name =
        line.substr(signature_begin.size(), space - signature_begin.size());
    if (!is_key_name(name)) {
        throw BadNote("a signature names no key");
    }
    return {std::string(name), static_cast<std::uint32_t>(base::read_be(bytes->substr(0, 4))),
            bytes->substr(4)};
}

Note parse_note(std::string_view bytes) {
    if (bytes.size() > note_bytes_max) {
        throw BadNote("the signed note is larger than a megabyte");
    }
    const bool is_text = simdjson::validate_utf8(bytes) &&
                         std::all_of(bytes.begin(), bytes.end(), [](char character) {
                             return character == '\n' || !is_control(character);
                         });
    if (!is_text) {
        throw BadNote("a signed note must be UTF-8 without control characters");
    }
    const std::size_t split = bytes.rfind(blank_line);
    if (split == std::string_view::npos || !bytes.ends_with('\n')) {
        throw BadNote("a signed note must be a text, an empty line and signatures");
    }
    Note note{std::string(bytes.substr(0, split + 1)), {}};
    std::string_view lines = bytes.substr(split + blank_line.size());
    while (!lines.empty()) {
        const std::size_t end = lines.find('\n');
        if (note.signatures.size() == signatures_max) {
            throw BadNote("a signed note has at most 100 signatures");
        }
        note.signatures.push_back(parse_signature_line(lines.substr(0, end)));
        lines.remove_prefix(end + 1);
    }
    if (note.signatures.empty()) {
        throw BadNote("the note has no signature");
    }
    return note;
}

std::string signature_line(const NoteSignature& signature) {
    return fmt::format("{}{} {}\n", signature_begin, signature.key_name,
                       base::base64_of(base::be_bytes(signature.key_id) + signature.bytes));
}

std::string format_note(const Note& note) {
    std::string bytes = note.text + '\n';
    for (const NoteSignature& signature : note.signatures) {
        bytes += signature_line(signature);
    }
    return bytes;
}

std::string join_notes(const std::vector<std::string>& notes) {
    return fmt::format("{}", fmt::join(notes, "\n"));
}

std::vector<std::string> split_notes(std::string_view bytes) {
    std::vector<std::string> notes;
    while (!bytes.empty()) {
        // The first empty line is inside the note; the second one separates it from the next note.
        const std::size_t inner = bytes.find(blank_line);
        const std::size_t separator = inner == std::string_view::npos
                                          ? inner
                                          : bytes.find(blank_line, inner + blank_line.size());
        const std::size_t end = separator == std::string_view::npos ? bytes.size() : separator + 1;
        notes.emplace_back(bytes.substr(0, end));
        bytes.remove_prefix(std::min(bytes.size(), end + 1));
    }
    return notes;
}

}  // namespace threatatlas::tlog
