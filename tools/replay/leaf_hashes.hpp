#pragma once

// Leaf hashes for the lines that are hidden from whoever fetched the log: with them the root of the
// Merkle tree can be computed, and nothing of those lines is known.

#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.hpp"
#include "events/vocabulary.hpp"
#include "replay/log_source.hpp"

namespace threatatlas {

// A file that holds the leaf hash of every position from 1 on: the tiles of level 0, joined. For
// use by one thread.
class LeafHashes {
  public:
    // Throws CannotRead.
    explicit LeafHashes(const std::string& path);

    Position size() const { return size_; }
    // 1..size(). Cheap if positions rise. Throws CannotRead.
    Digest at(Position position);

  private:
    const std::string path_;
    std::ifstream file_;
    Position size_ = 0;
    Position next_ = 1;  // the position whose hash the file would give next
};

// The position that a line names; nothing if it is not an event. Whether the rest of the line is
// right is for its leaf hash to say.
std::optional<Position> position_in(std::string_view line);

// Positions in a row, for messages.
class PositionRanges {
  public:
    // Positions rise from call to call.
    void add(Position first, Position last);
    void add(Position position) { add(position, position); }

    bool empty() const { return ranges_.empty(); }
    std::uint64_t count() const { return count_; }
    // "1, 3 to 5"; says how many more there are if the list is long.
    std::string text() const;

  private:
    struct Range {
        Position first = 0;
        Position last = 0;
    };
    std::vector<Range> ranges_;
    std::uint64_t count_ = 0;
};

// The lines of a source, each held against its leaf hash: one that is not the line at its position
// ends the reading with CannotRead. Up to the last leaf hash, lines may be missing.
std::unique_ptr<LogSource> with_leaf_hashes(std::unique_ptr<LogSource> lines,
                                            std::unique_ptr<LeafHashes> leaves);

}  // namespace threatatlas
