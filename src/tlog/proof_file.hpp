#pragma once

/// @file
/// A self-contained inclusion proof: shows that an entry is in the log that a checkpoint describes
/// (C2SP tlog-proof).

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.hpp"
#include "tlog/note.hpp"

namespace threatatlas::tlog {

/// The decoded contents of a proof file.
struct ProofFile {
    std::string extra;        ///< free-form data, not covered by the proof; may be empty
    std::uint64_t index = 0;  ///< index of the entry, from 0
    std::vector<base::Digest> path;
    std::string checkpoint;  ///< the signed note, byte for byte
};

/// Formats a proof file.
std::string format_proof_file(const ProofFile& proof);
/// Parses a proof file. Checks the format only, not the proof itself. Throws BadNote.
ProofFile parse_proof_file(std::string_view bytes);

}  // namespace threatatlas::tlog
