#pragma once

// How many files this process may have open. The database keeps every table open, some hundreds at
// ten million events, and a shell often gives a program 1,024 descriptors while the system would
// let it have more.

namespace threatatlas {

// Raises what the process may have towards what the system lets it have; nothing where it may have
// many already. For the start of a program. Where it fails, files are refused later, which is told.
void allow_many_open_files();

}  // namespace threatatlas
