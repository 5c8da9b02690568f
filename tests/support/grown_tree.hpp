#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tlog/merkle.hpp"

namespace threatatlas::testing {

/// A tree that keeps every node that was completed, as a store would.
class GrownTree {
  public:
    GrownTree() = default;
    explicit GrownTree(const std::vector<std::string>& entries);

    /// Throws logic_error where a node comes twice or out of its order.
    void append(std::string_view entry);

    std::uint64_t size() const { return frontier_.size(); }
    const tlog::MerkleFrontier& frontier() const { return frontier_; }
    /// The complete nodes of a level, from the left.
    const std::vector<base::Digest>& level(unsigned level) const { return levels_.at(level); }
    unsigned levels() const { return static_cast<unsigned>(levels_.size()); }

    /// Knows the complete nodes of the tree of the first `size` leaves, and throws out_of_range for
    /// all others. Good as long as the tree.
    tlog::NodeReader nodes(std::uint64_t size) const;
    /// The first nodes of a tile. Throws out_of_range where there are not so many.
    std::string tile(unsigned tile_level, std::uint64_t index, unsigned width) const;

  private:
    tlog::MerkleFrontier frontier_;
    std::vector<std::vector<base::Digest>> levels_;
};

/// "0", "1", … in decimal.
std::vector<std::string> numbered_entries(std::size_t count);
/// Single bytes: 0, 1, … At most 256.
std::vector<std::string> byte_entries(std::size_t count);
/// The eight that the tests of Certificate Transparency use.
std::vector<std::string> classic_entries();

/// Of 64 hexadecimal digits.
base::Digest digest_of_hex(std::string_view hex);
std::vector<std::string> hex_of_all(const std::vector<base::Digest>& digests);
/// The bytes that pairs of hexadecimal digits stand for.
std::string bytes_of_hex(std::string_view hex);

}  // namespace threatatlas::testing
