#pragma once

// A small file beside the database that remembers what the database alone could lose without a
// word: how long the log had become, the root of its Merkle tree then, and up to which instant
// questions were answered for good. It
// is written after every group and after every answer that reaches beyond the newest event, without
// waiting for the disk: it outlives the process, and a power cut may take its last seconds.

#include <filesystem>
#include <optional>

#include "base/digest.hpp"
#include "base/instant.hpp"
#include "events/store/ids.hpp"

namespace threatatlas {

struct HighWaterMark {
    Position position = 0;     // the log is at least this long
    Instant answered_until{};  // no event may be recorded at or before this instant
    std::optional<Digest> root = std::nullopt;  // of the first `position` lines, where it is known

    bool operator==(const HighWaterMark&) const = default;
};

// <data>/mark, also while another thread or process sets it; empty where there is none. Throws
// StorageError.
HighWaterMark read_mark(const std::filesystem::path& data);

// For use by one thread at a time.
class HighWaterMarkFile {
  public:
    // Opens <data>/mark, or makes it. Throws StorageError.
    explicit HighWaterMarkFile(const std::filesystem::path& data);
    // Waits for the disk.
    ~HighWaterMarkFile();
    HighWaterMarkFile(const HighWaterMarkFile&) = delete;
    HighWaterMarkFile& operator=(const HighWaterMarkFile&) = delete;

    const HighWaterMark& get() const { return mark_; }
    // Throws StorageError.
    void set(const HighWaterMark& mark);

  private:
    int file_ = -1;
    HighWaterMark mark_;
};

}  // namespace threatatlas
