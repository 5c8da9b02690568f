#include "events/store/data_directory.hpp"

#include <algorithm>
#include <charconv>
#include <fstream>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "base/own_file.hpp"
#include "events/store/errors.hpp"

namespace threatatlas::store {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view format_sentence = "threatatlas data, format ";
constexpr std::string_view importing_sentence = "threatatlas data, import not finished";
constexpr std::string_view copying_sentence = "threatatlas data, copy not finished";

fs::path format_file(const fs::path& data) {
    return data / "FORMAT";
}
fs::path unfinished_format_file(const fs::path& data) {
    return data / "FORMAT.new";
}

// Atomic: after a power failure, the file is either complete or unchanged.
void write_format_file(const fs::path& data, std::string_view text) {
    const fs::path fresh = unfinished_format_file(data);
    const int file = base::make_own_file_anew(fresh);
    if (file < 0) {
        throw StoreRefused(
            fmt::format("{} cannot be written: check the rights of the directory", fresh.string()));
    }
    const bool written = base::write_whole(file, text) && ::fsync(file) == 0;
    ::close(file);
    if (!written) {
        throw StorageError(fmt::format("{} cannot be written: is the disk full?", fresh.string()));
    }
    fs::rename(fresh, format_file(data));
    sync_path(data);
}

std::string own_format() {
    return fmt::format("{}{}\n", format_sentence, format_version);
}

// True if the directory contains at most what an interrupted first start leaves.
bool is_as_good_as_empty(const fs::path& data) {
    const fs::directory_iterator entries(data);
    return std::all_of(begin(entries), end(entries), [&](const fs::directory_entry& entry) {
        return entry.path() == unfinished_format_file(data);
    });
}

std::string format_line(const fs::path& data) {
    std::ifstream file(format_file(data));
    std::string line;
    std::getline(file, line);
    return line;
}

void check_format(const fs::path& data) {
    const std::string line = format_line(data);
    if (line == importing_sentence) {
        throw StoreRefused(fmt::format(
            "an import into {} was not finished: empty it and import again", data.string()));
    }
    if (line == copying_sentence) {
        throw StoreRefused(fmt::format(
            "a copy into {} was not finished: empty it and make the copy again", data.string()));
    }
    if (!line.starts_with(format_sentence)) {
        throw StoreRefused(
            fmt::format("{} is not a ThreatAtlas data directory: name another one, or an empty one",
                        data.string()));
    }
    const std::string_view number = std::string_view(line).substr(format_sentence.size());
    int version = 0;
    const auto [end, error] =
        std::from_chars(number.data(), number.data() + number.size(), version);
    if (error != std::errc{} || end != number.data() + number.size() || version < 1) {
        throw StoreRefused(fmt::format("{} does not say its format: restore it from a backup",
                                       format_file(data).string()));
    }
    if (version > format_version) {
        throw StoreRefused(
            fmt::format("{} has format {}, and this program knows formats up to {}: use the newer "
                        "version of ThreatAtlas that wrote it",
                        data.string(), version, format_version));
    }
}

void create_data_directory(const fs::path& data, std::string_view format) {
    fs::create_directories(data);
    fs::permissions(data, fs::perms::owner_all);
    write_format_file(data, format);
}

// A dangling link is not a new directory: the directory would be created at its target.
void require_no_dangling_link(const fs::path& data) {
    if (fs::is_symlink(data) && !fs::exists(data)) {
        throw StoreRefused(fmt::format(
            "{} is a link to {}, which does not exist: create that directory, or remove "
            "the link",
            data.string(), fs::read_symlink(data).string()));
    }
}

bool is_new_or_empty(const fs::path& data) {
    return !fs::exists(data) || (fs::is_directory(data) && is_as_good_as_empty(data));
}

// `filling` is used in messages, with its article: "an import".
void require_new_or_empty(const fs::path& data, std::string_view filling) {
    require_no_dangling_link(data);
    if (fs::exists(format_file(data))) {
        check_format(data);
    }
    if (!is_new_or_empty(data)) {
        throw StoreRefused(fmt::format("{} is not empty: {} goes into a new or an empty directory",
                                       data.string(), filling));
    }
}

}  // namespace

void require_data_directory(const fs::path& data, bool create) {
    require_no_dangling_link(data);
    if (fs::exists(format_file(data))) {
        check_format(data);
        return;
    }
    if (!is_new_or_empty(data)) {
        throw StoreRefused(
            fmt::format("{} is not empty and not a ThreatAtlas data directory: name another one",
                        data.string()));
    }
    if (!create) {
        throw StoreRefused(fmt::format("there is no data in {}", data.string()));
    }
    create_data_directory(data, own_format());
}

// Other users could replace the log, the key or the mark.
void require_safe_directory(const fs::path& data) {
    if ((fs::status(data).permissions() & fs::perms::others_write) != fs::perms::none) {
        throw StoreRefused(fmt::format(
            "everybody on this machine may write to {}: run chmod o-w {}, and see to it that "
            "what is there is yours",
            data.string(), data.string()));
    }
}

void upgrade_data_directory(const fs::path& data) {
    if (format_line(data) + '\n' != own_format()) {
        write_format_file(data, own_format());
    }
}

void begin_import_directory(const fs::path& data) {
    require_new_or_empty(data, "an import");
    create_data_directory(data, fmt::format("{}\n", importing_sentence));
}

void finish_import_directory(const fs::path& data) {
    write_format_file(data, own_format());
}

UnfinishedDirectory::UnfinishedDirectory(fs::path data)
    : data_(std::move(data)), was_there_(fs::exists(data_)) {
    require_new_or_empty(data_, "a copy");
    try {
        create_data_directory(data_, fmt::format("{}\n", copying_sentence));
    } catch (...) {
        remove();
        throw;
    }
}

UnfinishedDirectory::~UnfinishedDirectory() {
    if (!finished_) {
        remove();
    }
}

void UnfinishedDirectory::remove() {
    // FORMAT is removed last: if something cannot be removed, the rest still counts as unfinished.
    std::error_code error;
    for (fs::directory_iterator entry(data_, error), end; !error && entry != end;
         entry.increment(error)) {
        if (entry->path() != format_file(data_)) {
            std::error_code ignored;
            fs::remove_all(entry->path(), ignored);
        }
    }
    if (!error) {
        fs::remove(format_file(data_), error);
    }
    if (!was_there_) {
        fs::remove(data_, error);
    }
}

void UnfinishedDirectory::finish() {
    for (const auto& entry : fs::recursive_directory_iterator(data_)) {
        sync_path(entry.path());
    }
    finish_import_directory(data_);
    finished_ = true;
    if (!was_there_) {
        sync_path(fs::absolute(data_).parent_path());
    }
}

void sync_path(const fs::path& path) {
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    const bool synced = file >= 0 && ::fsync(file) == 0;
    if (file >= 0) {
        ::close(file);
    }
    if (!synced) {
        throw StorageError(fmt::format("{} cannot be written", path.string()));
    }
}

std::uintmax_t bytes_of(const fs::path& directory) {
    std::uintmax_t bytes = 0;
    for (const auto& entry : fs::recursive_directory_iterator(directory)) {
        bytes += entry.is_regular_file() ? entry.file_size() : 0;
    }
    return bytes;
}

bool has_room(const fs::path& data, std::size_t bytes) {
    const fs::path probe = data / "probe";
    const int file = base::make_own_file_anew(probe);
    if (file < 0) {
        return false;
    }
    const std::string filling(bytes, '\0');
    const bool written = base::write_whole(file, filling) && ::fsync(file) == 0;
    ::close(file);
    std::error_code ignored;
    fs::remove(probe, ignored);
    return written;
}

}  // namespace threatatlas::store
