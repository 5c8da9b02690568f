#include "events/store/file_snapshot.hpp"

#include <fstream>
#include <system_error>
#include <vector>

#include <fmt/format.h>
#include <unistd.h>

#include "base/own_file.hpp"
#include "events/store/errors.hpp"

namespace threatatlas::store {
namespace {

namespace fs = std::filesystem;

// A file that was deleted meanwhile is not needed, or else the manifest has changed.
void copy_if_there(const fs::path& from, const fs::path& to) {
    std::error_code error;
    fs::copy_file(from, to, error);
    if (error && fs::exists(from)) {
        throw StorageError(fmt::format("{} cannot be copied to {}: {}", from.string(), to.string(),
                                       error.message()));
    }
}

void write_current(const fs::path& snapshot, std::string_view manifest) {
    const fs::path path = snapshot / "CURRENT";
    const int file = base::make_own_file(path);
    const bool written = file >= 0 && base::write_whole(file, fmt::format("{}\n", manifest));
    if (file >= 0) {
        ::close(file);
    }
    if (!written) {
        throw StorageError(fmt::format("{} cannot be written", path.string()));
    }
}

std::vector<fs::path> files_in(const fs::path& database) {
    std::error_code error;
    std::vector<fs::path> files;
    for (fs::directory_iterator entry(database, error), end; !error && entry != end;
         entry.increment(error)) {
        files.push_back(entry->path());
    }
    if (error) {
        throw StorageError(
            fmt::format("{} cannot be listed: {}", database.string(), error.message()));
    }
    return files;
}

}  // namespace

ManifestState manifest_state(const fs::path& database) {
    ManifestState state;
    std::getline(std::ifstream(database / "CURRENT"), state.name);
    std::error_code error;
    state.bytes = fs::file_size(database / state.name, error);
    return error || state.name.empty() ? ManifestState{} : state;
}

bool snapshot_files(const fs::path& database, const fs::path& snapshot, TableFiles tables) {
    const ManifestState before = manifest_state(database);
    if (before.name.empty()) {
        return false;
    }
    const fs::path files = fs::absolute(database);
    fs::create_directories(snapshot);
    copy_if_there(files / before.name, snapshot / before.name);
    write_current(snapshot, before.name);
    for (const fs::path& file : files_in(files)) {
        const bool is_table = file.extension() == ".sst";
        if (file.extension() == ".log" || (is_table && tables == TableFiles::copied)) {
            copy_if_there(file, snapshot / file.filename());
        } else if (is_table) {
            fs::create_symlink(file, snapshot / file.filename());
        }
    }
    return manifest_state(database) == before;
}

}  // namespace threatatlas::store
