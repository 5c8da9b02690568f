#pragma once

/// @file
/// A YAML file read as a whole.

#include <string_view>

#include "import/text_tree.hpp"

namespace threatatlas::imports {

/// Reads the first document of a YAML file; a file without a document is a null. Anchors may be
/// defined again (YAML 1.2, section 7.1), and aliases are not copied.
///
/// Throws ImportError with line and column for a syntax error, for more than limits::depth_max
/// levels, for aliases that repeat more than limits::alias_bytes_max bytes or contain themselves,
/// for keys that are not texts, and for what readable_text() refuses. The detail names templates
/// (Jinja, Helm), which look like YAML and are not.
TextTree read_yaml(std::string_view bytes);

}  // namespace threatatlas::imports
