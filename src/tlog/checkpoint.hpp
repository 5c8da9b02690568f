#pragma once

/// @file
/// A log's commitment to its contents: the number of entries and the root hash of their Merkle tree
/// (C2SP tlog-checkpoint).

#include <cstdint>
#include <string>
#include <string_view>

#include "base/digest.hpp"
#include "tlog/note.hpp"

namespace threatatlas::tlog {

/// The decoded text of a checkpoint.
struct Checkpoint {
    std::string origin;  ///< the name of the log, and of its key
    std::uint64_t size = 0;
    base::Digest root{};

    bool operator==(const Checkpoint&) const = default;
};

/// The text of the checkpoint's note: three lines, each ending with a newline.
std::string checkpoint_text(const Checkpoint& checkpoint);
/// Parses the text of a checkpoint. Extension lines after the third are ignored. Throws BadNote if
/// the text is malformed.
Checkpoint parse_checkpoint(std::string_view text);

}  // namespace threatatlas::tlog
