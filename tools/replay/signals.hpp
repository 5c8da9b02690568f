#pragma once

/// Signals and closed pipes: temporary files are removed before the process ends.

namespace threatatlas::replay {

/// Thrown to leave a command; main() then ends the process with this signal.
struct Stopped {
    int signal = 0;
};

/// From now on SIGINT, SIGTERM and SIGHUP only set a flag.
void catch_signals();
/// Throws Stopped if the flag is set. Long operations call it regularly.
void check_signals();
/// Ends the process with a signal, as if it had not been caught.
[[noreturn]] void end_by_signal(int signal);

}  // namespace threatatlas::replay
