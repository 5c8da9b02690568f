#include "base/abort_message.hpp"

#include <csignal>
#include <cstring>

#include <unistd.h>

namespace threatatlas::base {
namespace {

const char* message = nullptr;  // set before the handler that reads it is installed

// Runs in a signal handler: async-signal-safe calls only. abort() ends the process afterwards.
void write_message(int /*signal*/) {
    static_cast<void>(!::write(STDERR_FILENO, message, std::strlen(message)));
}

}  // namespace

void set_abort_message(const char* line) {
    message = line;
    struct sigaction action {};
    action.sa_handler = write_message;
    ::sigaction(SIGABRT, &action, nullptr);
}

}  // namespace threatatlas::base
