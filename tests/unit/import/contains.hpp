#pragma once

/// @file
/// Searches in the messages of readers.

#include <string_view>

namespace threatatlas::imports::testing {

inline bool contains(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

}  // namespace threatatlas::imports::testing
