#pragma once

// A small file beside the database that remembers what the database alone could lose without a
// word: how long the log had become, the root of its Merkle tree then, and up to which instant
// questions were answered for good. It
// is written after every group and after every answer that reaches beyond the newest event, without
// waiting for the disk: it outlives the process, and a power cut may take its last seconds.

#include <filesystem>
#include <optional>

#include "events/instant.hpp"
#include "events/vocabulary.hpp"
#include "tlog/digest.hpp"

namespace threatatlas {

struct Mark {
    Position position = 0;     // the log is at least this long
    Instant answered_until{};  // no event may be recorded at or before this instant
    std::optional<Digest> root = std::nullopt;  // of the first `position` lines, where it is known

    bool operator==(const Mark&) const = default;
};

// <data>/mark, also while another thread or process sets it; empty where there is none. Throws
// StorageError.
Mark read_mark(const std::filesystem::path& data);

// For use by one thread at a time.
class MarkFile {
  public:
    // Opens <data>/mark, or makes it. Throws StorageError.
    explicit MarkFile(const std::filesystem::path& data);
    // Waits for the disk.
    ~MarkFile();
    MarkFile(const MarkFile&) = delete;
    MarkFile& operator=(const MarkFile&) = delete;

    const Mark& get() const { return mark_; }
    // Throws StorageError.
    void set(const Mark& mark);

  private:
    int file_ = -1;
    Mark mark_;
};

}  // namespace threatatlas
