#include "http/ops/backups.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <sys/file.h>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "events/store/data_directory.hpp"
#include "http/net/problem.hpp"
#include "http/ops/service_limits.hpp"
#include "projections/audit/backup.hpp"

namespace threatatlas::ops {
namespace {

namespace fs = std::filesystem;

// Aborts a verification during a stop.
struct BackupStopped {};

// A lock on a directory, held by one thread of one process and released if the process dies.
class DirectoryLock {
  public:
    explicit DirectoryLock(const fs::path& directory)
        : file_(::open((directory / ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
                       0600)) {
        if (file_ < 0) {
            throw store::StorageError(
                fmt::format("{} cannot be written; check its permissions", directory.string()));
        }
        held_ = ::flock(file_, LOCK_EX | LOCK_NB) == 0;
    }
    ~DirectoryLock() { ::close(file_); }
    DirectoryLock(const DirectoryLock&) = delete;
    DirectoryLock& operator=(const DirectoryLock&) = delete;

    bool is_held() const { return held_; }

  private:
    int file_;
    bool held_;
};

constexpr std::string_view time_form = "0000-00-00T00-00-00Z";
constexpr std::string_view position_word = "-position-";

bool is_number(std::string_view text) {
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// The position in a backup's name; nullopt if the name is not a backup's.
std::optional<Position> position_in(std::string_view name) {
    if (name.size() < time_form.size() ||
        !name.substr(time_form.size()).starts_with(position_word)) {
        return std::nullopt;
    }
    for (std::size_t i = 0; i < time_form.size(); ++i) {
        const bool fits =
            time_form[i] == '0' ? is_number(name.substr(i, 1)) : name[i] == time_form[i];
        if (!fits) {
            return std::nullopt;
        }
    }
    const std::string_view rest = name.substr(time_form.size() + position_word.size());
    const std::string_view digits = rest.substr(0, rest.find('-'));
    if (!is_number(digits) ||
        (digits.size() < rest.size() && !is_number(rest.substr(digits.size() + 1)))) {
        return std::nullopt;
    }
    Position position = 0;
    const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), position);
    return parsed.ec == std::errc{} ? std::optional(position) : std::nullopt;
}

// "2026-11-24T01-02-03Z": colons in file names need quoting in shells and fail on other systems.
std::string time_in_name(base::Instant instant) {
    std::string text = base::format_instant(instant).substr(0, time_form.size() - 1) + "Z";
    std::replace(text.begin(), text.end(), ':', '-');
    return text;
}

net::Rejection retry_later(int status, std::string detail) {
    return net::Rejection(
        {.status = status,
         .detail = std::move(detail),
         .headers = {{"Retry-After", std::to_string(limits::retry_after_failure.count())}}});
}

net::Rejection not_written() {
    return retry_later(503,
                       "The backup could not be written or read back, and was removed. Check the "
                       "free space in the backup directory; the server's log has the details.");
}

}  // namespace

Backups::Backups(fs::path directory, const Log& log)
    : directory_(std::move(directory)), log_(log) {}

void Backups::require_directory() const {
    if (directory_.empty()) {
        throw net::Rejection({.status = 409,
                              .detail =
                                  "This server has no backup directory; its operator sets one "
                                  "with --backup-dir DIR or THREATATLAS_BACKUP_DIR."});
    }
}

Backups::Made Backups::make(const store::Store& store, base::Instant now) {
    require_directory();
    try {
        return make_alone(store, now);
    } catch (const BackupStopped&) {
        throw retry_later(503, "The server is stopping; the unfinished backup was removed.");
    } catch (const audit::BadCopy& bad) {
        log_.error("backup_failed", {{"detail", bad.what()}});
        throw net::Rejection(
            {.status = 500,
             .detail = "The copy did not match its log and was removed. Run threatatlas-replay "
                       "verify on the data; the server's log has the details."});
    } catch (const store::StorageError& error) {
        log_.error("backup_failed", {{"detail", error.what()}});
        throw not_written();
    } catch (const fs::filesystem_error& error) {
        log_.error("backup_failed", {{"detail", error.what()}});
        throw not_written();
    } catch (const store::StoreRefused& error) {
        log_.error("backup_failed", {{"detail", error.what()}});
        throw not_written();
    }
}

Backups::Made Backups::make_alone(const store::Store& store, base::Instant now) {
    if (stopping_) {
        throw BackupStopped{};
    }
    if (fs::create_directories(directory_)) {
        fs::permissions(directory_, fs::perms::owner_all);
    }
    const DirectoryLock lock(directory_);
    if (!lock.is_held()) {
        throw retry_later(409, "Another backup is being made; retry when it is finished.");
    }
    const fs::path unfinished = directory_ / ".unfinished";
    fs::remove_all(unfinished);  // left by a server that was killed
    const audit::CopyFacts facts = audit::back_up(store, unfinished, [this](Position, Position) {
        if (stopping_) {
            throw BackupStopped{};
        }
    });
    const std::string name = take_name(now, facts.end.position);
    fs::rename(unfinished, directory_ / name);
    store::sync_path(directory_);
    log_.info("backup", {{"name", name}, {"position", facts.end.position}, {"bytes", facts.bytes}});
    return {{name, facts.end.position, facts.bytes}, facts.end.time};
}

std::string Backups::take_name(base::Instant now, Position position) const {
    const std::string name = fmt::format("{}{}{}", time_in_name(now), position_word, position);
    std::string free = name;
    for (int number = 2; fs::exists(directory_ / free); ++number) {
        free = fmt::format("{}-{}", name, number);
    }
    return free;
}

std::vector<Backup> Backups::list() const {
    require_directory();
    std::vector<Backup> backups;
    std::error_code error;
    for (fs::directory_iterator entry(directory_, error), end; !error && entry != end;
         entry.increment(error)) {
        const std::string name = entry->path().filename();
        if (const auto position = position_in(name)) {
            backups.push_back({name, *position});
        }
    }
    if (error && error != std::errc::no_such_file_or_directory) {
        throw store::StorageError(fmt::format("{}: {}", directory_.string(), error.message()));
    }
    std::sort(backups.begin(), backups.end(),
              [](const Backup& one, const Backup& other) { return one.name > other.name; });
    backups.resize(std::min(backups.size(), limits::backups_listed_max));
    // The operator may be removing an old backup.
    std::erase_if(backups, [this](Backup& backup) {
        try {
            backup.bytes = store::bytes_of(directory_ / backup.name);
            return false;
        } catch (const fs::filesystem_error&) {
            return true;
        }
    });
    return backups;
}

}  // namespace threatatlas::ops
