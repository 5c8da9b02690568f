#pragma once

/// @file
/// Of which format a file is, by its content.

#include <string_view>

#include "import/formats.hpp"

namespace threatatlas::imports {

/// Throws ImportError as readable_text() and JsonFile do, and if the file is of no known format:
/// the detail then says what it looks like and which formats there are. A result says what the file
/// claims to be; its reader may still refuse it.
Format recognise(std::string_view bytes);

}  // namespace threatatlas::imports
