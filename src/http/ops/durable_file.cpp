#include "http/ops/durable_file.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include "base/own_file.hpp"
#include "events/store/data_directory.hpp"
#include "events/store/errors.hpp"

namespace threatatlas::ops {

void write_durable_file(const std::filesystem::path& path, std::string_view content) {
    const std::filesystem::path fresh = path.string() + ".new";
    const int file = base::make_own_file_anew(fresh);
    if (file < 0) {
        throw store::StorageError(fmt::format(
            "{} cannot be written: check the permissions of the directory", fresh.string()));
    }
    const bool written = base::write_whole(file, content) && ::fsync(file) == 0;
    ::close(file);
    if (!written) {
        throw store::StorageError(
            fmt::format("{} cannot be written: is the disk full?", fresh.string()));
    }
    std::filesystem::rename(fresh, path);
    store::sync_path(path.parent_path());
}

}  // namespace threatatlas::ops
