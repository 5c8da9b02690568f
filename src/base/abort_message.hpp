#pragma once

/// @file
/// RocksDB is built with assertions on Debian 12, and some damaged files violate them. The process
/// then aborts before an error status can be returned, so the best that is left is a message that
/// explains the abort.

namespace threatatlas::base {

/// Sets the line that is written to stderr after the assertion's own message if the process aborts
/// (SIGABRT). `line` is not copied and must outlive the process's last abort, so pass a string
/// literal. Call once at program start, before other threads exist.
void set_abort_message(const char* line);

}  // namespace threatatlas::base
