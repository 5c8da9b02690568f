#include "events/check.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "events/limits.hpp"
#include "events/text.hpp"

namespace threatatlas::events {
namespace {

bool is_word_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool is_hexadecimal(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

}  // namespace

std::optional<std::string> fault_of_digest(std::string_view algorithm, std::string_view value) {
    if (algorithm.empty() || algorithm.size() > limits::digest_name_chars_max ||
        !std::all_of(algorithm.begin(), algorithm.end(), is_word_character)) {
        return fmt::format("the name of an algorithm is 1 to {} letters, digits and underscores",
                           limits::digest_name_chars_max);
    }
    if (value.empty() || value.size() > limits::digest_chars_max ||
        !std::all_of(value.begin(), value.end(), is_hexadecimal)) {
        return fmt::format("a digest is 1 to {} lower-case hexadecimal digits",
                           limits::digest_chars_max);
    }
    return std::nullopt;
}

std::optional<std::string> fault_of_subject(const CheckSubject& subject) {
    if (subject.name.empty() || count_points(subject.name) > limits::name_points_max ||
        has_control_character(subject.name)) {
        return fmt::format(
            "the name of a subject has 1 to {} characters, none of them a control "
            "character",
            limits::name_points_max);
    }
    if (subject.digests.empty() || subject.digests.size() > limits::subject_digests_max) {
        return fmt::format("a subject has 1 to {} digests", limits::subject_digests_max);
    }
    for (std::size_t i = 0; i < subject.digests.size(); ++i) {
        const auto& [algorithm, value] = subject.digests[i];
        if (auto fault = fault_of_digest(algorithm, value)) {
            return fault;
        }
        if (i > 0 && algorithm <= subject.digests[i - 1].first) {
            return "digests are not in ascending order of their algorithms";
        }
    }
    return std::nullopt;
}

}  // namespace threatatlas::events
