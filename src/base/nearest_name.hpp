#pragma once

/// @file
/// "Did you mean …?" suggestions for the names of fields, parameters, options and similar.

#include <span>
#include <string_view>

namespace threatatlas::base {

/// Returns the element of `known` that `name` was probably meant to be, or an empty view. Letter
/// case is ignored, and `_`, `-`, `.`, a space and no separator ("externalId") are equivalent. At
/// most two letters may be wrong, missing, added or swapped with a neighbour, and fewer than half
/// of the name. Otherwise, the only known name that contains the same words with others between
/// them matches ("min_ratio" for "min_mitigation_ratio"). The result is a view of an element of
/// `known`.
std::string_view nearest_name(std::string_view name, std::span<const std::string_view> known);

/// Returns the known field that a name in a request body was probably meant to be: the nearest
/// name, or the field for which other trackers and scanners use this name ("title", "risk",
/// "justification"). Empty if there is none.
std::string_view field_meant_by(std::string_view name, std::span<const std::string_view> known);

}  // namespace threatatlas::base
