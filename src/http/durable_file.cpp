#include "http/durable_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "events/data_directory.hpp"
#include "events/store.hpp"

namespace threatatlas {

void write_durable_file(const std::filesystem::path& path, std::string_view content) {
    const std::filesystem::path fresh = path.string() + ".new";
    std::filesystem::remove(fresh);
    const int file = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0) {
        throw StorageError(
            fmt::format("{} cannot be written: check the rights of the directory", fresh.string()));
    }
    const bool written =
        ::write(file, content.data(), content.size()) == static_cast<ssize_t>(content.size()) &&
        ::fsync(file) == 0;
    ::close(file);
    if (!written) {
        throw StorageError(fmt::format("{} cannot be written: is the disk full?", fresh.string()));
    }
    std::filesystem::rename(fresh, path);
    sync_path(path.parent_path());
}

}  // namespace threatatlas
