#pragma once

// The descriptors of this process: those that it starts with, and how many it may have. The
// database keeps every table open, some hundreds at ten million events, and a shell often gives a
// program 1,024 descriptors while the system would let it have more.

namespace threatatlas {

// Raises what the process may have towards what the system lets it have; nothing where it may have
// many already. For the start of a program. Where it fails, files are refused later, which is told.
void allow_many_open_files();

// Opens /dev/null as each of stdin, stdout and stderr that is closed. Otherwise the next file that
// is opened, such as one of the database, becomes that descriptor, and what is meant for stderr is
// written into it. For the very start of a program. False if it cannot be done.
bool occupy_standard_descriptors();

}  // namespace threatatlas
