#include "base/open_file_limit.hpp"

#include <algorithm>
#include <sys/resource.h>

#include <fcntl.h>
#include <unistd.h>

namespace threatatlas::base {
namespace {

// Sufficient, and small enough for code that iterates over all descriptor numbers.
constexpr rlim_t enough = 65'536;

}  // namespace

void raise_open_file_limit() {
    rlimit files{};
    if (::getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur >= enough) {
        return;
    }
    files.rlim_cur = std::min(files.rlim_max, enough);
    static_cast<void>(::setrlimit(RLIMIT_NOFILE, &files));
}

bool occupy_standard_descriptors() {
    for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        if (::fcntl(descriptor, F_GETFD) >= 0) {
            continue;
        }
        // All lower descriptors are open, so open() returns this one, the lowest free number.
        if (::open("/dev/null", O_RDWR) != descriptor) {
            return false;
        }
    }
    return true;
}

}  // namespace threatatlas::base
