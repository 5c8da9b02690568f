#pragma once

/// @file
/// What the log remembers of an imported file: a short digest of each field of each object. The
/// next import compares the file with them, and so tells a field that the file has changed from a
/// field that somebody has changed here.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "events/store/ids.hpp"

namespace threatatlas::events {

/// The fields of a threat in a file, in the order of their digests. `key` identifies the threat
/// within the file.
enum class ImportedThreatField : std::uint8_t {
    key,
    name,
    description,
    category,
    diagram,
    element_id,
    element_name,
    comments,
    scoring,  ///< severity, likelihood and impact
    status,
    origin  ///< "adopted": the product had it before the source; empty: the source has brought it
};
enum class ImportedMitigationField : std::uint8_t {
    key,
    name,
    description,
    category,
    comments,
    status,
    scope,  ///< threats, diagram and element
    origin  ///< as for threats
};

inline constexpr std::size_t imported_threat_field_count = 11;
inline constexpr std::size_t imported_mitigation_field_count = 8;

/// The first 48 bits of the SHA-256 of a field's value; zeros if the field is empty.
inline constexpr std::size_t field_digest_bytes = 6;
using FieldDigest = std::array<std::uint8_t, field_digest_bytes>;

FieldDigest field_digest(std::string_view value);

/// One digest for each field.
template <class Field, std::size_t count>
class FieldDigests {
  public:
    static constexpr std::size_t byte_count = count * field_digest_bytes;

    const FieldDigest& operator[](Field field) const {
        return digests_[static_cast<std::size_t>(field)];
    }
    FieldDigest& operator[](Field field) { return digests_[static_cast<std::size_t>(field)]; }

    /// All digests, one after the other: byte_count bytes, valid as long as this object.
    std::string_view bytes() const {
        return {reinterpret_cast<const char*>(digests_.data()), byte_count};
    }
    /// nullopt if `bytes` has another size.
    static std::optional<FieldDigests> from_bytes(std::string_view bytes) {
        if (bytes.size() != byte_count) {
            return std::nullopt;
        }
        FieldDigests all;
        bytes.copy(reinterpret_cast<char*>(all.digests_.data()), byte_count);
        return all;
    }

    bool operator==(const FieldDigests&) const = default;

  private:
    std::array<FieldDigest, count> digests_{};
    static_assert(sizeof(digests_) == byte_count);
};

using ThreatDigests = FieldDigests<ImportedThreatField, imported_threat_field_count>;
using MitigationDigests = FieldDigests<ImportedMitigationField, imported_mitigation_field_count>;

/// What an import saw of a threat or mitigation. nullopt: the source no longer has it, and the
/// import has removed it.
struct SeenThreat {
    ThreatId threat_id = 0;
    std::optional<ThreatDigests> digests;
    bool operator==(const SeenThreat&) const = default;
};
struct SeenMitigation {
    MitigationId mitigation_id = 0;
    std::optional<MitigationDigests> digests;
    bool operator==(const SeenMitigation&) const = default;
};

inline ThreatId id_of(const SeenThreat& object) {
    return object.threat_id;
}
inline MitigationId id_of(const SeenMitigation& object) {
    return object.mitigation_id;
}
inline void set_id(SeenThreat& object, ThreatId id) {
    object.threat_id = id;
}
inline void set_id(SeenMitigation& object, MitigationId id) {
    object.mitigation_id = id;
}
/// The name of the member of a line that holds the id.
template <class Seen>
inline constexpr std::string_view seen_id_name = "threat_id";
template <>
inline constexpr std::string_view seen_id_name<SeenMitigation> = "mitigation_id";

/// The reason why `source` cannot be the source of an imported file, as a part of a sentence that
/// begins with "source"; nullopt if it can.
std::optional<std::string> fault_of_source(std::string_view source);

}  // namespace threatatlas::events
