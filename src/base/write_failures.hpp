#pragma once

// Writing to what takes no more: a pipe that nobody reads, a file at the limit of its size.

#include <cstdio>
#include <string>

namespace threatatlas {

// From now on write() fails, as on a full disk, where SIGPIPE or SIGXFSZ (`ulimit -f`) would have
// ended the process. For the start of a program.
void let_writes_fail();

// Writes to stdout or stderr. What they do not take is let go: it was only to be said.
void say(std::FILE* file, const std::string& text);

}  // namespace threatatlas
