#include "base/open_file_limit.hpp"

#include <algorithm>
#include <sys/resource.h>

#include <fcntl.h>
#include <unistd.h>

namespace threatatlas {
namespace {

// Plenty, and not so many that one who goes through all numbers would take long.
constexpr rlim_t enough = 65'536;

}  // namespace

void allow_many_open_files() {
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
        // Those below it are open, so this one is the lowest that is free.
        if (::open("/dev/null", O_RDWR) != descriptor) {
            return false;
        }
    }
    return true;
}

}  // namespace threatatlas
