#include "commands/sequencer/group_writer.hpp"

namespace threatatlas {
namespace {

// Rows looked at for old answers with each command: more than it adds, so that the sweeper comes
// round faster than the table grows.
constexpr std::size_t sweep_rows_per_command = 2;

}  // namespace

GroupWriter::GroupWriter(Store& store, Access& access, LogSealer* sealer, Hooks hooks)
    : store_(store), access_(access), sealer_(sealer), hooks_(std::move(hooks)) {
    thread_ = std::thread([this] { run(); });
}

GroupWriter::~GroupWriter() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    work_.notify_one();
    thread_.join();
}

void GroupWriter::depart(Group group) {
    {
        const std::lock_guard lock(mutex_);
        departed_ = std::move(group);
    }
    work_.notify_one();
}

void GroupWriter::run() {
    for (;;) {
        std::optional<Group> group;
        {
            std::unique_lock lock(mutex_);
            work_.wait(lock, [&] { return departed_ || stopping_; });
            group.swap(departed_);
        }
        if (!group) {
            return;
        }
        const auto carry_out = [&] { write_and_answer(*group); };
        group->is_long() ? patient_.run(carry_out) : carry_out();
        GroupChanges changes = std::move(group->changes);
        changes.clear();
        group.reset();
        hooks_.land(std::move(changes));
    }
}

void GroupWriter::write_and_answer(Group& group) {
    const auto started = std::chrono::steady_clock::now();
    const bool written = write(group);
    const auto took = std::chrono::steady_clock::now() - started;
    if (written) {
        for (const auto& [id, token] : group.tokens) {
            access_.put(id, token);
        }
    }
    hooks_.close(group, written, std::chrono::duration_cast<std::chrono::microseconds>(took));
    group.answer();
    if (written) {
        sweep_old_answers(group);
    }
}

// Whether the group is durable. True where there was nothing to write.
bool GroupWriter::write(Group& group) {
    try {
        if (sealer_ != nullptr && !group.leaves.empty()) {
            group.sealed =
                std::make_shared<const SealedLog>(sealer_->seal(group.leaves, group.changes.log));
        }
        if (!group.changes.empty()) {
            store_.commit(group.changes.log, group.changes.projections);
        } else {
            store_.require_own_directory();
        }
        return true;
    } catch (const std::exception& error) {
        hooks_.report(error);
        return false;
    }
}

// After a group, so that a key that it used again is not taken for an old one. What a crash keeps
// of them is swept another time.
void GroupWriter::sweep_old_answers(const Group& group) {
    try {
        RowBatch batch(store_);
        sweeper_.sweep(store_, group.frontier.last_time,
                       group.pending.size() * sweep_rows_per_command, batch);
        if (!batch.empty()) {
            store_.write_unsynced(batch);
        }
    } catch (const std::exception& error) {
        hooks_.report(error);  // they can stay a little longer
    }
}

}  // namespace threatatlas
