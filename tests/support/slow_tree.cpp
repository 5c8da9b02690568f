#include "support/slow_tree.hpp"

namespace threatatlas::testing {
namespace {

std::string text_of(const base::Digest& digest) {
    return std::string(base::bytes_of(digest));
}

// The largest power of two smaller than n: k < n <= 2k.
std::size_t split(std::size_t n) {
    std::size_t k = 1;
    while (2 * k < n) {
        k = 2 * k;
    }
    return k;
}

// SUBPROOF(m, D[n], b)
std::vector<base::Digest> slow_subproof(std::uint64_t old_size, Entries entries, bool complete) {
    const std::size_t n = entries.size();
    if (old_size == n) {
        return complete ? std::vector<base::Digest>{} : std::vector{slow_root(entries)};
    }
    const std::size_t k = split(n);
    std::vector<base::Digest> proof;
    if (old_size <= k) {
        proof = slow_subproof(old_size, entries.first(k), complete);
        proof.push_back(slow_root(entries.subspan(k)));
    } else {
        proof = slow_subproof(old_size - k, entries.subspan(k), false);
        proof.push_back(slow_root(entries.first(k)));
    }
    return proof;
}

}  // namespace

base::Digest slow_root(Entries entries) {
    const std::size_t n = entries.size();
    if (n == 0) {
        return base::sha256("");
    }
    if (n == 1) {
        return base::sha256(std::string(1, '\0') + entries.front());
    }
    const std::size_t k = split(n);
    return base::sha256('\1' + text_of(slow_root(entries.first(k))) +
                        text_of(slow_root(entries.subspan(k))));
}

std::vector<base::Digest> slow_path(std::uint64_t index, Entries entries) {
    const std::size_t n = entries.size();
    if (n == 1) {
        return {};
    }
    const std::size_t k = split(n);
    std::vector<base::Digest> path;
    if (index < k) {
        path = slow_path(index, entries.first(k));
        path.push_back(slow_root(entries.subspan(k)));
    } else {
        path = slow_path(index - k, entries.subspan(k));
        path.push_back(slow_root(entries.first(k)));
    }
    return path;
}

std::vector<base::Digest> slow_proof(std::uint64_t old_size, Entries entries) {
    return slow_subproof(old_size, entries, true);
}

}  // namespace threatatlas::testing
