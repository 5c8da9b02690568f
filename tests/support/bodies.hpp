#pragma once

// Request bodies shared by the suites of this directory.

#include <string>
#include <string_view>
#include <vector>

namespace threatatlas::testing {

inline std::string repeated(std::string_view text, std::size_t times) {
    std::string out;
    for (std::size_t i = 0; i < times; ++i) {
        out += text;
    }
    return out;
}

// An object with the required name and one more text field.
inline std::string with_text(std::string_view field, std::string_view text) {
    const std::string name = field == "name" ? "" : R"("name":"n",)";
    return "{" + name + '"' + std::string(field) + R"(":")" + std::string(text) + R"("})";
}

inline std::string array_of(const std::vector<std::string>& items) {
    std::string out = "[";
    for (const auto& item : items) {
        out += (out.size() > 1 ? "," : "") + item;
    }
    return out + "]";
}

}  // namespace threatatlas::testing
