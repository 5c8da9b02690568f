#pragma once

// Checkpoints that somebody kept, and the keys to tell them by.

#include <optional>
#include <string>
#include <vector>

#include "replay/options.hpp"
#include "tlog/checkpoint.hpp"
#include "tlog/note_keys.hpp"

namespace threatatlas {

// --vkey. Throws UsageError.
std::vector<NoteVerifier> parse_keys(const Options& options);

// The whole of a file, "-" for stdin. Throws CannotRead.
std::string read_whole_file(const std::string& path);

// Why the note is not signed by every one of the keys, as a checkpoint of its log; nothing where it
// is.
std::optional<std::string> fault_of_signatures(const std::string& note,
                                               const std::vector<NoteVerifier>& keys);

// What a note in a file says, once every one of the keys has signed it; without keys it is
// believed. Throws CannotRead.
Checkpoint read_checkpoint(const std::string& path, const std::vector<NoteVerifier>& keys);

}  // namespace threatatlas
