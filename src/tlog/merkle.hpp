#pragma once

/// @file
/// The Merkle tree of a log and its proofs (RFC 6962 section 2.1; RFC 9162 section 2.1). Pure
/// functions on digests; how nodes are stored is up to the caller.
///
/// A node is identified by its level (0 for leaves) and its index within the level. A node is
/// complete once all of its 2^level leaves exist, and never changes after that.

#include <cstdint>
#include <functional>
#include <vector>

#include "base/digest.hpp"

namespace threatatlas::tlog {

/// The hash of a leaf or an inner node, with the domain separation of RFC 6962 section 2.1.
base::Digest leaf_digest(std::string_view entry);
base::Digest node_digest(const base::Digest& left, const base::Digest& right);

/// The root of the empty tree: SHA-256 of the empty string.
base::Digest empty_tree_root();

/// The complete nodes whose parents are incomplete. They suffice to append leaves and to compute
/// the root. Not thread-safe.
class MerkleFrontier {
  public:
    MerkleFrontier() = default;
    /// The frontier of a tree of `size` leaves: one node for each bit set in `size`, largest
    /// subtree first. Throws std::invalid_argument if the number of nodes does not match.
    MerkleFrontier(std::uint64_t size, std::vector<base::Digest> nodes);

    std::uint64_t size() const { return size_; }
    base::Digest root() const;

    /// Appends a leaf. Calls emit(level, index, digest) for the leaf and for every node that it
    /// completes; on average less than one node is hashed per leaf.
    template <class Emit>
    void append(const base::Digest& leaf, Emit&& emit) {
        base::Digest node = leaf;
        unsigned level = 0;
        emit(level, size_, node);
        for (std::uint64_t index = size_; (index & 1U) != 0; index >>= 1U) {
            node = node_digest(nodes_.back(), node);
            nodes_.pop_back();
            emit(++level, index >> 1U, node);
        }
        nodes_.push_back(node);
        ++size_;
    }

  private:
    std::uint64_t size_ = 0;
    std::vector<base::Digest> nodes_;
};

/// Returns a complete node of a tree. May throw; the functions below propagate its exceptions.
using NodeReader = std::function<base::Digest(unsigned level, std::uint64_t index)>;

/// `nodes` must provide every complete node of a tree of `size` leaves.

/// The frontier of a tree, and its root.
MerkleFrontier merkle_frontier(std::uint64_t size, const NodeReader& nodes);
base::Digest merkle_root(std::uint64_t size, const NodeReader& nodes);
/// The inclusion proof of a leaf: the siblings on its path to the root, lowest level first. Throws
/// std::out_of_range unless index < size.
std::vector<base::Digest> inclusion_proof(std::uint64_t index, std::uint64_t size,
                                          const NodeReader& nodes);
/// The consistency proof between the trees of `old_size` and `size` leaves. 1 <= old_size <= size;
/// throws std::out_of_range if old_size > size. Every tree is consistent with the empty one, and
/// that proof is empty.
std::vector<base::Digest> consistency_proof(std::uint64_t old_size, std::uint64_t size,
                                            const NodeReader& nodes);

/// Verify a proof against known roots. The arguments may come from an untrusted source: any values
/// are safe, and a proof of the wrong length or content is simply false.
bool proves_inclusion(std::uint64_t index, std::uint64_t size, const base::Digest& leaf,
                      const std::vector<base::Digest>& proof, const base::Digest& root);
bool proves_consistency(std::uint64_t old_size, const base::Digest& old_root, std::uint64_t size,
                        const base::Digest& root, const std::vector<base::Digest>& proof);

}  // namespace threatatlas::tlog
