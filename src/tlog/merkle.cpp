#include "tlog/merkle.hpp"

#include <bit>
#include <stdexcept>

namespace threatatlas::tlog {
namespace {

using namespace std::string_view_literals;

// The largest power of two smaller than `size`, which is at least 2.
std::uint64_t split_of(std::uint64_t size) {
    return std::bit_floor(size - 1);
}

// The root of `size` leaves starting at `begin`, which is a multiple of every power of two below
// `size`. `size` is not 0.
base::Digest subtree_root(std::uint64_t begin, std::uint64_t size, const NodeReader& nodes) {
    if (std::has_single_bit(size)) {
        const auto level = static_cast<unsigned>(std::countr_zero(size));
        return nodes(level, begin >> level);
    }
    const std::uint64_t left = split_of(size);
    return node_digest(subtree_root(begin, left, nodes),
                       subtree_root(begin + left, size - left, nodes));
}

void add_path(std::uint64_t index, std::uint64_t begin, std::uint64_t size, const NodeReader& nodes,
              std::vector<base::Digest>& path) {
    if (size == 1) {
        return;
    }
    const std::uint64_t left = split_of(size);
    if (index < left) {
        add_path(index, begin, left, nodes, path);
        path.push_back(subtree_root(begin + left, size - left, nodes));
    } else {
        add_path(index - left, begin + left, size - left, nodes, path);
        path.push_back(subtree_root(begin, left, nodes));
    }
}

// `is_known`: the verifier already knows the root of the old leaves in this range.
void add_growth(std::uint64_t old_size, std::uint64_t begin, std::uint64_t size, bool is_known,
                const NodeReader& nodes, std::vector<base::Digest>& proof) {
    if (old_size == size) {
        if (!is_known) {
            proof.push_back(subtree_root(begin, size, nodes));
        }
        return;
    }
    const std::uint64_t left = split_of(size);
    if (old_size <= left) {
        add_growth(old_size, begin, left, is_known, nodes, proof);
        proof.push_back(subtree_root(begin + left, size - left, nodes));
    } else {
        add_growth(old_size - left, begin + left, size - left, false, nodes, proof);
        proof.push_back(subtree_root(begin, left, nodes));
    }
}

// The path from a leaf to the root as RFC 9162 section 2.1.3 traverses it: before a step that joins
// a left sibling, the levels without a right sibling are skipped.
struct Path {
    std::uint64_t first;  // index of the node, in its level
    std::uint64_t last;   // index of the level's last node

    bool joins_left() const { return (first & 1U) != 0 || first == last; }

    void pass_unpaired() {
        while ((first & 1U) == 0 && first != 0) {
            rise();
        }
    }
    void rise() {
        first >>= 1U;
        last >>= 1U;
    }
};

}  // namespace

base::Digest leaf_digest(std::string_view entry) {
    return base::sha256({"\x00"sv, entry});
}

base::Digest node_digest(const base::Digest& left, const base::Digest& right) {
    return base::sha256({"\x01"sv, base::bytes_of(left), base::bytes_of(right)});
}

base::Digest empty_tree_root() {
    return base::sha256("");
}

MerkleFrontier::MerkleFrontier(std::uint64_t size, std::vector<base::Digest> nodes)
    : size_(size), nodes_(std::move(nodes)) {
    if (nodes_.size() != static_cast<std::size_t>(std::popcount(size))) {
        throw std::invalid_argument("a frontier has a node for each bit of the size");
    }
}

base::Digest MerkleFrontier::root() const {
    if (nodes_.empty()) {
        return empty_tree_root();
    }
    base::Digest root = nodes_.back();
    for (auto node = nodes_.rbegin() + 1; node != nodes_.rend(); ++node) {
        root = node_digest(*node, root);
    }
    return root;
}

MerkleFrontier merkle_frontier(std::uint64_t size, const NodeReader& nodes) {
    std::vector<base::Digest> frontier;
    std::uint64_t begin = 0;
    while (begin < size) {
        const std::uint64_t leaves = std::bit_floor(size - begin);
        frontier.push_back(subtree_root(begin, leaves, nodes));
        begin += leaves;
    }
    return {size, std::move(frontier)};
}

base::Digest merkle_root(std::uint64_t size, const NodeReader& nodes) {
    return merkle_frontier(size, nodes).root();
}

std::vector<base::Digest> inclusion_proof(std::uint64_t index, std::uint64_t size,
                                          const NodeReader& nodes) {
    if (index >= size) {
        throw std::out_of_range("the leaf is beyond the tree");
    }
    std::vector<base::Digest> path;
    add_path(index, 0, size, nodes, path);
    return path;
}

std::vector<base::Digest> consistency_proof(std::uint64_t old_size, std::uint64_t size,
                                            const NodeReader& nodes) {
    if (old_size > size) {
        throw std::out_of_range("the old tree is larger than the new one");
    }
    std::vector<base::Digest> proof;
    if (old_size > 0) {
        add_growth(old_size, 0, size, true, nodes, proof);
    }
    return proof;
}

bool proves_inclusion(std::uint64_t index, std::uint64_t size, const base::Digest& leaf,
                      const std::vector<base::Digest>& proof, const base::Digest& root) {
    if (index >= size) {
        return false;
    }
    Path walk{index, size - 1};
    base::Digest node = leaf;
    for (const base::Digest& sibling : proof) {
        if (walk.last == 0) {
            return false;
        }
        if (walk.joins_left()) {
            node = node_digest(sibling, node);
            walk.pass_unpaired();
        } else {
            node = node_digest(node, sibling);
        }
        walk.rise();
    }
    return walk.last == 0 && node == root;
}

bool proves_consistency(std::uint64_t old_size, const base::Digest& old_root, std::uint64_t size,
                        const base::Digest& root, const std::vector<base::Digest>& proof) {
    if (old_size > size) {
        return false;
    }
    if (old_size == size) {
        return proof.empty() && old_root == root && (size > 0 || root == empty_tree_root());
    }
    if (old_size == 0) {
        return proof.empty() && old_root == empty_tree_root();
    }
    // If the old tree is a complete node of the new one, the path starts at its root.
    const bool starts_at_root = std::has_single_bit(old_size);
    if (!starts_at_root && proof.empty()) {
        return false;
    }
    Path walk{old_size - 1, size - 1};
    while ((walk.first & 1U) != 0) {
        walk.rise();
    }
    base::Digest old_node = starts_at_root ? old_root : proof.front();
    base::Digest node = old_node;
    for (std::size_t i = starts_at_root ? 0 : 1; i < proof.size(); ++i) {
        if (walk.last == 0) {
            return false;
        }
        if (walk.joins_left()) {
            old_node = node_digest(proof[i], old_node);
            node = node_digest(proof[i], node);
            walk.pass_unpaired();
        } else {
            node = node_digest(node, proof[i]);
        }
        walk.rise();
    }
    return walk.last == 0 && old_node == old_root && node == root;
}

}  // namespace threatatlas::tlog
