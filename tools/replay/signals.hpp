#pragma once

// Being stopped by the operator or by the end of a pipe: temporary files are removed first.

namespace threatatlas {

// Thrown to leave a command; main() then ends the process by this signal.
struct Stopped {
    int signal = 0;
};

// From now on SIGINT, SIGTERM and SIGHUP only leave a note.
void catch_signals();
// Throws Stopped if there is a note. Called now and then by whatever takes long.
void check_signals();
// Ends the process by a signal as if it had never been caught.
[[noreturn]] void die_of(int signal);

}  // namespace threatatlas
