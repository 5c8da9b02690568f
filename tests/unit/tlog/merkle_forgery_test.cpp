// Forged proofs: the attacks in the tests of transparency-dev/merkle, for every tree of up to 130
// leaves.

#include <limits>

#include <boost/test/unit_test.hpp>

#include "support/grown_tree.hpp"
#include "tlog/merkle.hpp"

BOOST_AUTO_TEST_SUITE(merkle_forgery_test)

using namespace threatatlas;
using namespace threatatlas::base;
using namespace threatatlas::testing;
using namespace threatatlas::tlog;

namespace {

using Proof = std::vector<Digest>;

constexpr std::uint64_t size_max = 130;
constexpr std::uint64_t largest = std::numeric_limits<std::uint64_t>::max();

const Digest random_root = sha256("not the root of any tree here");
const Digest garbage{};

Proof before(const Digest& digest, Proof proof) {
    proof.insert(proof.begin(), digest);
    return proof;
}

Proof after(Proof proof, const Digest& digest) {
    proof.push_back(digest);
    return proof;
}

Proof without(Proof proof, std::size_t index) {
    proof.erase(proof.begin() + static_cast<std::ptrdiff_t>(index));
    return proof;
}

Proof with(Proof proof, std::size_t index, const Digest& digest) {
    proof.insert(proof.begin() + static_cast<std::ptrdiff_t>(index), digest);
    return proof;
}

Digest with_other_bit(Digest digest) {
    digest[0] ^= 8U;
    return digest;
}

struct NamedProof {
    const char* what;
    Proof proof;
};

// Manipulated versions of a proof, including ones that insert the known roots.
std::vector<NamedProof> spoiled(const Proof& proof, const std::vector<Digest>& known) {
    std::vector<NamedProof> proofs{{"preceding garbage", before(garbage, proof)},
                                   {"trailing garbage", after(proof, garbage)}};
    for (const Digest& root : known) {
        proofs.push_back({"preceding root", before(root, proof)});
        proofs.push_back({"trailing root", after(proof, root)});
    }
    for (std::size_t i = 0; i < proof.size(); ++i) {
        Proof modified = proof;
        modified[i] = with_other_bit(modified[i]);
        proofs.push_back({"modified component", std::move(modified)});
        proofs.push_back({"removed component", without(proof, i)});
        proofs.push_back({"inserted component", with(proof, i, random_root)});
        proofs.push_back({"repeated component", with(proof, i, proof[i])});
        if (i > 0) {
            Proof swapped = proof;
            std::swap(swapped[i - 1], swapped[i]);
            proofs.push_back({"swapped components", std::move(swapped)});
        }
    }
    if (!proof.empty()) {
        proofs.push_back({"empty proof", {}});
    }
    return proofs;
}

struct Inclusion {
    std::uint64_t index;
    std::uint64_t size;
    Digest leaf;
    Proof proof;
    Digest root;

    bool holds() const { return proves_inclusion(index, size, leaf, proof, root); }
};

void check_inclusion(const Inclusion& good) {
    BOOST_REQUIRE(good.holds());
    const auto refused = [&](const char* what, std::uint64_t index, std::uint64_t size) {
        Inclusion bad = good;
        bad.index = index;
        bad.size = size;
        BOOST_REQUIRE_MESSAGE(!bad.holds(), what);
    };
    refused("index - 1", good.index - 1, good.size);
    refused("index + 1", good.index + 1, good.size);
    refused("index ^ 2", good.index ^ 2U, good.size);
    refused("largest index", largest, good.size);
    refused("index beyond the tree", good.size, good.size);
    refused("size * 2", good.index, good.size * 2);
    refused("size / 2", good.index, good.size / 2);
    refused("no size", good.index, 0);
    refused("largest size", good.index, largest);

    Inclusion wrong_leaf = good;
    wrong_leaf.leaf = leaf_digest("wrong");
    BOOST_REQUIRE_MESSAGE(!wrong_leaf.holds(), "wrong leaf");
    for (const Digest& root : {empty_tree_root(), random_root, garbage}) {
        Inclusion wrong_root = good;
        wrong_root.root = root;
        BOOST_REQUIRE_MESSAGE(!wrong_root.holds(), "empty or random root");
    }
    for (NamedProof& bad : spoiled(good.proof, {good.root})) {
        Inclusion forged = good;
        forged.proof = std::move(bad.proof);
        BOOST_REQUIRE_MESSAGE(!forged.holds(), bad.what);
    }
}

struct Growth {
    std::uint64_t old_size;
    Digest old_root;
    std::uint64_t size;
    Digest root;
    Proof proof;

    bool holds() const { return proves_consistency(old_size, old_root, size, root, proof); }
};

void check_growth(const Growth& good) {
    BOOST_REQUIRE(good.holds());
    const auto refused_sizes = [&](const char* what, std::uint64_t old_size, std::uint64_t size) {
        Growth bad = good;
        bad.old_size = old_size;
        bad.size = size;
        BOOST_REQUIRE_MESSAGE(!bad.holds(), what);
    };
    refused_sizes("old size - 1", good.old_size - 1, good.size);
    refused_sizes("old size + 1", good.old_size + 1, good.size);
    refused_sizes("old size ^ 2", good.old_size ^ 2U, good.size);
    refused_sizes("no old size", 0, good.size);
    refused_sizes("size * 2", good.old_size, good.size * 2);
    refused_sizes("size / 2", good.old_size, good.size / 2);
    refused_sizes("swapped sizes", good.size, good.old_size);
    refused_sizes("largest sizes", largest, largest);

    const auto refused_roots = [&](const char* what, const Digest& old_root, const Digest& root) {
        Growth bad = good;
        bad.old_root = old_root;
        bad.root = root;
        BOOST_REQUIRE_MESSAGE(!bad.holds(), what);
    };
    refused_roots("random old root", random_root, good.root);
    refused_roots("random root", good.old_root, random_root);
    refused_roots("empty old root", empty_tree_root(), good.root);
    refused_roots("empty root", good.old_root, empty_tree_root());
    refused_roots("swapped roots", good.root, good.old_root);
    refused_roots("the old root twice", good.old_root, good.old_root);
    refused_roots("the new root twice", good.root, good.root);

    for (NamedProof& bad : spoiled(good.proof, {good.old_root, good.root})) {
        Growth forged = good;
        forged.proof = std::move(bad.proof);
        BOOST_REQUIRE_MESSAGE(!forged.holds(), bad.what);
    }
}

}  // namespace

BOOST_AUTO_TEST_CASE(no_forged_inclusion_proof_is_accepted) {
    const GrownTree tree(numbered_entries(size_max));
    for (std::uint64_t size = 1; size <= size_max; ++size) {
        const NodeReader nodes = tree.nodes(size);
        const Digest root = merkle_root(size, nodes);
        for (std::uint64_t index = 0; index < size; ++index) {
            BOOST_TEST_CONTEXT(index << " in " << size) {
                check_inclusion(
                    {index, size, tree.level(0)[index], inclusion_proof(index, size, nodes), root});
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(no_forged_consistency_proof_is_accepted) {
    const GrownTree tree(numbered_entries(size_max));
    for (std::uint64_t size = 2; size <= size_max; ++size) {
        const NodeReader nodes = tree.nodes(size);
        const Digest root = merkle_root(size, nodes);
        for (std::uint64_t old_size = 1; old_size < size; ++old_size) {
            BOOST_TEST_CONTEXT(old_size << " to " << size) {
                check_growth({old_size, merkle_root(old_size, nodes), size, root,
                              consistency_proof(old_size, size, nodes)});
            }
        }
    }
}

// A malicious log could sign a root that no tree of this size has.
BOOST_AUTO_TEST_CASE(no_path_is_longer_than_the_tree_is_high) {
    const GrownTree tree(numbered_entries(size_max));
    for (std::uint64_t size = 1; size <= size_max; ++size) {
        const NodeReader nodes = tree.nodes(size);
        const Digest root = merkle_root(size, nodes);
        for (const auto& join : {node_digest(garbage, root), node_digest(root, garbage)}) {
            for (const std::uint64_t index : {std::uint64_t{0}, size / 2, size - 1}) {
                BOOST_TEST(
                    !proves_inclusion(index, size, tree.level(0)[index],
                                      after(inclusion_proof(index, size, nodes), garbage), join),
                    index << " in " << size);
            }
        }
        for (std::uint64_t old_size = 1; old_size < size; ++old_size) {
            const Digest old_root = merkle_root(old_size, nodes);
            const Proof proof = after(consistency_proof(old_size, size, nodes), garbage);
            BOOST_TEST(!proves_consistency(old_size, node_digest(garbage, old_root), size,
                                           node_digest(garbage, root), proof),
                       old_size << " to " << size);
            BOOST_TEST(
                !proves_consistency(old_size, old_root, size, node_digest(root, garbage), proof),
                old_size << " to " << size);
        }
    }
}

// A log of the same size with one changed entry: it is inconsistent with every old tree that
// contains the entry.
BOOST_AUTO_TEST_CASE(a_rewritten_log_is_not_consistent_with_the_old_one) {
    constexpr std::uint64_t size = 100;
    constexpr std::uint64_t changed = 37;
    std::vector<std::string> entries = numbered_entries(size);
    const GrownTree honest(entries);
    entries[changed] = "rewritten";
    const GrownTree rewritten(entries);
    const NodeReader nodes = rewritten.nodes(size);
    for (std::uint64_t old_size = 1; old_size <= size; ++old_size) {
        const bool holds = proves_consistency(
            old_size, merkle_root(old_size, honest.nodes(old_size)), size,
            rewritten.frontier().root(), consistency_proof(old_size, size, nodes));
        BOOST_TEST(holds == (old_size <= changed), "from " << old_size);
    }
}

BOOST_AUTO_TEST_CASE(trivial_proofs_are_not_accepted) {
    const Digest one = leaf_digest("one");
    // An empty tree contains nothing.
    BOOST_TEST(!proves_inclusion(0, 0, one, {}, one));
    BOOST_TEST(!proves_inclusion(0, 0, one, {}, empty_tree_root()));
    BOOST_TEST(!proves_inclusion(1, 1, one, {}, one));
    BOOST_TEST(!proves_inclusion(0, 1, one, {one}, one));
    // Trees of the same size need the same root and an empty proof.
    BOOST_TEST(proves_consistency(1, one, 1, one, {}));
    BOOST_TEST(!proves_consistency(1, one, 1, random_root, {}));
    BOOST_TEST(!proves_consistency(1, one, 1, one, {one}));
    // Every tree extends the empty tree, which has only one root.
    BOOST_TEST(proves_consistency(0, empty_tree_root(), 0, empty_tree_root(), {}));
    BOOST_TEST(!proves_consistency(0, random_root, 0, random_root, {}));
    BOOST_TEST(!proves_consistency(0, random_root, 1, one, {}));
    BOOST_TEST(!proves_consistency(0, empty_tree_root(), 1, one, {one}));
    BOOST_TEST(!proves_consistency(0, empty_tree_root(), 0, one, {}));
    // A tree never shrinks.
    BOOST_TEST(!proves_consistency(1, one, 0, empty_tree_root(), {}));
    BOOST_TEST(!proves_consistency(2, one, 3, random_root, {}));
    BOOST_TEST(!proves_consistency(3, one, 4, random_root, {}));
}

BOOST_AUTO_TEST_SUITE_END()
