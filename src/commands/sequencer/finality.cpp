#include "commands/sequencer/finality.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "commands/refusal.hpp"

namespace threatatlas::sequencer {

Finality::Finality(const store::Store& store, const PublishedLog& log, StorageRecovery& recovery)
    : log_(log),
      recovery_(recovery),
      file_(store.own_data()),
      answered_at_start_(file_.get().answered_until),
      mark_(file_.get()) {
    const Position end = log_.end().position;
    if (end < mark_.position) {
        throw store::StoreRefused(fmt::format(
            "the log in {} ends at position {}, but {} events had been recorded: restore a "
            "backup or, to go on without the lost ones, remove the file {}",
            store.data().string(), end, mark_.position, (store.data() / "mark").string()));
    }
}

bool Finality::await_final(base::Instant as_of) {
    // Times only increase, so nothing more can be recorded at or before either of the two.
    if (as_of <= log_.end_time() ||
        as_of.time_since_epoch().count() <= final_micros_.load(std::memory_order_acquire)) {
        return true;
    }
    {
        const std::lock_guard lock(mutex_);
        // Read with the lock held: a failed write sets is_failing() before its group counts as
        // ended.
        if (recovery_.is_failing()) {
            throw commands::Refusal(
                commands::RefusalKind::storage_failing,
                "The storage is failing, and what is recorded last is not known: ask "
                "again later.");
        }
        // Groups that begin after this record later events.
        mark_.answered_until = std::max(mark_.answered_until, as_of);
        if (groups_ended_ < groups_begun_) {
            return false;
        }
    }
    save_mark();
    note_final(as_of);
    return true;
}

std::uint64_t Finality::when_final(base::Instant as_of, std::function<void()> then) {
    {
        const std::lock_guard lock(mutex_);
        if (groups_ended_ < groups_begun_) {
            waiters_.emplace(++last_waiter_, Waiter{as_of, groups_begun_, std::move(then)});
            return last_waiter_;
        }
    }
    then();
    return 0;
}

void Finality::forget(std::uint64_t waiter) {
    std::optional<Waiter> forgotten;  // destroyed after unlocking, because it may hold much memory
    const std::lock_guard lock(mutex_);
    const auto found = waiters_.find(waiter);
    if (found != waiters_.end()) {
        forgotten = std::move(found->second);
        waiters_.erase(found);
    }
}

base::Instant Finality::begin_group() {
    const std::lock_guard lock(mutex_);
    ++groups_begun_;
    return mark_.answered_until;
}

void Finality::end_group() {
    std::vector<Waiter> ready;
    {
        const std::lock_guard lock(mutex_);
        if (log_.end().position != mark_.position) {
            advance_mark();
        }
        ++groups_ended_;
        ready = take_ready();
    }
    bool is_saved = false;
    try {
        save_mark();
        is_saved = true;
    } catch (const store::StorageError& error) {
        recovery_.report(error);  // the events themselves are durable
    }
    call(ready, is_saved);
}

void Finality::abandon_group() {
    std::vector<Waiter> ready;
    {
        const std::lock_guard lock(mutex_);
        ++groups_ended_;
        ready = take_ready();
    }
    call(ready, false);
}

void Finality::record_end() {
    {
        const std::lock_guard lock(mutex_);
        advance_mark();
    }
    save_mark();
}

/// Call with mutex_ locked.
void Finality::advance_mark() {
    const events::LogEnd end = log_.end();
    const auto sealed = log_.sealed();
    const bool is_sealed = sealed && sealed->checkpoint.size == end.position;
    mark_.position = end.position;
    mark_.root = is_sealed ? std::optional(sealed->checkpoint.root) : std::nullopt;
}

/// Writes the mark if it has changed. Does not hold mutex_ during the write, so that a slow disk
/// does not delay callers of await_final().
void Finality::save_mark() {
    const std::lock_guard saving(file_mutex_);
    store::HighWaterMark mark;
    {
        const std::lock_guard lock(mutex_);
        mark = mark_;
    }
    if (mark != file_.get()) {
        file_.set(mark);
    }
}

/// Removes and returns the waiters whose groups have ended. Call with mutex_ locked.
std::vector<Finality::Waiter> Finality::take_ready() {
    std::vector<Waiter> ready;
    for (auto next = waiters_.begin(); next != waiters_.end();) {
        if (groups_ended_ < next->second.groups) {
            ++next;
            continue;
        }
        ready.push_back(std::move(next->second));
        next = waiters_.erase(next);
    }
    return ready;
}

/// Call when all groups that could record an event at or before `as_of` have ended and the mark is
/// saved.
void Finality::note_final(base::Instant as_of) {
    const std::lock_guard lock(mutex_);
    if (!recovery_.is_failing()) {
        final_micros_.store(std::max(final_micros_.load(), as_of.time_since_epoch().count()),
                            std::memory_order_release);
    }
}

void Finality::call(const std::vector<Waiter>& ready, bool mark_is_saved) {
    for (const Waiter& waiter : ready) {
        if (mark_is_saved) {
            note_final(waiter.as_of);
        }
    }
    for (const Waiter& waiter : ready) {
        waiter.then();
    }
}

}  // namespace threatatlas::sequencer
