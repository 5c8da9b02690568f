#pragma once

// Texts of the model beside words of ours, where one of them runs from right to left or says how it
// wants to be read: neither may turn round what stands beside it (Unicode Standard Annex #9).

#include <string>
#include <string_view>

namespace threatatlas {

// The text with every embedding, override and isolate that it opens closed at its end, and without
// closing marks of isolates that it does not open. Valid UTF-8.
std::string self_contained(std::string_view text);

// The same between FIRST STRONG ISOLATE and POP DIRECTIONAL ISOLATE, where anything in it could
// matter to what is beside it; else the text.
std::string isolated(std::string_view text);

}  // namespace threatatlas
