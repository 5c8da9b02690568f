#pragma once

// RocksDB as Debian 12 has it checks itself with assertions, and some of them do not hold where a
// file is damaged just so: the process ends before anybody can be told by a status. What can still
// be done is to say what that means.

namespace threatatlas {

// `line` is written to stderr when the process aborts, behind what the assertion says. It is the
// caller's and stays. For the start of a program.
void set_last_words(const char* line);

}  // namespace threatatlas
