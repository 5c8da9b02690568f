#pragma once

// Signed notes: a text and signatures below it (C2SP signed-note).

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace threatatlas {

// What was given is not what the format asks for, or a signature is false. The text says why.
class BadNote : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

struct NoteSignature {
    std::string key_name;
    std::uint32_t key_id = 0;
    std::string bytes;  // what the key made; its form is the key's matter

    bool operator==(const NoteSignature&) const = default;
};

struct Note {
    std::string text;  // ends with a newline; what is signed
    std::vector<NoteSignature> signatures;
};

// Both throw BadNote. A note has at most 100 signatures and a megabyte.
Note parse_note(std::string_view bytes);
NoteSignature parse_signature_line(std::string_view line);  // without its newline

// "— name base64" and a newline.
std::string signature_line(const NoteSignature& signature);
std::string format_note(const Note& note);

// Several notes in one file, whose texts have no empty line: those of checkpoints have none. An
// empty line stands between two.
std::string join_notes(const std::vector<std::string>& notes);
// One note, or several. Looks at the empty lines alone: what is between them may be no note.
std::vector<std::string> split_notes(std::string_view bytes);

// Whether a text can be the name of a key: not empty, no white space, no "+".
bool is_key_name(std::string_view name);

}  // namespace threatatlas
