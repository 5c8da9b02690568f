#pragma once

/// @file
/// Notices that the storage fails, and makes it work again.

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

/// Whether the storage is failing: nothing is accepted from a failed write until the store has been
/// opened again and the end of its log has been read.
class StorageRecovery {
  public:
    /// All are the caller's and outlive this. `sealer` is null if the log is not signed.
    StorageRecovery(store::Store& store, projections::Access& access, events::LogSealer* sealer,
                    const SequencerEnvironment& environment)
        : store_(store), access_(access), sealer_(sealer), environment_(environment) {}

    // From any thread.

    bool is_failing() const { return is_failing_.load(std::memory_order_acquire); }
    /// Why, for the operator, if the data directory is no longer the one that was opened.
    std::optional<std::string> directory_fault() const;
    /// Number of errors reported so far.
    std::uint64_t faults() const { return faults_.load(std::memory_order_relaxed); }
    /// Counts an error and tells the operator.
    void report(const std::exception& error);

    /// A write has failed, or a group was given up.
    void fail() { is_failing_.store(true, std::memory_order_release); }
    /// Whether the data directory is no longer the one that was opened. Reported when that changes.
    bool is_directory_lost();

    // On the sequencer's thread.

    /// Looks for faults that no write has shown yet, which would fail all later writes. Returns
    /// whether the storage is failing since then.
    bool find_fault();
    /// Opens the store again, if there is space on the disk and the directory is the right one, and
    /// reads how the failed write ended. `resume` is called with the end of the log, which is the
    /// sequencer's from then on; it may throw StorageError. Until all of this succeeds, reads
    /// continue on the store as it was. No group is in flight meanwhile. Throws nothing; call again
    /// later as long as is_failing().
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
