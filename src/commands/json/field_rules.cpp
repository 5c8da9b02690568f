#include "commands/json/field_rules.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

#include "base/nearest_name.hpp"
#include "events/text.hpp"

namespace threatatlas::command_json {
namespace {

namespace dom = simdjson::dom;

// Returns nullopt unless the value is an integer from 1 to `max`.
std::optional<std::uint64_t> number_of(dom::element value, std::uint64_t max) {
    std::uint64_t number = 0;
    if (value.get_uint64().get(number) != simdjson::SUCCESS || number < 1 || number > max) {
        return std::nullopt;
    }
    return number;
}

std::string id_advice(std::uint64_t max) {
    return max == events::limits::id_max
               ? std::string("Give an id: a whole number from 1 on.")
               : fmt::format("Give an id: a whole number from 1 to {}.", max);
}

// Complains about each id that is a repetition of an earlier one.
void find_repeated(Member& member, const std::vector<std::uint64_t>& ids) {
    std::vector<std::size_t> places(ids.size());
    for (std::size_t i = 0; i < places.size(); ++i) {
        places[i] = i;
    }
    std::stable_sort(places.begin(), places.end(),
                     [&](std::size_t a, std::size_t b) { return ids[a] < ids[b]; });
    for (std::size_t i = 1; i < places.size(); ++i) {
        if (ids[places[i]] == ids[places[i - 1]]) {
            member.complain(
                places[i], fmt::format("Name {} once: it is in the list already.", ids[places[i]]));
        }
    }
}

// The shortest decimal that means the same number, which is what was sent if it has at most 15
// digits. Never with an exponent, unlike those of fmt.
std::string decimal(double from_0_to_1) {
    constexpr std::size_t digits_max = 1'100;  // enough for every double
    std::array<char, digits_max> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), from_0_to_1,
                                   std::chars_format::fixed)
                         .ptr;
    return {digits.data(), end};
}

}  // namespace

std::optional<std::string> fault_of_text(std::string_view text, std::size_t points_max) {
    if (text.empty()) {
        return "Give a text that is not empty, or leave the field out.";
    }
    if (events::is_blank(text)) {
        return "Give a text with visible characters, or leave the field out: this one has none.";
    }
    if (events::has_control_character(text)) {
        return fmt::format(
            "Remove the control character {}: of these a text may hold newline and "
            "tab only.",
            events::describe_control_character(text));
    }
    if (text.size() <= points_max) {
        return std::nullopt;  // a text has no more code points than bytes
    }
    const std::size_t points = events::count_points(text);
    if (points > points_max) {
        return fmt::format("Shorten the text to {} characters: it has {}.", points_max, points);
    }
    return std::nullopt;
}

std::string listed(std::span<const std::string_view> words) {
    std::string text(words.front());
    for (std::size_t i = 1; i < words.size(); ++i) {
        text += i + 1 < words.size() ? ", " : " or ";
        text += words[i];
    }
    return text;
}

bool is_null(Member& member, OnNull on_null) {
    if (!member.is_null()) {
        return false;
    }
    if (on_null == OnNull::refused) {
        member.complain("Give a value: this field cannot be cleared.");
    }
    return true;
}

std::optional<std::string_view> read_text(Member& member, std::size_t points_max, OnNull on_null) {
    if (is_null(member, on_null)) {
        return on_null == OnNull::clears ? std::optional(std::string_view()) : std::nullopt;
    }
    std::string_view text;
    if (member.value().get_string().get(text) != simdjson::SUCCESS) {
        member.complain("Give a text, in quotation marks.");
        return std::nullopt;
    }
    if (text.find('\r') != std::string_view::npos) {
        text = member.keep(events::with_newlines(text));
    }
    if (auto fault = fault_of_text(text, points_max)) {
        member.complain(std::move(*fault));
        return std::nullopt;
    }
    return text;
}

std::optional<std::size_t> read_word(Member& member, std::span<const std::string_view> words) {
    std::string_view text;
    std::string_view meant;
    if (member.value().get_string().get(text) == simdjson::SUCCESS) {
        const auto found = std::find(words.begin(), words.end(), text);
        if (found != words.end()) {
            return static_cast<std::size_t>(found - words.begin());
        }
        meant = base::nearest_name(text, words);
    }
    member.complain(
        meant.empty() ? fmt::format("Give one of {}.", listed(words))
                      : fmt::format("Did you mean \"{}\"? Give one of {}.", meant, listed(words)));
    return std::nullopt;
}

std::optional<std::uint8_t> read_score(Member& member) {
    static_assert(events::limits::score_min == 1);
    const auto number = number_of(member.value(), events::limits::score_max);
    if (!number) {
        member.complain(fmt::format("Give a whole number from {} to {}.", events::limits::score_min,
                                    events::limits::score_max));
        return std::nullopt;
    }
    return static_cast<std::uint8_t>(*number);
}

std::optional<std::uint64_t> read_id(Member& member, std::uint64_t max) {
    const auto id = number_of(member.value(), max);
    if (!id) {
        member.complain(id_advice(max));
    }
    return id;
}

std::optional<std::uint64_t> read_count(Member& member, std::uint64_t max) {
    std::uint64_t count = 0;
    if (member.value().get_uint64().get(count) != simdjson::SUCCESS || count > max) {
        member.complain(fmt::format("Give a whole number from 0 to {}.", max));
        return std::nullopt;
    }
    return count;
}

std::optional<events::Ratio> read_ratio(Member& member) {
    double number = 0;
    const bool is_number = member.value().get_double().get(number) == simdjson::SUCCESS;
    const auto ratio = is_number && number >= 0 && number <= 1
                           ? events::parse_ratio(decimal(number))
                           : std::nullopt;
    if (!ratio) {
        member.complain("Give a decimal from 0 to 1, for example 0.7.");
    }
    return ratio;
}

std::optional<bool> read_flag(Member& member) {
    bool flag = false;
    if (member.value().get_bool().get(flag) != simdjson::SUCCESS) {
        member.complain("Give true or false.");
        return std::nullopt;
    }
    return flag;
}

std::optional<std::vector<std::uint64_t>> read_ids(Member& member, std::size_t ids_max,
                                                   OnNull on_null) {
    std::vector<std::uint64_t> ids;
    if (is_null(member, on_null)) {
        return on_null == OnNull::clears ? std::optional(ids) : std::nullopt;
    }
    dom::array list;
    if (member.value().get_array().get(list) != simdjson::SUCCESS) {
        member.complain("Give a list of ids.");
        return std::nullopt;
    }
    bool is_right = true;
    bool is_ascending = true;
    for (const dom::element value : list) {
        if (ids.size() == ids_max) {
            member.complain(fmt::format("Name at most {} ids.", ids_max));
            return std::nullopt;
        }
        const auto id = number_of(value, events::limits::id_max);
        if (!id) {
            member.complain(ids.size(), id_advice(events::limits::id_max));
            is_right = false;
        }
        is_ascending = is_ascending && (ids.empty() || id > ids.back());
        ids.push_back(id.value_or(0));
    }
    if (!is_right) {
        return std::nullopt;
    }
    if (!is_ascending) {
        find_repeated(member, ids);
        std::sort(ids.begin(), ids.end());
    }
    return ids;
}

std::optional<base::Instant> read_instant(Member& member) {
    if (member.is_null()) {
        return std::nullopt;
    }
    std::string_view text;
    if (member.value().get_string().get(text) == simdjson::SUCCESS) {
        if (const auto instant = base::parse_instant(text)) {
            return instant;
        }
    }
    member.complain("Give an instant as RFC 3339 has it, such as \"2026-03-31T17:00:00Z\".");
    return std::nullopt;
}

std::optional<base::Day> read_day(Member& member) {
    std::string_view text;
    if (member.value().get_string().get(text) == simdjson::SUCCESS) {
        if (const auto day = base::parse_day(text)) {
            return day;
        }
    }
    member.complain("Give a date, such as \"2027-01-31\".");
    return std::nullopt;
}

std::string read_on_behalf_of(Member& member) {
    return std::string(
        read_text(member, events::limits::on_behalf_of_points_max, OnNull::absent).value_or(""));
}

bool take_attributes(Member& member, std::string& reason, std::string& on_behalf_of) {
    if (member.is("reason")) {
        reason = read_text(member, events::limits::reason_points_max, OnNull::absent).value_or("");
        return true;
    }
    if (member.is("on_behalf_of")) {
        on_behalf_of = read_on_behalf_of(member);
        return true;
    }
    return false;
}

}  // namespace threatatlas::command_json
