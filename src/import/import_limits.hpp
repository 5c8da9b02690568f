#pragma once

/// @file
/// The limits of imported files. Each name contains the unit, and each comment the reason.

#include <cstddef>

namespace threatatlas::imports::limits {

/// The largest public model of any format is below 2 MiB.
inline constexpr std::size_t file_bytes_max = std::size_t{16} << 20U;
/// The parser of YAML needs up to two seconds for a MiB, and cannot be interrupted. The largest
/// public model in YAML has 31 KiB.
inline constexpr std::size_t yaml_bytes_max = std::size_t{4} << 20U;
/// Threats and mitigations together: as many as one bulk write records.
inline constexpr std::size_t objects_max = 20'000;
/// Nesting of JSON, YAML and XML.
inline constexpr std::size_t depth_max = 64;
/// Bytes of text that YAML aliases may repeat.
inline constexpr std::size_t alias_bytes_max = std::size_t{1} << 20U;
/// Bytes of a YAML file between the beginnings of two values, as the parser may keep a hundred
/// times as much of them in memory. The longest text that is taken over is far shorter.
inline constexpr std::size_t yaml_value_bytes_max = std::size_t{256} << 10U;
/// Together with a source and a separator a key becomes an external_id of at most 500 code points.
/// Longer keys are replaced by a digest.
inline constexpr std::size_t key_bytes_max = 300;
/// An answer lists so many; the others are counted.
inline constexpr std::size_t warnings_max = 1'000;

}  // namespace threatatlas::imports::limits
