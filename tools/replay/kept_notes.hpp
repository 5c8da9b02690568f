#pragma once

/// Checkpoints kept by an auditor, and the keys that verify them.

#include <optional>
#include <string>
#include <vector>

#include "replay/options.hpp"
#include "tlog/checkpoint.hpp"
#include "tlog/note_keys.hpp"

namespace threatatlas::replay {

/// "name+01234567": a key's name and id, for messages.
std::string key_text(std::string_view name, std::uint32_t key_id);

/// The keys of --vkey. Throws UsageError.
std::vector<tlog::NoteVerifier> parse_keys(const Options& options);

/// Reads a whole file of at most `bytes_max` bytes; "-" is stdin. Throws CannotRead.
std::string read_whole_file(const std::string& path, std::size_t bytes_max = std::size_t{4} << 20U);

/// Reasons why a note is not a checkpoint signed by a key. Only bad_signature means that it was
/// damaged or forged.
enum class NoteFaultKind : std::uint8_t {
    unsigned_note,  ///< no signature at all
    another_log,    ///< a checkpoint of a log other than the key's
    another_key,    ///< signed, but not by the key
    bad_signature,  ///< names the key, but does not verify
    not_a_checkpoint
};

struct NoteFault {
    NoteFaultKind kind = NoteFaultKind::not_a_checkpoint;
    std::string sentence;  ///< without a full stop
};

/// Why the note is not a checkpoint of the keys' log signed by every one of them; nullopt if it is.
std::optional<NoteFault> fault_of_signatures(const std::string& note,
                                             const std::vector<tlog::NoteVerifier>& keys);

/// Reads a checkpoint and verifies it with every key; without keys it is not verified. Throws
/// CannotRead.
tlog::Checkpoint read_checkpoint(const std::string& path,
                                 const std::vector<tlog::NoteVerifier>& keys);

/// The checkpoint to compare an export with: the file of --checkpoint, or else the one beside the
/// export (see checkpoint_ending); nullopt if there is none. Throws CannotRead.
std::optional<tlog::Checkpoint> checkpoint_of_export(const std::string& file,
                                                     const Options& options);

}  // namespace threatatlas::replay
