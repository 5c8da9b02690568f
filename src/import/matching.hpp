#pragma once

/// @file
/// Finds the objects of a file among the objects of a product. Threats and mitigations are matched
/// apart, by the same rules.

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "events/imported_fields.hpp"

namespace threatatlas::imports {

/// What identifies an object of the file.
struct FileIdentity {
    events::FieldDigest key{};
    std::string_view external_id;  ///< that it has, or would get; empty: none
};

/// What identifies an object of the product.
struct Candidate {
    std::optional<events::FieldDigest> key;  ///< in the last import of this source, if it was there
    std::string_view external_id;            ///< empty: none, or not to be matched by it
    bool by_content = false;                 ///< whether match_unique() may match it
};

/// Matches objects of a file with candidates, each with at most one. Both are identified by their
/// indices in the lists given.
class Matching {
  public:
    /// An object of the file is the candidate that had its key in the last import or, if there is
    /// none, the first one with its external_id.
    Matching(const std::vector<FileIdentity>& file, const std::vector<Candidate>& candidates);

    /// The content by which the object with this index is compared; nullopt: it is not compared.
    using ContentOf = std::function<std::optional<std::string>(std::size_t)>;
    /// Of the objects without a match, matches those whose content no other such object has: none
    /// of the file and none of the product.
    void match_unique(const ContentOf& file_content, const ContentOf& candidate_content);

    /// nullopt: the object is new.
    std::optional<std::size_t> candidate_of(std::size_t file_index) const {
        return candidate_of_[file_index];
    }
    bool is_matched(std::size_t candidate) const { return is_matched_[candidate]; }
    /// True if match_unique() has matched the object.
    bool is_matched_by_content(std::size_t file_index) const { return is_by_content_[file_index]; }

  private:
    void match(std::size_t file_index, std::size_t candidate);
    void match_by_key(const std::vector<FileIdentity>& file,
                      const std::vector<Candidate>& candidates);
    void match_by_external_id(const std::vector<FileIdentity>& file,
                              const std::vector<Candidate>& candidates);

    std::vector<std::optional<std::size_t>> candidate_of_;  ///< for each object of the file
    std::vector<bool> is_by_content_;
    std::vector<bool> is_matched_;  ///< for each candidate
    std::vector<bool> may_be_matched_by_content_;
};

}  // namespace threatatlas::imports
