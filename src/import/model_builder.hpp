#pragma once

/// @file
/// Builds an ImportedModel from the raw texts of a file. The rules that all formats share are here:
/// cleaning and cutting of texts, unique keys, limits, warnings.

#include <array>
#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <unordered_map>

#include "import/imported_model.hpp"

namespace threatatlas::imports {

/// A threat as the file has it. Texts may be of any length and hold CR, CR LF, control characters or
/// HTML (the name only); the builder cleans them. They must be valid UTF-8, and outlive the call only.
struct RawThreat {
    std::string key;  ///< see ModelBuilder::add(); the builder makes it unique
    std::string path;
    std::string_view name;  ///< blank: the builder writes "Unnamed threat" and warns
    std::string_view description;
    std::string_view category;
    std::string_view diagram;
    std::string_view element_id;
    std::string_view element_name;
    std::string_view comments;
    events::Scoring scoring;
    events::ThreatStatus status = events::ThreatStatus::identified;
};

struct RawMitigation {
    std::string key;
    std::string path;
    std::string_view name;  ///< blank: the first line of the description, or nothing is added
    std::string_view description;
    std::string_view category;
    std::string_view comments;
    events::MitigationStatus status = events::MitigationStatus::proposed;
    std::vector<std::size_t> threats;  ///< indices that add() gave, in any order, perhaps repeated
    std::string_view diagram;
    std::string_view element_id;
};

class ModelBuilder {
  public:
    explicit ModelBuilder(std::string format);

    void set_title(std::string_view title);

    /// Adds a threat and returns its index.
    ///
    /// Line ends become LF, other control characters and a byte order mark are dropped, white space at
    /// both ends too; HTML in the name becomes text. A name or another short text that is longer than
    /// allowed is cut at a word and kept whole at the head of the description (of the comments if the
    /// description has no room); a description that is too long is cut, each with a warning.
    ///
    /// A key that occurred before gets "#2", "#3" … in the order of the file; a key longer than
    /// limits::key_bytes_max is replaced by "sha256:" and its digest. Throws ImportError beyond
    /// limits::objects_max.
    std::size_t add(RawThreat threat);
    /// The same for a mitigation; returns false if it has neither name nor description, which are then
    /// not worth an object.
    bool add(RawMitigation mitigation);

    /// True if `text` is nothing but the placeholder that a tool puts in for a mitigation that nobody has
    /// written, such as "Provide remediation for this threat or a reason if status is N/A".
    static bool is_filler(std::string_view text);

    void warn(std::string path, std::string detail);
    /// Warns that a member has a value which is not one of the format's.
    void warn_unknown(std::string path, std::string_view member, std::string_view value,
                      std::string_view taken_as);

    /// Warns if the model is empty, and gives it away.
    ImportedModel build();

  private:
    std::string unique_key(std::unordered_map<std::string, std::size_t>& used, std::string key);
    void count_object();

    ImportedModel model_;
    std::unordered_map<std::string, std::size_t> threat_keys_;
    std::unordered_map<std::string, std::size_t> mitigation_keys_;
};

/// One word of a format's vocabulary and ours for it.
template <class Enum>
struct Word {
    std::string_view word;  ///< compared without regard to case, spaces, hyphens and underscores
    Enum value;
};

/// True if both words are the same but for case, spaces, hyphens and underscores (ASCII).
bool is_same_word(std::string_view left, std::string_view right);

/// The value of a word; nullopt if the list does not have it.
template <class Enum>
std::optional<Enum> find_word(std::initializer_list<Word<Enum>> words, std::string_view text) {
    for (const auto& entry : words) {
        if (is_same_word(entry.word, text)) {
            return entry.value;
        }
    }
    return std::nullopt;
}

}  // namespace threatatlas::imports
