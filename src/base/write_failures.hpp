#pragma once

/// @file
/// Output to a destination that no longer accepts it: a pipe without a reader, or a file at its
/// size limit.

#include <cstdio>
#include <string>

namespace threatatlas::base {

/// Ignores SIGPIPE and SIGXFSZ (`ulimit -f`), so that write() fails with an error, as on a full
/// disk, instead of ending the process. Call at program start.
void ignore_write_signals();

/// Writes `text` to stdout or stderr. Write errors are ignored, as the text is only informational.
void say(std::FILE* file, const std::string& text);

}  // namespace threatatlas::base
