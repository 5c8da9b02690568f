#include "base/nearest_name.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace threatatlas::base {
namespace {

// Longer names cannot be misspellings of any known name.
constexpr std::size_t name_bytes_max = 48;
constexpr std::size_t slips_max = 2;

struct Synonym {
    std::string_view name;  // folded
    std::string_view field;
};

// Names that other threat modelling tools, trackers and scanners use for our fields. A name may
// stand for several fields: the first one that is known in the given place applies.
constexpr auto synonyms = std::to_array<Synonym>({
    {"title", "name"},
    {"summary", "name"},
    {"label", "name"},
    {"subject", "name"},
    {"headline", "name"},
    {"threat", "name"},
    {"desc", "description"},
    {"detail", "description"},
    {"details", "description"},
    {"text", "description"},
    {"body", "description"},
    {"risk", "severity"},
    {"risklevel", "severity"},
    {"riskrating", "severity"},
    {"priority", "severity"},
    {"level", "severity"},
    {"criticality", "severity"},
    {"probability", "likelihood"},
    {"frequency", "likelihood"},
    {"consequence", "impact"},
    {"damage", "impact"},
    {"state", "status"},
    {"stage", "status"},
    {"phase", "status"},
    {"lifecycle", "status"},
    {"kind", "category"},
    {"class", "category"},
    {"stride", "category"},
    {"type", "category"},
    {"notes", "comments"},
    {"note", "comments"},
    {"remarks", "comments"},
    {"component", "element_id"},
    {"node", "element_id"},
    {"nodeid", "element_id"},
    {"asset", "element_id"},
    {"threats", "threat_ids"},
    {"covers", "threat_ids"},
    {"key", "external_id"},
    {"reference", "external_id"},
    {"ref", "external_id"},
    {"ticket", "external_id"},
    {"owner", "owner_name"},
    {"email", "owner_email"},
    {"contact", "owner_email"},
    {"department", "business_area"},
    {"team", "business_area"},
    {"repo", "repository_url"},
    {"repository", "repository_url"},
    {"git", "repository_url"},
    {"url", "application_url"},
    {"link", "application_url"},
    {"homepage", "application_url"},
    {"wiki", "confluence_url"},
    {"confluence", "confluence_url"},
    {"why", "reason"},
    {"justification", "reason"},
    {"rationale", "reason"},
    {"message", "reason"},
    {"user", "on_behalf_of"},
    {"author", "on_behalf_of"},
    {"actor", "on_behalf_of"},
    {"products", "product_ids"},
    {"scope", "product_ids"},
    {"expires", "expires_at"},
    {"expiry", "expires_at"},
    {"expiration", "expires_at"},
    {"validuntil", "expires_at"},
    {"permission", "role"},
    {"date", "occurred_at"},
    {"timestamp", "occurred_at"},
    {"time", "occurred_at"},
    {"id", "threat_id"},
    {"id", "mitigation_id"},
});

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool is_separator(char c) {
    return c == '_' || c == '-' || c == '.' || c == ' ';
}

// A name in the form used for comparison: lower case, without separators, split into words.
class Folded {
  public:
    // `name` has at most name_bytes_max bytes.
    explicit Folded(std::string_view name) {
        bool begins_word = true;
        for (const char c : name) {
            if (is_separator(c)) {
                begins_word = true;
                continue;
            }
            if (begins_word) {
                word_begins_[words_++] = size_;
                begins_word = false;
            }
            letters_[size_++] = lower(c);
        }
    }

    std::string_view letters() const { return {letters_.data(), size_}; }
    std::size_t words() const { return words_; }
    std::string_view word(std::size_t index) const {
        const std::size_t end = index + 1 < words_ ? word_begins_[index + 1] : size_;
        return letters().substr(word_begins_[index], end - word_begins_[index]);
    }

  private:
    std::array<char, name_bytes_max> letters_{};
    std::array<std::size_t, name_bytes_max> word_begins_{};
    std::size_t size_ = 0;
    std::size_t words_ = 0;
};

// Optimal string alignment distance: letters added, removed, replaced or swapped with a neighbour.
std::size_t distance(std::string_view a, std::string_view b) {
    using Row = std::array<std::size_t, name_bytes_max + 1>;
    Row before_last{};
    Row last{};
    Row row{};
    for (std::size_t j = 0; j <= b.size(); ++j) {
        last[j] = j;
    }
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            row[j] = std::min({replaced, last[j] + 1, row[j - 1] + 1});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                row[j] = std::min(row[j], before_last[j - 2] + 1);
            }
        }
        before_last = last;
        last = row;
    }
    return last[b.size()];
}

// One more than the number of misspelt letters allowed in a name of this size.
std::size_t slips_end(std::size_t size) {
    return std::min(slips_max + 1, (size + 1) / 2);
}

// True if `name` is `known` with some of its words left out; each word may be misspelt.
bool has_words_of(const Folded& name, const Folded& known) {
    std::size_t next = 0;
    for (std::size_t i = 0; i < name.words(); ++i) {
        const std::string_view word = name.word(i);
        while (next < known.words() && distance(word, known.word(next)) >=
                                           std::max<std::size_t>(slips_end(word.size()), 1)) {
            ++next;
        }
        if (next == known.words()) {
            return false;
        }
        ++next;
    }
    return true;
}

// The only known name that contains these words. A single word is too weak a match.
std::string_view name_with_words(const Folded& name, std::span<const std::string_view> known) {
    std::string_view found;
    if (name.words() < 2) {
        return found;
    }
    for (const auto candidate : known) {
        if (candidate.size() > name_bytes_max || !has_words_of(name, Folded(candidate))) {
            continue;
        }
        if (!found.empty()) {
            return {};
        }
        found = candidate;
    }
    return found;
}

}  // namespace

std::string_view nearest_name(std::string_view name, std::span<const std::string_view> known) {
    if (name.size() > name_bytes_max) {
        return {};
    }
    const Folded folded(name);
    std::string_view nearest;
    std::size_t slips = slips_end(folded.letters().size());
    for (const auto candidate : known) {
        if (candidate.size() > name_bytes_max) {
            continue;
        }
        const std::size_t d = distance(folded.letters(), Folded(candidate).letters());
        if (d < slips) {
            slips = d;
            nearest = candidate;
        }
    }
    return nearest.empty() ? name_with_words(folded, known) : nearest;
}

std::string_view field_meant_by(std::string_view name, std::span<const std::string_view> known) {
    const std::string_view nearest = nearest_name(name, known);
    if (!nearest.empty() || name.size() > name_bytes_max) {
        return nearest;
    }
    const Folded folded(name);
    for (const Synonym& synonym : synonyms) {
        if (synonym.name == folded.letters() &&
            std::find(known.begin(), known.end(), synonym.field) != known.end()) {
            return synonym.field;
        }
    }
    return {};
}

}  // namespace threatatlas::base
