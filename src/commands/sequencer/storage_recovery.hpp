#pragma once

/// @file
/// Detects storage failures and recovers from them.

#include <atomic>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <string>

#include "commands/sequencer/environment.hpp"
#include "events/event_log.hpp"
#include "events/log_sealer.hpp"
#include "events/store/store.hpp"
#include "projections/access.hpp"

namespace threatatlas::sequencer {

/// Tracks whether the storage is failing: after a failed write, nothing is accepted until the store
/// has been reopened and the end of its log has been read.
class StorageRecovery {
  public:
    /// All arguments must outlive this object. `sealer` is null if the log is not signed.
    StorageRecovery(store::Store& store, projections::Access& access, events::LogSealer* sealer,
                    const SequencerEnvironment& environment)
        : store_(store), access_(access), sealer_(sealer), environment_(environment) {}

    // The methods up to is_directory_lost() are thread-safe.

    bool is_failing() const { return is_failing_.load(std::memory_order_acquire); }
    /// The reason, for the operator, if the data directory is no longer the one that was opened.
    std::optional<std::string> directory_fault() const;
    /// Number of errors reported so far.
    std::uint64_t faults() const { return faults_.load(std::memory_order_relaxed); }
    /// Counts an error and reports it to the operator.
    void report(const std::exception& error);

    /// Call when a write has failed or a group was abandoned.
    void fail() { is_failing_.store(true, std::memory_order_release); }
    /// Returns true if the data directory is no longer the one that was opened. Reports it when it
    /// is first noticed.
    bool is_directory_lost();

    // The methods below must be called on the sequencer's thread.

    /// Checks for faults that would make later writes fail. Returns true if it has found one; the
    /// storage is failing from then on.
    bool find_fault();
    /// Reopens the store and reads the outcome of the failed write. Without enough disk space or
    /// the right directory it leaves the store as it is, so that reads continue. `resume` is called
    /// with the end of the log, from which the sequencer continues; it may throw StorageError. Call
    /// again later, as long as is_failing(). No group may be in flight. Does not throw.
    void try_reopen(const std::function<void(const events::LogEnd&)>& resume);

  private:
    void report_recovery(const events::LogEnd& end) const;

    store::Store& store_;
    projections::Access& access_;
    events::LogSealer* const sealer_;
    const SequencerEnvironment& environment_;

    std::atomic<bool> is_failing_{false};
    std::atomic<std::uint64_t> faults_{0};

    mutable std::mutex mutex_;
    std::optional<std::string> directory_fault_;  ///< guarded by mutex_
};

}  // namespace threatatlas::sequencer
