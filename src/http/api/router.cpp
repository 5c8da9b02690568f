#include "http/api/router.hpp"

#include <charconv>
#include <optional>

#include "http/api/request_query.hpp"

namespace threatatlas::api {
namespace {

// Parses an id in canonical form: digits without leading zeros.
std::optional<std::uint64_t> parse_id(std::string_view text) {
    std::uint64_t id = 0;
    const char* const end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, id);
    if (error != std::errc{} || stopped != end || text.front() == '0') {
        return std::nullopt;
    }
    return id;
}

bool is_placeholder(std::string_view segment) {
    return segment.starts_with('{');
}

std::string_view name_of_placeholder(std::string_view segment) {
    return segment.substr(1, segment.size() - 2);
}

constexpr std::string_view key_placeholder = "{key}";

// A placeholder that matches its segment and all later ones.
bool is_rest(std::string_view segment) {
    return segment.ends_with("...}");
}

}  // namespace

bool may(events::Role role, Audience audience) {
    switch (audience) {
        case Audience::anyone:
            return true;
        case Audience::bearers:
            return role != events::Role::badge;
        case Audience::gates:
            return role != events::Role::monitor && role != events::Role::badge;
        case Audience::badges:
            return role != events::Role::monitor;
        case Audience::readers:
            return role == events::Role::auditor || role == events::Role::approver ||
                   role == events::Role::editor || role == events::Role::admin;
        case Audience::writers:
            return role == events::Role::editor || role == events::Role::admin;
        case Audience::auditors:
            return role == events::Role::auditor || role == events::Role::approver ||
                   role == events::Role::admin;
        case Audience::approvers:
            return role == events::Role::approver || role == events::Role::admin;
        case Audience::admins:
            return role == events::Role::admin;
        case Audience::monitors:
            return role == events::Role::monitor || role == events::Role::admin;
    }
    return false;
}

Router::Router(std::span<const Route> routes) {
    for (const Route& route : routes) {
        Entry& entry = entries_.emplace_back(Entry{&route, {}});
        split(route.pattern, entry.segments);
    }
}

bool Router::split(std::string_view path, Segments& segments) {
    while (path.starts_with('/')) {
        path.remove_prefix(1);
        if (segments.count == segments_max) {
            return false;
        }
        const std::string_view part = path.substr(0, path.find('/'));
        segments.parts[segments.count++] = part;
        path.remove_prefix(part.size());
    }
    return path.empty() && segments.count > 0;
}

bool Router::matches(const Segments& pattern, const Segments& path, const Segments& encoded,
                     RouteMatch& match) {
    const bool has_rest = is_rest(pattern.parts[pattern.count - 1]);
    if (has_rest ? path.count < pattern.count : path.count != pattern.count) {
        return false;
    }
    match.product_id = 0;
    match.object_id = 0;
    match.key.clear();
    for (std::size_t i = 0; i < pattern.count; ++i) {
        if (is_rest(pattern.parts[i])) {
            break;
        }
        if (!is_placeholder(pattern.parts[i])) {
            if (pattern.parts[i] != path.parts[i]) {
                return false;
            }
            continue;
        }
        if (pattern.parts[i] == key_placeholder) {
            if (encoded.parts[i].empty()) {
                return false;
            }
            match.key = encoded.parts[i];
            continue;
        }
        const auto id = parse_id(path.parts[i]);
        if (!id) {
            return false;
        }
        (pattern.parts[i] == "{product_id}" ? match.product_id : match.object_id) = *id;
    }
    return true;
}

RouteMatch Router::find(std::string_view method, std::string_view path) const {
    RouteMatch match;
    Segments encoded;
    if (!split(path, encoded)) {
        return match;
    }
    // Decoded one by one, because an encoded slash belongs to its segment (RFC 3986 section 2.2).
    Segments segments = encoded;
    std::vector<std::string> decoded;
    if (path.find('%') != std::string_view::npos) {
        decoded.reserve(segments.count);
        for (std::size_t i = 0; i < segments.count; ++i) {
            // With an invalid escape, the segment remains one that matches no literal and no id.
            decoded.push_back(
                percent_decoded(encoded.parts[i], false).value_or(std::string(encoded.parts[i])));
            segments.parts[i] = decoded.back();
        }
    }
    if (method == "HEAD") {
        method = "GET";
    }
    for (const Entry& entry : entries_) {
        if (!matches(entry.segments, segments, encoded, match)) {
            continue;
        }
        if (entry.route->method == method) {
            match.route = entry.route;
            return match;
        }
        match.allow += match.allow.empty() ? "" : ", ";
        match.allow += entry.route->method == "GET" ? "GET, HEAD" : entry.route->method;
    }
    return match;
}

std::string_view Router::empty_placeholder_in(const Segments& path, const Segments& pattern) {
    if (path.count != pattern.count) {
        return {};
    }
    std::string_view name;
    for (std::size_t i = 0; i < pattern.count; ++i) {
        if (!is_placeholder(pattern.parts[i])) {
            if (pattern.parts[i] != path.parts[i]) {
                return {};
            }
        } else if (name.empty() && path.parts[i].empty()) {
            name = name_of_placeholder(pattern.parts[i]);
        }
    }
    return name;
}

EmptyPlaceholder Router::find_empty_placeholder(std::string_view path) const {
    Segments segments;
    if (!split(path, segments)) {
        return {};
    }
    for (const Entry& entry : entries_) {
        const std::string_view name = empty_placeholder_in(segments, entry.segments);
        if (!name.empty()) {
            return {name, entry.route->pattern};
        }
    }
    return {};
}

}  // namespace threatatlas::api
