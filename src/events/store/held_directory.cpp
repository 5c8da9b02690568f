#include "events/store/held_directory.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <climits>
#include <cstring>
#include <ctime>
#include <sys/file.h>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "events/store/errors.hpp"

namespace threatatlas::store {
namespace {

namespace fs = std::filesystem;

constexpr const char* database_name = "rocksdb";
constexpr std::string_view descriptor_names = "/proc/self/fd/";

constexpr const char* moved_sentence =
    "The data directory was renamed, replaced or removed under the server, and nothing is recorded "
    "any more. Give the directory its name back, and the server goes on by itself; or stop the "
    "server, and start it on the directory that is to be served.";
constexpr const char* emptied_sentence =
    "Files of the data directory were removed or replaced under the server, and nothing is "
    "recorded any more. Stop the server and restore a backup.";

// Two changes that are closer together than this may have the same timestamp.
constexpr std::int64_t tick_nanoseconds = 20'000'000;

std::int64_t nanoseconds_of(const timespec& time) {
    return time.tv_sec * 1'000'000'000 + time.tv_nsec;
}

bool is_same(const timespec& one, const timespec& other) {
    return one.tv_sec == other.tv_sec && one.tv_nsec == other.tv_nsec;
}

// Whether a later change is sure to have another timestamp.
bool has_passed(const timespec& time, const timespec& now) {
    return std::abs(nanoseconds_of(now) - nanoseconds_of(time)) > tick_nanoseconds;
}

FileIdentity identity_in(const struct stat& status) {
    return {status.st_dev, status.st_ino};
}

std::optional<FileIdentity> identity_of(int directory, const char* name) {
    struct stat status {};
    return ::fstatat(directory, name, &status, 0) == 0 ? std::optional(identity_in(status))
                                                       : std::nullopt;
}

FileIdentity identity_of(int file) {
    struct stat status {};
    return ::fstat(file, &status) == 0 ? identity_in(status) : FileIdentity{};
}

fs::path own_name_of(int directory, const fs::path& usual) {
    fs::path own = fmt::format("{}{}", descriptor_names, directory);
    return threatatlas::store::identity_of(own) == identity_of(directory) ? own : usual;
}

int open_directory(int parent, const char* name, const fs::path& shown) {
    const int directory = ::openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0) {
        throw StorageError(
            fmt::format("{} cannot be opened: {}", shown.string(), std::strerror(errno)));
    }
    return directory;
}

}  // namespace

std::optional<FileIdentity> identity_of(const fs::path& path) {
    return identity_of(AT_FDCWD, path.c_str());
}

HeldDirectory::HeldDirectory(fs::path data) : name_(std::move(data)) {
    try {
        data_ = open_directory(AT_FDCWD, name_.c_str(), name_);
        if (::mkdirat(data_, database_name, 0755) != 0 && errno != EEXIST) {
            throw StorageError(
                fmt::format("{} cannot be written: {}", name_.string(), std::strerror(errno)));
        }
        database_ = open_directory(data_, database_name, name_ / database_name);
        // RocksDB's own lock is a file, which can be removed.
        if (::flock(database_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
            throw StoreRefused(fmt::format("{} is in use by another process: stop that one first",
                                           name_.string()));
        }
    } catch (...) {
        close();
        throw;
    }
    data_identity_ = identity_of(data_);
    database_identity_ = identity_of(database_);
    own_data_ = own_name_of(data_, name_);
    own_database_ = own_name_of(database_, name_ / database_name);
}

HeldDirectory::~HeldDirectory() {
    close();
}

void HeldDirectory::close() {
    for (const int directory : {database_, data_}) {
        if (directory >= 0) {
            ::close(directory);
        }
    }
}

std::optional<std::string> HeldDirectory::name_fault() const {
    if (threatatlas::store::identity_of(name_) != data_identity_) {
        return moved_sentence;
    }
    if (identity_of(data_, database_name) != database_identity_) {
        return emptied_sentence;
    }
    return std::nullopt;
}

std::optional<std::string> HeldDirectory::fault(const NeededFiles& needed) const {
    if (auto fault = name_fault()) {
        return fault;
    }
    // Before the files: a removal in between is noticed the next time.
    const Stamp now = stamp();
    {
        const std::lock_guard lock(mutex_);
        if (is_same(now.data, seen_.data) && is_same(now.database, seen_.database)) {
            return std::nullopt;
        }
    }
    if (!has_own_files() || !has_needed_files(needed)) {
        return emptied_sentence;
    }
    timespec clock{};
    ::clock_gettime(CLOCK_REALTIME, &clock);
    if (has_passed(now.data, clock) && has_passed(now.database, clock)) {
        const std::lock_guard lock(mutex_);
        seen_ = now;
    }
    return std::nullopt;
}

HeldDirectory::Stamp HeldDirectory::stamp() const {
    struct stat data {};
    struct stat database {};
    ::fstat(data_, &data);
    ::fstat(database_, &database);
    return {data.st_mtim, database.st_mtim};
}

bool HeldDirectory::is_there(int directory, const char* name) {
    return identity_of(directory, name).has_value();
}

bool HeldDirectory::has_own_files() const {
    const bool has_mark = is_there(data_, "mark");
    {
        const std::lock_guard lock(mutex_);
        if (has_mark_ && !has_mark) {
            return false;
        }
        has_mark_ = has_mark;
    }
    return is_there(data_, "FORMAT") && is_there(database_, "CURRENT") &&
           is_there(database_, "LOCK");
}

bool HeldDirectory::has_needed_files(const NeededFiles& needed) const {
    const auto is_missing = [this](const std::string& name) {
        return !is_there(database_, name.c_str());
    };
    std::vector<std::string> missing = needed();
    std::erase_if(missing, [&](const std::string& name) { return !is_missing(name); });
    if (missing.empty()) {
        return true;
    }
    // RocksDB itself removes files that it no longer needs.
    const std::vector<std::string> still = needed();
    return std::none_of(missing.begin(), missing.end(), [&](const std::string& name) {
        return std::find(still.begin(), still.end(), name) != still.end();
    });
}

std::string with_usual_names(std::string text) {
    std::size_t at = text.find(descriptor_names);
    while (at != std::string::npos) {
        const std::size_t end = std::min(
            text.find_first_not_of("0123456789", at + descriptor_names.size()), text.size());
        std::array<char, PATH_MAX> usual{};
        const ssize_t length =
            ::readlink(text.substr(at, end - at).c_str(), usual.data(), usual.size());
        const std::string_view name(usual.data(),
                                    length > 0 ? static_cast<std::size_t>(length) : 0);
        if (!name.empty()) {
            text.replace(at, end - at, name);
        }
        at = text.find(descriptor_names, name.empty() ? end : at + name.size());
    }
    return text;
}

}  // namespace threatatlas::store
