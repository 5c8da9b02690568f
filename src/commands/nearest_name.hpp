#pragma once

// "Did you mean …?" for field and parameter names.

#include <span>
#include <string_view>

namespace threatatlas {

// The known name that is only a slip of the pen away from `name`: at most two letters wrong,
// missing, added or swapped with their neighbour, and less than half of the name. Empty where there
// is none. The result is a view of one of `known`.
std::string_view nearest_name(std::string_view name, std::span<const std::string_view> known);

}  // namespace threatatlas
