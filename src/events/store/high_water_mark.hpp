#pragma once

/// A small file beside the database that records facts whose loss the database alone could not
/// detect: the length of the log, the root of its Merkle tree at that length, and the instant up to
/// which answers are final. It is written, without sync, after every group and after every answer
/// about a time after the newest event: it survives a crash of the process, but a power failure may
/// lose its last seconds.

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
        std::nullopt;  ///< root of the first `position` lines, if known

    bool operator==(const HighWaterMark&) const = default;
};

/// Reads <data>/mark, even while another thread or process writes it; all zero if there is none.
/// Throws StorageError.
HighWaterMark read_mark(const std::filesystem::path& data);

/// For use by one thread at a time.
class HighWaterMarkFile {
  public:
    /// Opens or creates <data>/mark. Throws StorageError.
    explicit HighWaterMarkFile(const std::filesystem::path& data);
    /// Syncs the file.
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
