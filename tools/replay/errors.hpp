#pragma once

// What ends a command early, and the exit codes that scripts rely on.

#include <stdexcept>

namespace threatatlas {

enum class ExitCode : int {
    fine = 0,
    answer_is_no = 1,  // the gate fails, verification finds a difference
    usage = 2,
    cannot_read = 3  // nor write, where that is asked for
};

// What was asked for makes no sense or is not there. The text is a sentence without full stop that
// says what to do.
class UsageError : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

// The log, or what is to be written, cannot be read or written.
class CannotRead : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

}  // namespace threatatlas
