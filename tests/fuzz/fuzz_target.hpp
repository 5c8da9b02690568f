#pragma once

// What every target is made of: a function that is given any bytes, and properties that hold for
// all of them. libFuzzer looks for bytes for which one does not; the suite fuzz_corpus feeds it
// those that are kept in corpus/.

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace threatatlas::fuzz {

// Caught by nobody: ends a run of libFuzzer, fails the suite.
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

// Takes the first byte off, to choose one of several things with; 0 where there is none.
inline std::uint8_t take_choice(std::string_view& bytes) {
    if (bytes.empty()) {
        return 0;
    }
    const auto choice = static_cast<std::uint8_t>(bytes.front());
    bytes.remove_prefix(1);
    return choice;
}

}  // namespace threatatlas::fuzz
