#pragma once

/// @file
/// The rules for values of fields. Each read_…() returns the value of a member, or nullopt: if it
/// is null and that means absent, or if it breaks a rule, about which it complains.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "commands/json/body_json.hpp"
#include "events/limits.hpp"
#include "events/ratio.hpp"
#include "events/vocabulary.hpp"

namespace threatatlas::command_json {

/// The meaning of null in a field.
enum class OnNull : std::uint8_t {
    absent,  ///< as if the field were missing
    clears,  ///< the object has no such value from then on
    refused  ///< not allowed: the object always has a value
};

/// The fault of a text, as a sentence that says what to do. nullopt if it is valid: not blank
/// (is_blank()), at most `points_max` code points, no control characters (C0, DEL, C1) except
/// newline and tab. `text` is valid UTF-8.
std::optional<std::string> fault_of_text(std::string_view text, std::size_t points_max);

// "a, b or c"
std::string listed(std::span<const std::string_view> words);

/// Returns true if the member is null. Adds an error if it is and must not be.
bool is_null(Member& member, OnNull on_null);

/// A text with its line ends as newlines, valid as long as the member; empty if null clears it.
std::optional<std::string_view> read_text(Member& member, std::size_t points_max, OnNull on_null);

/// The index of the text in `words`.
std::optional<std::size_t> read_word(Member& member, std::span<const std::string_view> words);

/// A name of an enumeration. The member must not be null.
template <class Enum>
std::optional<Enum> read_name(Member& member) {
    const auto index = read_word(member, events::names_of<Enum>());
    return index ? std::optional(static_cast<Enum>(*index)) : std::nullopt;
}

/// The same, if null means absent or is refused.
template <class Enum>
std::optional<Enum> read_name(Member& member, OnNull on_null) {
    return is_null(member, on_null) ? std::nullopt : read_name<Enum>(member);
}

/// likelihood or impact, 1..5.
std::optional<std::uint8_t> read_score(Member& member);

/// An id, 1..max. No object has an id above limits::id_max.
std::optional<std::uint64_t> read_id(Member& member, std::uint64_t max);

/// A count, 0..max.
std::optional<std::uint64_t> read_count(Member& member, std::uint64_t max);

/// A decimal from 0 to 1.
std::optional<events::Ratio> read_ratio(Member& member);

/// true or false.
std::optional<bool> read_flag(Member& member);

/// Ids: at most `ids_max`, none twice, sorted ascending; an empty list if null clears.
std::optional<std::vector<std::uint64_t>> read_ids(Member& member, std::size_t ids_max,
                                                   OnNull on_null);

/// An RFC 3339 instant; null means absent.
std::optional<base::Instant> read_instant(Member& member);

/// A plain date. The member must not be null.
std::optional<base::Day> read_day(Member& member);

/// Empty if it is not given.
std::string read_on_behalf_of(Member& member);

/// Reads one of the attributes that every write may have.
bool take_attributes(Member& member, std::string& reason, std::string& on_behalf_of);

}  // namespace threatatlas::command_json
