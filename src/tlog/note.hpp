#pragma once

/// @file
/// Signed notes: a text followed by signatures (C2SP signed-note).

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace threatatlas::tlog {

/// The input violates the format, or a signature is invalid. what() gives the reason.
class BadNote : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// One signature line of a note.
struct NoteSignature {
    std::string key_name;
    std::uint32_t key_id = 0;
    /// the signature as produced by the key; its format depends on the kind of key
    std::string bytes;

    bool operator==(const NoteSignature&) const = default;
};

/// A text and its signatures, which parse_note() does not verify.
struct Note {
    std::string text;  ///< the signed text; ends with a newline
    std::vector<NoteSignature> signatures;
};

/// Parse a note, or one signature line without its newline. A note may have up to 100 signatures
/// and one megabyte. Throw BadNote.
Note parse_note(std::string_view bytes);
NoteSignature parse_signature_line(std::string_view line);

/// Formats a signature line: "— name base64" and a newline.
std::string signature_line(const NoteSignature& signature);
std::string format_note(const Note& note);

/// Joins notes into one file, with an empty line between two. Their texts must not contain an empty
/// line, as is the case for checkpoints.
std::string join_notes(const std::vector<std::string>& notes);
/// Splits a file of one or more notes. Only looks for empty lines: the parts need not be valid
/// notes.
std::vector<std::string> split_notes(std::string_view bytes);

/// True if the text is a valid key name: not empty, without white space, without "+".
bool is_key_name(std::string_view name);

}  // namespace threatatlas::tlog
