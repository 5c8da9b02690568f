#pragma once

/// @file
/// Bidirectional text: keeps texts of the model that contain right-to-left letters or directional
/// formatting characters from changing the display of the surrounding text (Unicode Standard Annex
/// #9).

#include <string>
#include <string_view>

namespace threatatlas::exports {

/// Closes every embedding, override and isolate that `text` opens, and removes closing marks
/// without an opening one. `text` is valid UTF-8.
std::string self_contained(std::string_view text);

/// The same, enclosed in FIRST STRONG ISOLATE and POP DIRECTIONAL ISOLATE if the text could affect
/// its surroundings; otherwise the text unchanged.
std::string isolated(std::string_view text);

}  // namespace threatatlas::exports
