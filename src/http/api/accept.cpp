#include "http/api/accept.hpp"

#include <algorithm>
#include <optional>

#include "http/net/ascii.hpp"

namespace threatatlas::api {
namespace {

constexpr std::uint32_t whole_weight = 1'000;

std::string_view trimmed(std::string_view text) {
    const std::size_t begin = std::min(text.find_first_not_of(" \t"), text.size());
    text.remove_prefix(begin);
    return text.substr(0, text.find_last_not_of(" \t") + 1);
}

// Removes the part before the separator from `rest` and returns it, trimmed.
std::string_view take_part(std::string_view& rest, char separator) {
    const std::string_view part = rest.substr(0, rest.find(separator));
    rest.remove_prefix(std::min(rest.size(), part.size() + 1));
    return trimmed(part);
}

// Parses a qvalue: 0 to 1 with at most three decimals.
std::optional<std::uint32_t> parse_weight(std::string_view text) {
    constexpr std::size_t chars_max = std::string_view("0.000").size();
    if (text.empty() || text.size() > chars_max || (text[0] != '0' && text[0] != '1') ||
        (text.size() > 1 && text[1] != '.')) {
        return std::nullopt;
    }
    std::uint32_t weight = text[0] == '1' ? whole_weight : 0;
    std::uint32_t unit = whole_weight / 10;
    for (const char c : text.substr(std::min<std::size_t>(text.size(), 2))) {
        if (c < '0' || c > '9') {
            return std::nullopt;
        }
        weight += unit * static_cast<std::uint32_t>(c - '0');
        unit /= 10;
    }
    return weight <= whole_weight ? std::optional(weight) : std::nullopt;
}

// 3 for the type itself, 2 for all its subtypes, 1 for all types, 0 if the range lacks the type.
int specificity_for_type(std::string_view range, std::string_view media_type) {
    if (net::equal_ignoring_case(range, media_type)) {
        return 3;
    }
    const std::string_view type = media_type.substr(0, media_type.find('/') + 1);
    if (range.ends_with("/*") &&
        net::equal_ignoring_case(range.substr(0, range.size() - 1), type)) {
        return 2;
    }
    return range == "*/*" ? 1 : 0;
}

std::optional<std::uint32_t> weight_in(std::string_view parameters) {
    while (!parameters.empty()) {
        std::string_view value = take_part(parameters, ';');
        const std::string_view name = take_part(value, '=');
        if (net::equal_ignoring_case(name, "q")) {
            return parse_weight(trimmed(value));
        }
    }
    return whole_weight;
}

int specificity_for_coding(std::string_view range, std::string_view coding) {
    return net::equal_ignoring_case(range, coding) ? 2 : range == "*" ? 1 : 0;
}

// The weight of the most specific range in the header fields of this name; 0 if none contains
// `wanted`.
std::uint32_t weight_in_fields(const httplib::Request& request, const char* name,
                               std::string_view wanted,
                               int (*specificity)(std::string_view range,
                                                  std::string_view wanted)) {
    int best = 0;
    std::uint32_t weight = 0;
    const auto [first, last] = request.headers.equal_range(name);
    for (auto field = first; field != last; ++field) {
        std::string_view ranges = field->second;
        while (!ranges.empty()) {
            std::string_view parameters = take_part(ranges, ',');
            const std::string_view range = take_part(parameters, ';');
            const int found = specificity(range, wanted);
            const auto asked = found > best ? weight_in(parameters) : std::nullopt;
            if (asked) {
                best = found;
                weight = *asked;
            }
        }
    }
    return weight;
}

}  // namespace

std::uint32_t weight_of(const httplib::Request& request, std::string_view media_type) {
    return weight_in_fields(request, "Accept", media_type, specificity_for_type);
}

std::uint32_t weight_of_coding(const httplib::Request& request, std::string_view coding) {
    return weight_in_fields(request, "Accept-Encoding", coding, specificity_for_coding);
}

}  // namespace threatatlas::api
