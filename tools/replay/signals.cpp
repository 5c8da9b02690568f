#include "replay/signals.hpp"

#include <csignal>
#include <cstdlib>
#include <initializer_list>

namespace threatatlas::replay {
namespace {

volatile std::sig_atomic_t noted_signal = 0;

void note(int signal) {
    noted_signal = signal;
}

}  // namespace

void catch_signals() {
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
        std::signal(signal, note);
    }
}

void check_signals() {
    if (noted_signal != 0) {
        throw Stopped{noted_signal};
    }
}

void end_by_signal(int signal) {
    std::signal(signal, SIG_DFL);
    std::raise(signal);
    std::_Exit(128 + signal);
}

}  // namespace threatatlas::replay
