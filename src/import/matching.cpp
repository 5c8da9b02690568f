#include "import/matching.hpp"

#include <cstdint>
#include <cstring>
#include <unordered_map>
#include <utility>

namespace threatatlas::imports {
namespace {

struct DigestHash {
    std::size_t operator()(const events::FieldDigest& digest) const {
        std::uint64_t bits = 0;
        std::memcpy(&bits, digest.data(), digest.size());
        return std::hash<std::uint64_t>()(bits);
    }
};

// The objects that have the same content, on one side. Only a single one is of interest.
struct Group {
    std::size_t count = 0;
    std::size_t index = 0;
};

}  // namespace

Matching::Matching(const std::vector<FileIdentity>& file, const std::vector<Candidate>& candidates)
    : candidate_of_(file.size()), is_by_content_(file.size()), is_matched_(candidates.size()) {
    may_be_matched_by_content_.reserve(candidates.size());
    for (const Candidate& candidate : candidates) {
        may_be_matched_by_content_.push_back(candidate.by_content);
    }
    match_by_key(file, candidates);
    match_by_external_id(file, candidates);
}

void Matching::match(std::size_t file_index, std::size_t candidate) {
    candidate_of_[file_index] = candidate;
    is_matched_[candidate] = true;
}

void Matching::match_by_key(const std::vector<FileIdentity>& file,
                            const std::vector<Candidate>& candidates) {
    std::unordered_map<events::FieldDigest, std::size_t, DigestHash> by_key;
    for (std::size_t i = 0; i < candidates.size(); ++i) {
        if (candidates[i].key) {
            by_key.try_emplace(*candidates[i].key, i);
        }
    }
    for (std::size_t i = 0; i < file.size(); ++i) {
        const auto found = by_key.find(file[i].key);
        if (found != by_key.end() && !is_matched_[found->second]) {
            match(i, found->second);
        }
    }
}

void Matching::match_by_external_id(const std::vector<FileIdentity>& file,
                                    const std::vector<Candidate>& candidates) {
    // An external_id need not be unique. The first candidate is at the end of its list.
    std::unordered_map<std::string_view, std::vector<std::size_t>> by_external_id;
    for (std::size_t i = candidates.size(); i-- > 0;) {
        if (!is_matched_[i] && !candidates[i].external_id.empty()) {
            by_external_id[candidates[i].external_id].push_back(i);
        }
    }
    for (std::size_t i = 0; i < file.size(); ++i) {
        const auto found = by_external_id.find(file[i].external_id);
        if (!candidate_of_[i] && found != by_external_id.end() && !found->second.empty()) {
            match(i, found->second.back());
            found->second.pop_back();
        }
    }
}

void Matching::match_unique(const ContentOf& file_content, const ContentOf& candidate_content) {
    struct BothSides {
        Group file;
        Group candidates;
    };
    std::unordered_map<std::string, BothSides> by_content;
    for (std::size_t i = 0; i < candidate_of_.size(); ++i) {
        if (auto content = candidate_of_[i] ? std::nullopt : file_content(i)) {
            Group& group = by_content[*std::move(content)].file;
            ++group.count;
            group.index = i;
        }
    }
    for (std::size_t i = 0; i < is_matched_.size(); ++i) {
        const bool is_free = may_be_matched_by_content_[i] && !is_matched_[i];
        if (auto content = is_free ? candidate_content(i) : std::nullopt) {
            if (const auto found = by_content.find(*content); found != by_content.end()) {
                ++found->second.candidates.count;
                found->second.candidates.index = i;
            }
        }
    }
    for (const auto& [content, sides] : by_content) {
        if (sides.file.count == 1 && sides.candidates.count == 1) {
            match(sides.file.index, sides.candidates.index);
            is_by_content_[sides.file.index] = true;
        }
    }
}

}  // namespace threatatlas::imports
