#pragma once

/// @file
/// The three-way comparison of one field: the file, the product, and what the last import of the
/// file saw. And the values of fields as the texts that are compared.

#include <cstdint>
#include <string>
#include <string_view>

#include "events/event.hpp"
#include "events/imported_fields.hpp"

namespace threatatlas::imports {

/// Whose value counts if the file and somebody here have changed the field.
enum class Precedence : std::uint8_t { file, person };

struct MergedField {
    bool takes_file = false;   ///< the product gets the file's value; otherwise it keeps its own
    bool is_conflict = false;  ///< both were changed, or the last value in the file is not known
};

/// `last`: the digest of the field in the last import; null: not known. A field that is empty in
/// the file and was not known before stays as it is here.
MergedField merge_field(std::string_view in_file, const events::FieldDigest& file_digest,
                        std::string_view here, const events::FieldDigest* last,
                        Precedence precedence);

/// "high/3/4", "high//", "//".
std::string text_of(const events::Scoring& scoring);
/// The ids, the diagram and the element.
std::string text_of(const events::CoverageScope& scope);

}  // namespace threatatlas::imports
