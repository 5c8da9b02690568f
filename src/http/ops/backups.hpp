#pragma once

// The directory for backups of a running server: one directory in it for each, named by the server.
//
//   <directory>/2026-11-24T01-02-03Z-position-1234/   a data directory, whole and verified
//   <directory>/.unfinished/                          the one that is being made
//   <directory>/.lock                                 held meanwhile, so that there is one at most

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/instant.hpp"
#include "events/store/store.hpp"
#include "events/vocabulary.hpp"
#include "http/ops/diagnostic_log.hpp"

namespace threatatlas {

struct Backup {
    std::string name;
    Position position = 0;     // of its newest event
    std::uintmax_t bytes = 0;  // of all its files, also where they are shared with the data
};

// For any thread.
class Backups {
  public:
    // An empty path: there are none, and both calls throw a Rejection that says what to do. The log
    // is the caller's and outlives this.
    Backups(std::filesystem::path directory, const Log& log);

    struct Made {
        Backup backup;
        Instant recorded_at{};  // of its newest event
    };
    // Copies the store and verifies the copy, while others read and write. Throws Rejection;
    // nothing is left of a backup that failed.
    Made make(const Store& store, Instant now);

    // Newest first, at most limits::backups_listed_max.
    std::vector<Backup> list() const;

    // One that is being made ends soon, and no other begins.
    void stop() { stopping_ = true; }

  private:
    void require_directory() const;
    Made make_alone(const Store& store, Instant now);
    std::string take_name(Instant now, Position position) const;

    const std::filesystem::path directory_;
    const Log& log_;
    std::atomic<bool> stopping_ = false;
};

}  // namespace threatatlas
