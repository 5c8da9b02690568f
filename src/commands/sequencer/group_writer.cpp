#include "commands/sequencer/group_writer.hpp"

namespace threatatlas::sequencer {
namespace {

/// Rows of the idempotency table examined per command: more than a command adds, so that the sweep
/// keeps up with the table's growth.
constexpr std::size_t sweep_rows_per_command = 2;

}  // namespace

GroupWriter::GroupWriter(store::Store& store, projections::Access& access,
                         events::LogSealer* sealer, Hooks hooks)
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

void GroupWriter::submit(Group group) {
    {
        const std::lock_guard lock(mutex_);
        submitted_ = std::move(group);
    }
    work_.notify_one();
}

void GroupWriter::run() {
    for (;;) {
        std::optional<Group> group;
        {
            std::unique_lock lock(mutex_);
            work_.wait(lock, [&] { return submitted_ || stopping_; });
            group.swap(submitted_);
        }
        if (!group) {
            return;
        }
        const auto carry_out = [&] { write_and_answer(*group); };
        group->has_low_priority ? low_priority_thread_.run(carry_out) : carry_out();
        GroupChanges changes = std::move(group->changes);
        changes.clear();
        group.reset();
        hooks_.commit(std::move(changes));
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

/// Returns true if the group is durable or there was nothing to write.
bool GroupWriter::write(Group& group) {
    try {
        add_answers(group);
        if (sealer_ != nullptr && !group.leaves.empty()) {
            group.sealed = std::make_shared<const events::SealedLog>(
                sealer_->seal(group.leaves, group.changes.log));
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

/// Renders the responses of commands with an Idempotency-Key and adds their rows to the batch. The
/// callers receive the rendered responses, so that nothing is rendered twice.
void GroupWriter::add_answers(Group& group) {
    for (KeyedCommand& keyed : group.keyed) {
        auto& accepted = std::get<commands::Accepted>(group.outcomes[keyed.index]);
        KeptAnswer kept{keyed.recorded_at, std::move(keyed.request_digest),
                        commands::render_answer(accepted)};
        group.changes.projections.rows.put(store::Table::idempotency, keyed.row_key, encode(kept));
        accepted = commands::accepted_before(std::move(kept.answer));
    }
}

/// Call after the group was written, so that a key that the group has used again is not removed as
/// an old one. Rows that remain after a crash are removed by a later sweep.
void GroupWriter::sweep_old_answers(const Group& group) {
    try {
        store::RowBatch batch(store_);
        sweeper_.sweep(store_, group.frontier.last_time,
                       group.pending.size() * sweep_rows_per_command, batch);
        if (!batch.empty()) {
            store_.write_unsynced(batch);
        }
    } catch (const std::exception& error) {
        hooks_.report(error);  // the rows are removed later
    }
}

}  // namespace threatatlas::sequencer
