#pragma once

/// Leaf hashes replace lines that are hidden from the auditor: the root of the Merkle tree can be
/// computed without their content.

#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.hpp"
#include "events/vocabulary.hpp"
#include "replay/log_source.hpp"

namespace threatatlas::replay {

/// A file with the leaf hash of every position from 1 on: the concatenated tiles of level 0. For
/// one thread.
class LeafHashes {
  public:
    /// Throws CannotRead.
    explicit LeafHashes(const std::string& path);

    Position size() const { return size_; }
    /// `position` is in 1..size(). Fast for ascending positions. Throws CannotRead.
    base::Digest at(Position position);

  private:
    const std::string path_;
    std::ifstream file_;
    Position size_ = 0;
    Position next_ = 1;  // position of the next hash in the stream
};

/// The position in a line; nullopt if the line is not an event. The rest of the line is not
/// checked; its leaf hash covers it.
std::optional<Position> position_in(std::string_view line);

/// Sets of positions, printed as ranges.
class PositionRanges {
  public:
    /// Calls must add ascending positions.
    void add(Position first, Position last);
    void add(Position position) { add(position, position); }

    bool empty() const { return ranges_.empty(); }
    std::uint64_t count() const { return count_; }
    /// "1, 3 to 5"; long lists end with the number of omitted ranges.
    std::string text() const;

  private:
    struct Range {
        Position first = 0;
        Position last = 0;
    };
    std::vector<Range> ranges_;
    std::uint64_t count_ = 0;
};

/// Checks every line of a source against its leaf hash and throws CannotRead at the first that
/// differs. Up to the last leaf hash, lines may be missing.
std::unique_ptr<LogSource> with_leaf_hashes(std::unique_ptr<LogSource> lines,
                                            std::unique_ptr<LeafHashes> leaves);

}  // namespace threatatlas::replay
