#pragma once

/// @file
/// The thread that writes groups.

#include <chrono>
#include <condition_variable>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

#include "base/low_priority_thread.hpp"
#include "commands/sequencer/group.hpp"
#include "commands/sequencer/idempotency.hpp"

namespace threatatlas::sequencer {

/// Writes groups one after the other: one synced write each, then it publishes the tokens and the
/// end of the log, and answers.
class GroupWriter {
  public:
    /// Called on the writer's thread.
    struct Hooks {
        /// Before the answers. Not written: the outcome of the write is unknown, and the hook
        /// refuses the accepted commands.
        std::function<void(Group&, bool written, std::chrono::microseconds took)> close;
        /// After the answers, when the group is destroyed. The changes are empty; their memory can
        /// be used again.
        std::function<void(GroupChanges)> commit;
        std::function<void(const std::exception&)> report;
    };

    /// Store, access and sealer are the caller's and outlive the writer. While a group is in flight
    /// only the writer uses the sealer. `sealer` is null if the log is not signed.
    GroupWriter(store::Store& store, projections::Access& access, events::LogSealer* sealer,
                Hooks hooks);
    /// Writes the group that was submitted, then stops.
    ~GroupWriter();
    GroupWriter(const GroupWriter&) = delete;
    GroupWriter& operator=(const GroupWriter&) = delete;

    /// Puts a group in flight. The one before has been committed. From one thread.
    void submit(Group group);

  private:
    void run();
    bool write(Group& group);
    static void add_answers(Group& group);
    void write_and_answer(Group& group);
    void sweep_old_answers(const Group& group);

    // Constant after construction.
    store::Store& store_;
    projections::Access& access_;
    events::LogSealer* const sealer_;
    const Hooks hooks_;

    // Used by the writer's thread only.
    IdempotencySweeper sweeper_;
    base::LowPriorityThread low_priority_thread_;  // writes groups of low priority

    std::mutex mutex_;
    std::condition_variable work_;  // a group was submitted, or stopping_

    // Guarded by mutex_.
    std::optional<Group> submitted_;
    bool stopping_ = false;

    std::thread thread_;
};

}  // namespace threatatlas::sequencer
