#pragma once

/// @file
/// The file descriptors of this process: the standard ones and the limit on their number. The
/// database keeps every table file open (several hundred at ten million events), while a shell
/// often gives a program a soft limit of 1,024 although the hard limit is higher.

namespace threatatlas::base {

/// Raises the soft limit on open files towards the hard limit; does nothing if the soft limit is
/// high enough. Call at program start. A failure is ignored here and is reported later, when a file
/// cannot be opened.
void raise_open_file_limit();

/// Opens /dev/null for each of stdin, stdout and stderr that is closed. Otherwise the next opened
/// file, such as a database file, would get that descriptor, and output meant for stderr would be
/// written into it. Call first in main(). Returns false on failure.
bool occupy_standard_descriptors();

}  // namespace threatatlas::base
