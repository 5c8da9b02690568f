#pragma once

/// Backups of a running server: one subdirectory per backup, named by the server.
///   <directory>/2026-11-24T01-02-03Z-position-1234/   a complete, verified data directory
///   <directory>/.unfinished/                          the backup that is being made
///   <directory>/.lock                                 locked during a backup: one at a time

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/instant.hpp"
#include "events/store/store.hpp"
#include "events/vocabulary.hpp"
#include "http/ops/diagnostic_log.hpp"

namespace threatatlas::ops {

struct Backup {
    std::string name;
    Position position = 0;     ///< of its last event
    std::uintmax_t bytes = 0;  ///< of all files, including those shared with the data by hard links
};

/// Thread-safe.
class Backups {
  public:
    /// With an empty path both calls throw a Rejection that says how to configure backups. `log`
    /// must outlive this object.
    Backups(std::filesystem::path directory, const Log& log);

    struct Made {
        Backup backup;
        base::Instant recorded_at{};  ///< of its last event
    };
    /// Copies the store and verifies the copy, while requests go on. Throws Rejection; a failed
    /// backup leaves no files.
    Made make(const store::Store& store, base::Instant now);

    /// Newest first, at most limits::backups_listed_max.
    std::vector<Backup> list() const;

    /// Makes a running make() end soon, and later ones fail.
    void stop() { stopping_ = true; }

  private:
    void require_directory() const;
    Made make_alone(const store::Store& store, base::Instant now);
    std::string take_name(base::Instant now, Position position) const;

    const std::filesystem::path directory_;
    const Log& log_;
    std::atomic<bool> stopping_ = false;
};

}  // namespace threatatlas::ops
