#pragma once

/// @file
/// Builds an ImportedModel from the raw texts of a file. The rules that all formats share are here:
/// cleaning and cutting of texts, unique keys, limits, warnings.

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "import/imported_model.hpp"

namespace threatatlas::imports {

/// A threat as the file has it. Texts may be of any length and hold CR, CR LF, control characters
/// or HTML (the name only); the builder cleans them. They must be valid UTF-8, and outlive the call
/// only.
struct RawThreat {
    std::string key{};  ///< see ModelBuilder::add(); the builder makes it unique
    std::string path{};
    std::string_view name{};  ///< blank: the builder writes "Unnamed threat" and warns
    std::string_view description{};
    std::string_view category{};
    std::string_view diagram{};
    std::string_view element_id{};
    std::string_view element_name{};
    std::string_view comments{};
    std::string_view external_id{};  ///< only of formats that keep it
    events::Scoring scoring{};
    events::ThreatStatus status = events::ThreatStatus::identified;
    bool is_key_given = false;  ///< the key is an id in the file: the builder warns if it repeats
};

struct RawMitigation {
    std::string key{};
    std::string path{};
    std::string_view name{};  ///< blank: the first line of the description, or nothing is added
    std::string_view description{};
    std::string_view category{};
    std::string_view comments{};
    std::string_view external_id{};  ///< only of formats that keep it
    events::MitigationStatus status = events::MitigationStatus::proposed;
    std::vector<std::size_t>
        threats{};  ///< indices that add() gave, in any order, perhaps repeated
    std::string_view diagram{};
    std::string_view element_id{};
    bool is_key_given = false;
};

/// How the builder treats texts that obey the rules of events already.
enum class CleanTexts : std::uint8_t {
    always,     ///< as those of any other file: HTML in names becomes text, white space is trimmed
    if_needed,  ///< not at all: this program's own downloads come back unchanged
};

class ModelBuilder {
  public:
    explicit ModelBuilder(std::string format, CleanTexts clean = CleanTexts::always);

    void set_title(std::string_view title);

    /// Adds a threat and returns its index.
    ///
    /// Line ends become LF, other control characters and a byte order mark are dropped, white space
    /// at both ends too; HTML in the name becomes text. A name or another short text that is longer
    /// than allowed is cut at a word and kept whole at the head of the description (of the comments
    /// if the description has no room); a description that is too long is cut, each with a warning.
    /// All texts together are cut to what a line of the log holds.
    ///
    /// A key that occurred before gets "#2", "#3" … in the order of the file; a key that is too
    /// long for limits::key_bytes_max or has control characters is replaced by "sha256:" and its
    /// digest, and an empty one by the digest of the name, the category, the diagram and the
    /// element. Throws ImportError beyond limits::objects_max.
    std::size_t add(const RawThreat& threat);
    /// The same for a mitigation; returns false if it has neither name nor description, which is
    /// then not worth an object. The first events::limits::threat_ids_max threats count, the others
    /// give a warning.
    bool add(const RawMitigation& mitigation);

    /// True if `text` is nothing but the placeholder that a tool puts in for a mitigation that
    /// nobody has written, such as "Provide remediation for this threat or a reason if status is
    /// N/A".
    static bool is_filler(std::string_view text);

    /// Both texts must be valid UTF-8. A path of more than 300 code points is cut.
    void warn(std::string_view path, std::string detail);
    /// Warns that a member has a value which is not one of the format's.
    /// "status is \"Opened\", which this format does not have; taken as identified."
    void warn_unknown(std::string_view path, std::string_view member, std::string_view value,
                      std::string_view taken_as);

    /// Warns if the model is empty, and gives it away.
    ImportedModel build();

  private:
    using Keys = std::unordered_map<std::string, std::size_t>;
    struct Object;

    std::string clean_name(std::string_view text) const;
    std::string clean_text(std::string_view text) const;
    void fit(Object& object);
    void cut_short_text(Object& object, std::string& text, std::string_view field);
    void cut_long_text(Object& object, std::string& text, std::string_view field,
                       std::size_t points_max);
    std::string unique_key(Keys& used, std::string_view key, bool is_given, const Object& object);
    void count_object() const;

    const CleanTexts clean_;
    ImportedModel model_;
    Keys threat_keys_;  ///< with the highest ordinal that is known to be taken
    Keys mitigation_keys_;
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
