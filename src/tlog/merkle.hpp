#pragma once

// The Merkle tree of a log and the proofs that follow from it (RFC 6962, section 2.1; RFC 9162,
// section 2.1). Pure: knows digests, not where they are kept.
//
// A node is named by its level (0: leaves) and its index in the level. It is complete where all of
// its 2^level leaves are there, and never changes from then on.

#include <cstdint>
#include <functional>
#include <vector>

#include "base/digest.hpp"

namespace threatatlas {

Digest leaf_digest(std::string_view entry);
Digest node_digest(const Digest& left, const Digest& right);

// SHA-256 of nothing.
Digest empty_tree_root();

// The complete nodes whose parents are not: all it takes to go on and to know the root.
class MerkleFrontier {
  public:
    MerkleFrontier() = default;
    // Of a tree of that size: one node for each bit of it, the largest first.
    MerkleFrontier(std::uint64_t size, std::vector<Digest> nodes);

    std::uint64_t size() const { return size_; }
    Digest root() const;

    // Calls emit(level, index, digest) for the leaf and every node that it completes. Less than one
    // node is hashed a leaf, all in all.
    template <class Emit>
    void append(const Digest& leaf, Emit&& emit) {
        Digest node = leaf;
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
    std::vector<Digest> nodes_;
};

// Gives complete nodes of a tree. May throw; the functions below let it pass.
using NodeReader = std::function<Digest(unsigned level, std::uint64_t index)>;

// The functions below need a reader that knows all complete nodes of a tree of `size` leaves.

MerkleFrontier merkle_frontier(std::uint64_t size, const NodeReader& nodes);
Digest merkle_root(std::uint64_t size, const NodeReader& nodes);
// That the leaf is in the tree: the siblings on its way, the lowest first. index < size.
std::vector<Digest> inclusion_proof(std::uint64_t index, std::uint64_t size,
                                    const NodeReader& nodes);
// That the tree of `size` grew from the one of `old_size`. 1 <= old_size <= size; from an empty
// tree every tree has grown, and the proof is empty.
std::vector<Digest> consistency_proof(std::uint64_t old_size, std::uint64_t size,
                                      const NodeReader& nodes);

// Whether a proof proves what it says, whoever made it and whatever it holds.
bool proves_inclusion(std::uint64_t index, std::uint64_t size, const Digest& leaf,
                      const std::vector<Digest>& proof, const Digest& root);
bool proves_consistency(std::uint64_t old_size, const Digest& old_root, std::uint64_t size,
                        const Digest& root, const std::vector<Digest>& proof);

}  // namespace threatatlas
