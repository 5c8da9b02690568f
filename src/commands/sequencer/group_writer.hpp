#pragma once

// The thread that writes groups, one after the other: a synced write, then the tokens, the end of
// the log, and the answers.

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

namespace threatatlas {

class GroupWriter {
  public:
    // Called on the writer's thread.
    struct Hooks {
        // Before the answers. Not written: the outcome is unknown, and what was accepted is refused
        // from here on.
        std::function<void(Group&, bool written, std::chrono::microseconds took)> close;
        // After them, when nobody needs the group any more. The memory of its changes, which are
        // empty, can be used again.
        std::function<void(GroupChanges)> land;
        std::function<void(const std::exception&)> report;
    };

    // Store, access and sealer are the caller's and outlive the writer. While a group is on its way
    // the sealer is the writer's. Without one the log is not signed.
    GroupWriter(Store& store, Access& access, LogSealer* sealer, Hooks hooks);
    // Writes what has departed, then stops.
    ~GroupWriter();
    GroupWriter(const GroupWriter&) = delete;
    GroupWriter& operator=(const GroupWriter&) = delete;

    // Not before the last one has landed. From one thread.
    void depart(Group group);

  private:
    void run();
    bool write(Group& group);
    void write_and_answer(Group& group);
    void sweep_old_answers(const Group& group);

    // Constant after construction.
    Store& store_;
    Access& access_;
    LogSealer* const sealer_;
    const Hooks hooks_;

    // Owned by the writer's thread.
    IdempotencySweeper sweeper_;
    LowPriorityThread patient_;  // writes long groups in its stead

    std::mutex mutex_;
    std::condition_variable work_;  // a group has departed, or stopping_

    // Guarded by mutex_.
    std::optional<Group> departed_;
    bool stopping_ = false;

    std::thread thread_;
};

}  // namespace threatatlas
