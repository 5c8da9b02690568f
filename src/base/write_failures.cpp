#include "base/write_failures.hpp"

#include <csignal>
#include <initializer_list>

namespace threatatlas::base {

void ignore_write_signals() {
    for (const int signal : {SIGPIPE, SIGXFSZ}) {
        std::signal(signal, SIG_IGN);
    }
}

void say(std::FILE* file, const std::string& text) {
    static_cast<void>(std::fputs(text.c_str(), file));
}

}  // namespace threatatlas::base
