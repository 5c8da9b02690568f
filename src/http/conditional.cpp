#include "http/conditional.hpp"

#include <charconv>
#include <vector>

#include <fmt/format.h>

#include "http/problem.hpp"

namespace threatatlas {
namespace {

// Changes with the form of the gate's answer: an old copy must not pass for a new one.
constexpr int gate_answer_form = 1;

struct Tag {
    bool weak = false;
    std::string_view opaque;  // what stands between the quotes
};

void skip(std::string_view& text, std::string_view any_of) {
    text.remove_prefix(std::min(text.find_first_not_of(any_of), text.size()));
}

// "*", or tags separated by commas; nothing where the text is neither.
struct Tags {
    bool any = false;
    std::vector<Tag> tags;
};
std::optional<Tags> parse_tags(std::string_view text) {
    Tags result;
    skip(text, " \t");
    if (text.starts_with('*')) {
        text.remove_prefix(1);
        skip(text, " \t");
        result.any = true;
        return text.empty() ? std::optional(result) : std::nullopt;
    }
    while (!text.empty()) {
        Tag tag;
        if (text.starts_with("W/")) {
            tag.weak = true;
            text.remove_prefix(2);
        }
        const std::size_t end = text.starts_with('"') ? text.find('"', 1) : std::string_view::npos;
        if (end == std::string_view::npos) {
            return std::nullopt;
        }
        tag.opaque = text.substr(1, end - 1);
        text.remove_prefix(end + 1);
        result.tags.push_back(tag);
        skip(text, " \t");
        if (!text.empty() && !text.starts_with(',')) {
            return std::nullopt;
        }
        skip(text, " \t,");
    }
    return result;
}

std::string_view opaque_part(std::string_view tag) {
    const std::size_t begin = tag.find('"') + 1;
    return tag.substr(begin, tag.size() - begin - 1);
}

}  // namespace

std::string version_tag(std::uint64_t version) {
    return fmt::format("\"{}\"", version);
}

std::string gate_tag(Position position) {
    return fmt::format("W/\"{}-{}\"", gate_answer_form, position);
}

bool names_tag(const httplib::Request& request, std::string_view tag) {
    const auto [first, last] = request.headers.equal_range("If-None-Match");
    for (auto field = first; field != last; ++field) {
        const auto tags = parse_tags(field->second);
        if (!tags) {
            continue;
        }
        if (tags->any) {
            return true;
        }
        for (const Tag& named : tags->tags) {
            if (named.opaque == opaque_part(tag)) {
                return true;
            }
        }
    }
    return false;
}

bool answered_not_modified(const httplib::Request& request, httplib::Response& response,
                           const std::string& tag) {
    response.headers.emplace("ETag", tag);
    if (!names_tag(request, tag)) {
        return false;
    }
    response.status = 304;
    return true;
}

bool reads_only_if_absent(const httplib::Request& request) {
    const auto [first, last] = request.headers.equal_range("If-None-Match");
    for (auto field = first; field != last; ++field) {
        const auto tags = parse_tags(field->second);
        if (!tags || !tags->any) {
            const std::string detail =
                "Send If-Match with the ETag that the write is meant for: on a write "
                "If-None-Match takes only *.";
            throw Rejection({.status = 422,
                             .detail = "The header If-None-Match is not acceptable. " + detail,
                             .errors = {{ProblemError::Place::header, "If-None-Match", detail}}});
        }
    }
    return first != last;
}

std::optional<VersionCondition> read_if_match(const httplib::Request& request) {
    const auto [first, last] = request.headers.equal_range("If-Match");
    if (first == last) {
        return std::nullopt;
    }
    VersionCondition condition;
    for (auto field = first; field != last; ++field) {
        const auto tags = parse_tags(field->second);
        if (!tags || (!tags->any && tags->tags.empty())) {
            const std::string detail = "Send the ETag of an earlier answer, as in \"17\", or *.";
            throw Rejection({.status = 422,
                             .detail = "The header If-Match is not acceptable. " + detail,
                             .errors = {{ProblemError::Place::header, "If-Match", detail}}});
        }
        condition.any = condition.any || tags->any;
        for (const Tag& tag : tags->tags) {
            std::uint64_t version = 0;
            const char* const end = tag.opaque.data() + tag.opaque.size();
            const auto [stopped, error] = std::from_chars(tag.opaque.data(), end, version);
            if (!tag.weak && error == std::errc{} && stopped == end) {
                condition.versions.push_back(version);
            }
        }
    }
    return condition;
}

}  // namespace threatatlas
