#pragma once

/// A small file beside the database that records what the database alone could lose unnoticed: how
/// long the log was, the root of its Merkle tree then, and up to which instant answers are final.
/// It is written after every group and after every answer about a time after the newest event,
/// without waiting for the disk: it survives the process, and a power cut may lose its last
/// seconds.

#include <filesystem>
#include <optional>

#include "base/digest.hpp"
#include "base/instant.hpp"
#include "events/store/ids.hpp"

namespace threatatlas::store {

struct HighWaterMark {
    Position position = 0;           ///< the log is at least this long
    base::Instant answered_until{};  ///< no event may be recorded at or before this instant
    std::optional<base::Digest> root =
        std::nullopt;  ///< of the first `position` lines, if it is known

    bool operator==(const HighWaterMark&) const = default;
};

/// Reads <data>/mark, also while another thread or process writes it; all zero if there is none.
/// Throws StorageError.
HighWaterMark read_mark(const std::filesystem::path& data);

/// For use by one thread at a time.
class HighWaterMarkFile {
  public:
    /// Opens <data>/mark, or creates it. Throws StorageError.
    explicit HighWaterMarkFile(const std::filesystem::path& data);
    /// Waits for the disk.
    ~HighWaterMarkFile();
    HighWaterMarkFile(const HighWaterMarkFile&) = delete;
    HighWaterMarkFile& operator=(const HighWaterMarkFile&) = delete;

    const HighWaterMark& get() const { return mark_; }
    /// Throws StorageError.
    void set(const HighWaterMark& mark);

  private:
    int file_ = -1;
    HighWaterMark mark_;
};

}  // namespace threatatlas::store
