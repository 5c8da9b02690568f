#pragma once

/// The first lines of a log in the auditor's possession, and the root of their Merkle tree.

#include <optional>
#include <string>

#include "base/digest.hpp"
#include "replay/leaf_hashes.hpp"
#include "replay/options.hpp"

namespace threatatlas::replay {

struct LeadingLines {
    /// Root of the first `count` events; nullopt if lines are missing or one is misplaced.
    std::optional<base::Digest> root;
    /// Positions whose line is missing but whose leaf hash is known.
    PositionRanges hidden;
    /// Positions for which neither line nor leaf hash is known.
    PositionRanges missing;
    /// The first line that does not belong to its position, and why; empty if there is none.
    std::string fault;
};

/// Reads the lines of --events or --data, with --leaves. Ignores positions after `count`. Throws
/// CannotRead or StorageError.
LeadingLines read_leading_lines(const Options& options, Position count);

}  // namespace threatatlas::replay
