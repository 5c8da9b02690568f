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

/// Sees to it that no event is recorded at or before an instant that an answer was given about, and
/// keeps the high-water mark, which remembers those instants over a restart.
class Finality {
  public:
    /// The log and the recovery are the caller's and outlive this. Opens the mark in the data
    /// directory of the store. Throws StorageError, or StoreRefused if the log is shorter than the
    /// mark says.
    Finality(const store::Store& store, const PublishedLog& log, StorageRecovery& recovery);

    /// The latest instant that was answered for before this process started.
    base::Instant answered_at_start() const { return answered_at_start_; }

    // The next three from any thread. See Sequencer.
    bool await_final(base::Instant as_of);
    std::uint64_t when_final(base::Instant as_of, std::function<void()> then);
    void forget(std::uint64_t waiter);

    /// A group begins. Its events have to be later than the returned instant. On the sequencer's
    /// thread.
    base::Instant begin_group();
    /// The group that began first has ended: its events are durable and published, or its outcome
    /// is unknown and the recovery is failing. Updates the mark and calls the waiters whose groups
    /// have ended. On the thread that ends it.
    void end_group();
    /// The same for a group of which nothing was written. Leaves the mark.
    void abandon_group();

    /// Brings the mark to the end of the published log. Throws StorageError.
    void record_end();

  private:
    struct Waiter {
        base::Instant as_of{};
        std::uint64_t groups = 0;  ///< that have to end first
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
    store::HighWaterMark mark_;  ///< what the file has to say
    std::uint64_t groups_begun_ = 0;
    std::uint64_t groups_ended_ = 0;
    std::map<std::uint64_t, Waiter> waiters_;  ///< by the numbers that forget() takes
    std::uint64_t last_waiter_ = 0;

    std::atomic<std::int64_t> final_micros_{0};  ///< nothing is recorded up to then any more
};

}  // namespace threatatlas::sequencer
