#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "base/instant.hpp"

namespace threatatlas::base {

/// Fills the bytes with random data. Passed as an argument wherever randomness is needed.
using RandomSource = std::function<void(std::span<std::byte>)>;

inline constexpr std::size_t uuid_random_bytes = 10;

/// Makes a version 7 UUID (RFC 9562 section 5.7) with the millisecond of `instant`: 36 characters,
/// lower-case hexadecimal. put_uuid_v7() overwrites `text` with it.
void put_uuid_v7(std::string& text, Instant instant,
                 std::span<const std::byte, uuid_random_bytes> random);
std::string make_uuid_v7(Instant instant, std::span<const std::byte, uuid_random_bytes> random);

/// True if `text` is a version 7 UUID in lower-case hexadecimal.
bool is_uuid_v7(std::string_view text);

/// The last 64 bits of a version 7 UUID in lower-case hexadecimal: the variant and the 62 random
/// bits that follow it (RFC 9562 section 5.7). 0 for an empty text, which is the id of an event
/// that was read without its id.
std::uint64_t random_bits_of(std::string_view uuid);

}  // namespace threatatlas::base
