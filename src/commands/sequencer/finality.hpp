#pragma once

/// @file
/// Makes answers about the past final.

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <vector>

#include "commands/sequencer/published_log.hpp"
#include "commands/sequencer/storage_recovery.hpp"
#include "events/store/high_water_mark.hpp"

namespace threatatlas::sequencer {

/// Ensures that no event is recorded at or before an instant about which an answer was given. Also
/// maintains the high-water mark, which preserves those instants across restarts.
class Finality {
  public:
    /// `log` and `recovery` must outlive this object. Opens the mark in the data directory of the
    /// store. Throws StorageError, or StoreRefused if the log is shorter than the mark says.
    Finality(const store::Store& store, const PublishedLog& log, StorageRecovery& recovery);

    /// The latest instant about which an answer was given before this process started.
    base::Instant answered_at_start() const { return answered_at_start_; }

    // The next three methods are thread-safe. See Sequencer.
    bool await_final(base::Instant as_of);
    std::uint64_t when_final(base::Instant as_of, std::function<void()> then);
    void forget(std::uint64_t waiter);

    /// Call when a group begins, on the sequencer's thread. The events of the group must be later
    /// than the returned instant.
    base::Instant begin_group();
    /// Call on the thread that ends the oldest open group: its events are durable and published, or
    /// its outcome is unknown and the recovery is failing. Updates the mark and calls the waiters
    /// whose groups have ended.
    void end_group();
    /// The same for a group of which nothing was written. Does not change the mark.
    void abandon_group();

    /// Moves the mark to the end of the published log. Throws StorageError.
    void record_end();

  private:
    struct Waiter {
        base::Instant as_of{};
        std::uint64_t groups = 0;  ///< number of groups that must have ended
        std::function<void()> then;
    };

    void advance_mark();
    void save_mark();
    std::vector<Waiter> take_ready();
    void note_final(base::Instant as_of);
    void call(const std::vector<Waiter>& ready, bool mark_is_saved);

    const PublishedLog& log_;
    StorageRecovery& recovery_;

    std::mutex file_mutex_;          ///< locked before mutex_
    store::HighWaterMarkFile file_;  ///< guarded by file_mutex_
    const base::Instant answered_at_start_;

    mutable std::mutex mutex_;

    // Guarded by mutex_.
    store::HighWaterMark mark_;  ///< the content that the file should have
    std::uint64_t groups_begun_ = 0;
    std::uint64_t groups_ended_ = 0;
    std::map<std::uint64_t, Waiter> waiters_;  ///< by number, see forget()
    std::uint64_t last_waiter_ = 0;

    std::atomic<std::int64_t> final_micros_{0};  ///< nothing more is recorded up to this time
};

}  // namespace threatatlas::sequencer
