#pragma once

// Checkpoints that somebody kept, and the keys to tell them by.

#include <optional>
#include <string>
#include <vector>

#include "replay/options.hpp"
#include "tlog/checkpoint.hpp"
#include "tlog/note_keys.hpp"

namespace threatatlas {

// "name+01234567": a key by its name and id, for messages.
std::string key_text(std::string_view name, std::uint32_t key_id);

// --vkey. Throws UsageError.
std::vector<NoteVerifier> parse_keys(const Options& options);

// The whole of a file, "-" for stdin. Throws CannotRead.
std::string read_whole_file(const std::string& path);

// What keeps a note from being a checkpoint that a key has signed. These are different things: only
// the last two say that something is damaged or forged.
enum class NoteFaultKind : std::uint8_t {
    unsigned_note,  // it has no signature at all
    another_log,    // it is a checkpoint of another log than the key is of
    another_key,    // it is signed, but not by the key
    bad_signature,  // it claims to be signed by the key, and is not
    not_a_checkpoint
};

struct NoteFault {
    NoteFaultKind kind = NoteFaultKind::not_a_checkpoint;
    std::string sentence;  // without a full stop
};

// Why the note is not signed by every one of the keys, as a checkpoint of its log; nothing if it
// is.
std::optional<NoteFault> fault_of_signatures(const std::string& note,
                                             const std::vector<NoteVerifier>& keys);

// What a note in a file says, once every one of the keys has signed it; without keys it is
// believed. Throws CannotRead.
Checkpoint read_checkpoint(const std::string& path, const std::vector<NoteVerifier>& keys);

// The checkpoint to hold an export against: the one that --checkpoint names, else the one beside
// the file, under the name that `export` gives it; nothing if there is none. Throws as above.
std::optional<Checkpoint> checkpoint_of_export(const std::string& file, const Options& options);

}  // namespace threatatlas
