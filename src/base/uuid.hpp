#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "base/instant.hpp"

namespace threatatlas {

// Fills the bytes with random ones. Comes in as an argument wherever randomness is needed.
using RandomSource = std::function<void(std::span<std::byte>)>;

inline constexpr std::size_t uuid_random_bytes = 10;

// A version 7 UUID (RFC 9562 section 5.7) of the instant's millisecond, in 36 characters.
// The same, in place of what `text` holds.
void put_uuid_v7(std::string& text, Instant instant,
                 std::span<const std::byte, uuid_random_bytes> random);
std::string make_uuid_v7(Instant instant, std::span<const std::byte, uuid_random_bytes> random);

// Whether the text is a version 7 UUID in lower-case hexadecimal.
bool is_uuid_v7(std::string_view text);

// The last 64 bits of a version 7 UUID in lower-case hexadecimal: its variant and the 62 random
// bits that follow (RFC 9562 section 5.7). 0 for an empty text, the id of an event that was read
// without it.
std::uint64_t random_bits_of(std::string_view uuid);

}  // namespace threatatlas
