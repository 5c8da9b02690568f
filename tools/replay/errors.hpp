#pragma once

/// Exceptions that end a command, and the exit codes that scripts rely on.

#include <stdexcept>

namespace threatatlas::replay {

enum class ExitCode : int {
    fine = 0,
    answer_is_no = 1,  ///< the gate fails, or verification finds a difference
    usage = 2,
    cannot_read = 3  ///< or cannot write
};

/// The request is invalid or names something that does not exist. what() says what to do, without a
/// full stop.
class UsageError : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// The log cannot be read, or the output cannot be written.
class CannotRead : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

}  // namespace threatatlas::replay
