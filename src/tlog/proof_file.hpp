#pragma once

// A proof to keep: that one entry is in the log that a checkpoint speaks of (C2SP tlog-proof).

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.hpp"
#include "tlog/note.hpp"

namespace threatatlas {

struct ProofFile {
    std::string extra;        // not proven by anything; empty: none
    std::uint64_t index = 0;  // of the entry, from 0
    std::vector<Digest> path;
    std::string checkpoint;  // a signed note, as it was
};

std::string format_proof_file(const ProofFile& proof);
// Throws BadNote. Looks at the form alone.
ProofFile parse_proof_file(std::string_view bytes);

}  // namespace threatatlas
