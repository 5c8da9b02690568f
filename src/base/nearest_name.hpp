#pragma once

// "Did you mean …?" for the names of fields, parameters, options and the like.

#include <span>
#include <string_view>

namespace threatatlas {

// The known name that `name` was probably meant to be. Upper and lower case count as the same, and
// so do `_`, `-`, `.`, a space and nothing between words ("externalId"). At most two letters may be
// wrong, missing, added or swapped with their neighbour, and less than half of the name. Failing
// that, the only known name that has the same words and some between them ("min_ratio" for
// "min_mitigation_ratio"). Empty if there is none. The result is a view of one of `known`.
std::string_view nearest_name(std::string_view name, std::span<const std::string_view> known);

// The known field that a name in a body was probably meant to be: the nearest one, or the one that
// other trackers and scanners call by this name ("title", "risk", "justification"). Empty if there
// is none.
std::string_view field_meant_by(std::string_view name, std::span<const std::string_view> known);

}  // namespace threatatlas
