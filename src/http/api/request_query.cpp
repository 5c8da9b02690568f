#include "http/api/request_query.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/nearest_name.hpp"
#include "projections/verdict.hpp"

namespace threatatlas::api {
namespace {

// More than twice what any call has: a query with more contains an unknown or repeated name.
constexpr std::size_t parameters_max = 32;

int hex_value(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    if (c >= 'A' && c <= 'F') {
        return c - 'A' + 10;
    }
    return -1;
}

bool is_encoded(std::string_view text) {
    return text.find_first_of("%+") != std::string_view::npos;
}

net::Rejection unknown_parameter(std::string_view name, std::span<const std::string_view> known) {
    if (const auto meant = base::nearest_name(name, known); !meant.empty()) {
        return bad_parameter(
            name, fmt::format("This call has no parameter {}. Did you mean {}?", name, meant));
    }
    if (known.empty()) {
        return bad_parameter(name, "This call has no parameters. Omit it.");
    }
    return bad_parameter(name, fmt::format("This call has no parameter {}. Its parameters: {}.",
                                           name, fmt::join(known, ", ")));
}

}  // namespace

net::Rejection bad_parameter(std::string_view name, std::string detail) {
    std::string sentence = fmt::format("Invalid parameter {}. {}", name, detail);
    return net::Rejection(
        {.status = 422,
         .detail = std::move(sentence),
         .errors = {{net::ProblemError::Place::parameter, std::string(name), std::move(detail)}}});
}

std::string first_value(std::string_view raw, std::string_view name) {
    while (!raw.empty()) {
        const std::string_view part = raw.substr(0, raw.find('&'));
        raw.remove_prefix(std::min(raw.size(), part.size() + 1));
        const std::size_t name_end = part.find('=');
        if (name_end != std::string_view::npos &&
            percent_decoded(part.substr(0, name_end), true) == name) {
            return percent_decoded(part.substr(name_end + 1), true).value_or("");
        }
    }
    return {};
}

std::optional<std::string> percent_decoded(std::string_view text, bool plus_is_space) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%') {
            const int high = i + 1 < text.size() ? hex_value(text[i + 1]) : -1;
            const int low = i + 2 < text.size() ? hex_value(text[i + 2]) : -1;
            if (high < 0 || low < 0) {
                return std::nullopt;
            }
            out += static_cast<char>(high * 16 + low);
            i += 2;
        } else {
            out += text[i] == '+' && plus_is_space ? ' ' : text[i];
        }
    }
    return out;
}

std::string percent_encoded(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const bool unreserved = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                                (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' ||
                                c == '~';
        if (unreserved) {
            out += c;
        } else {
            fmt::format_to(std::back_inserter(out), "%{:02X}", static_cast<unsigned char>(c));
        }
    }
    return out;
}

RequestQuery::RequestQuery(std::string_view raw, std::span<const std::string_view> known) {
    while (!raw.empty()) {
        const std::string_view part = raw.substr(0, raw.find('&'));
        raw.remove_prefix(std::min(raw.size(), part.size() + 1));
        if (part.empty()) {
            continue;
        }
        const std::string_view name = part.substr(0, part.find('='));
        const std::string_view value = part.substr(std::min(part.size(), name.size() + 1));
        if (parameters_.size() == parameters_max) {
            throw bad_parameter(name, "There are too many parameters.");
        }
        const auto found = is_encoded(name)
                               ? std::find(known.begin(), known.end(),
                                           percent_decoded(name, true).value_or(std::string(name)))
                               : std::find(known.begin(), known.end(), name);
        if (found == known.end()) {
            throw unknown_parameter(percent_decoded(name, true).value_or(std::string(name)), known);
        }
        if (has(*found)) {
            throw bad_parameter(*found, "The parameter is given twice. Give it once.");
        }
        Parameter& parameter = parameters_.emplace_back(Parameter{*found, value, {}});
        if (is_encoded(value)) {
            auto decoded = percent_decoded(value, true);
            if (!decoded) {
                throw bad_parameter(*found, "The percent-encoding is invalid. Write % as %25.");
            }
            parameter.decoded_value = std::move(*decoded);
            parameter.value = {};
        }
    }
}

std::string RequestQuery::with(std::string_view name, std::string_view value) const {
    std::string out = "?";
    for (const Parameter& parameter : parameters_) {
        if (parameter.name != name) {
            fmt::format_to(std::back_inserter(out), "{}={}&", parameter.name,
                           percent_encoded(*text(parameter.name)));
        }
    }
    fmt::format_to(std::back_inserter(out), "{}={}", name, percent_encoded(value));
    return out;
}

std::optional<std::string_view> RequestQuery::text(std::string_view name) const {
    for (const Parameter& parameter : parameters_) {
        if (parameter.name == name) {
            return parameter.decoded_value.empty() ? parameter.value
                                                   : std::string_view(parameter.decoded_value);
        }
    }
    return std::nullopt;
}

std::optional<bool> RequestQuery::boolean(std::string_view name) const {
    const auto value = text(name);
    if (!value) {
        return std::nullopt;
    }
    const auto parsed = projections::parse_bool(*value);
    if (!parsed) {
        throw bad_parameter(name, "Give true or false (or 1, 0, yes, no, on, off).");
    }
    return parsed;
}

std::optional<std::uint64_t> RequestQuery::number(std::string_view name, std::uint64_t min,
                                                  std::uint64_t max) const {
    const auto value = text(name);
    if (!value) {
        return std::nullopt;
    }
    std::uint64_t number = 0;
    const char* const end = value->data() + value->size();
    const auto [stopped, error] = std::from_chars(value->data(), end, number);
    if (error != std::errc{} || stopped != end || number < min || number > max) {
        throw bad_parameter(name, fmt::format("Give an integer from {} to {}.", min, max));
    }
    return number;
}

std::vector<std::string_view> RequestQuery::list(std::string_view name) const {
    std::vector<std::string_view> parts;
    const auto value = text(name);
    if (!value) {
        return parts;
    }
    std::string_view rest = *value;
    for (;;) {
        const std::size_t comma = rest.find(',');
        parts.push_back(rest.substr(0, comma));
        if (comma == std::string_view::npos) {
            return parts;
        }
        rest.remove_prefix(comma + 1);
    }
}

std::vector<std::string_view> RequestQuery::choices(std::string_view name,
                                                    std::span<const std::string_view> names,
                                                    std::string_view extra) const {
    std::vector<std::string_view> all(names.begin(), names.end());
    if (!extra.empty()) {
        all.push_back(extra);
    }
    auto chosen = list(name);
    for (const std::string_view choice : chosen) {
        if (std::find(all.begin(), all.end(), choice) == all.end()) {
            const std::string_view meant = base::nearest_name(choice, all);
            throw bad_parameter(
                name, fmt::format("{}Give one or more of these, separated by commas: {}.",
                                  meant.empty() ? "" : fmt::format("Did you mean {}? ", meant),
                                  fmt::join(all, ", ")));
        }
    }
    return chosen;
}

bool is_chosen(const std::vector<std::string_view>& choices, std::string_view value) {
    return choices.empty() || std::find(choices.begin(), choices.end(), value) != choices.end();
}

}  // namespace threatatlas::api
