#pragma once

// The first lines that somebody has of a log, on the way to the root of their Merkle tree.

#include <optional>
#include <string>

#include "base/digest.hpp"
#include "replay/leaf_hashes.hpp"
#include "replay/options.hpp"

namespace threatatlas {

struct LeadingLines {
    // Of the first events; there is none if lines are missing or one is out of place.
    std::optional<Digest> root;
    // Lines that were not given, and whose leaf hashes were.
    PositionRanges hidden;
    // Lines that were not given, and whose leaf hashes were not given either.
    PositionRanges missing;
    // What is wrong with the first line that cannot be the one at its position; empty if none is.
    std::string fault;
};

// Of --events or --data, with --leaves. Lines after the first `count` positions are not looked at.
// Throws CannotRead or StorageError.
LeadingLines read_leading_lines(const Options& options, Position count);

}  // namespace threatatlas
