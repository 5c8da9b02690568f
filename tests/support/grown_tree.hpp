#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tlog/merkle.hpp"

namespace threatatlas::testing {

/// An append-only Merkle tree that keeps every complete node, as a store does.
class GrownTree {
  public:
    GrownTree() = default;
    explicit GrownTree(const std::vector<std::string>& entries);

    /// Throws std::logic_error if a node is completed twice or out of order.
    void append(std::string_view entry);

    std::uint64_t size() const { return frontier_.size(); }
    const tlog::MerkleFrontier& frontier() const { return frontier_; }
    /// The complete nodes of a level, from left to right.
    const std::vector<base::Digest>& level(unsigned level) const { return levels_.at(level); }
    unsigned levels() const { return static_cast<unsigned>(levels_.size()); }

    /// Reads complete nodes of the tree of the first `size` leaves; throws std::out_of_range for
    /// any other node. Valid for the lifetime of the tree.
    tlog::NodeReader nodes(std::uint64_t size) const;
    /// The first `width` nodes of a tile. Throws std::out_of_range if the tile has fewer.
    std::string tile(unsigned tile_level, std::uint64_t index, unsigned width) const;

  private:
    tlog::MerkleFrontier frontier_;
    std::vector<std::vector<base::Digest>> levels_;
};

/// The numbers "0", "1", … in decimal.
std::vector<std::string> numbered_entries(std::size_t count);
/// Single bytes 0, 1, …; at most 256.
std::vector<std::string> byte_entries(std::size_t count);
/// The eight entries of the Certificate Transparency test vectors.
std::vector<std::string> classic_entries();

/// Parses 64 hexadecimal digits.
base::Digest digest_of_hex(std::string_view hex);
std::vector<std::string> hex_of_all(const std::vector<base::Digest>& digests);
/// Decodes pairs of hexadecimal digits.
std::string bytes_of_hex(std::string_view hex);

}  // namespace threatatlas::testing
