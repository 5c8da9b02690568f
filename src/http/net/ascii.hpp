#pragma once

#include <algorithm>
#include <string_view>

namespace threatatlas::net {

/// ASCII letters in lower case; every other byte as it is.
constexpr char ascii_lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

/// How names of header fields, codings and schemes are compared (RFC 9110, section 5.1).
inline bool equal_ignoring_case(std::string_view left, std::string_view right) {
    return left.size() == right.size() &&
           std::equal(left.begin(), left.end(), right.begin(),
                      [](char a, char b) { return ascii_lower(a) == ascii_lower(b); });
}

}  // namespace threatatlas::net
