#pragma once

/// The parts of a fuzz target: a function that accepts any bytes, and properties that hold for all
/// of them. libFuzzer searches for bytes that violate one; the test fuzz_corpus runs the inputs in
/// corpus/.

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace threatatlas::fuzz {

/// Never caught: it ends a libFuzzer run and fails the test.
class PropertyBroken : public std::logic_error {
  public:
    using std::logic_error::logic_error;
};

inline void require(bool holds, const char* property) {
    if (!holds) {
        throw PropertyBroken(property);
    }
}

inline std::string_view bytes_of(const std::uint8_t* data, std::size_t size) {
    return {reinterpret_cast<const char*>(data), size};
}

/// Removes the first byte, which selects a variant; 0 if there is none.
inline std::uint8_t take_choice(std::string_view& bytes) {
    if (bytes.empty()) {
        return 0;
    }
    const auto choice = static_cast<std::uint8_t>(bytes.front());
    bytes.remove_prefix(1);
    return choice;
}

}  // namespace threatatlas::fuzz
