#include "base/abort_message.hpp"

#include <csignal>
#include <cstring>

#include <unistd.h>

namespace threatatlas {
namespace {

const char* words = nullptr;  // set before there is a handler that reads it

// abort() goes on to end the process after this. Only what is safe in a handler.
void say_them(int /*signal*/) {
    static_cast<void>(!::write(STDERR_FILENO, words, std::strlen(words)));
}

}  // namespace

void set_last_words(const char* line) {
    words = line;
    struct sigaction action {};
    action.sa_handler = say_them;
    ::sigaction(SIGABRT, &action, nullptr);
}

}  // namespace threatatlas
