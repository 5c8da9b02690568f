#include "base/own_file.hpp"

#include <cerrno>

#include <fcntl.h>
#include <unistd.h>

namespace threatatlas::base {

int make_own_file(const std::filesystem::path& path) {
    return ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
}

int make_own_file_anew(const std::filesystem::path& path) {
    ::unlink(path.c_str());
    return make_own_file(path);
}

bool write_whole(int file, std::string_view content) {
    while (!content.empty()) {
        const ssize_t written = ::write(file, content.data(), content.size());
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written < 0) {
            return false;
        }
        content.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

}  // namespace threatatlas::base
