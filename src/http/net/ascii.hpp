#pragma once

#include <algorithm>
#include <string_view>

namespace threatatlas::net {

/// Converts an ASCII letter to lower case and returns any other byte unchanged.
constexpr char ascii_lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

/// Compares names of header fields, codings and schemes, ignoring the case of ASCII letters (RFC
/// 9110, section 5.1).
inline bool equal_ignoring_case(std::string_view left, std::string_view right) {
    return left.size() == right.size() &&
           std::equal(left.begin(), left.end(), right.begin(),
                      [](char a, char b) { return ascii_lower(a) == ascii_lower(b); });
}

}  // namespace threatatlas::net
