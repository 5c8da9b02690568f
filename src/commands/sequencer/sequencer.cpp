#include "commands/sequencer/sequencer.hpp"

#include <algorithm>
#include <future>
#include <map>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/low_priority_thread.hpp"
#include "commands/sequencer/clock_watch.hpp"
#include "commands/sequencer/command_queue.hpp"
#include "commands/sequencer/group_decider.hpp"
#include "commands/sequencer/group_writer.hpp"
#include "commands/sequencer/token_use_keeper.hpp"
#include "events/store/data_directory.hpp"
#include "events/store/high_water_mark.hpp"

namespace threatatlas {
namespace {

using std::chrono::microseconds;

// After a failed write: how often to look whether it is over, and the room the disk must have.
constexpr std::chrono::seconds recover_every{1};
// How long at most the storage is not looked at where nobody writes.
constexpr std::chrono::seconds look_every{1};
constexpr std::size_t room_bytes_wanted = std::size_t{4} << 20U;

// Whether the command takes access away and does nothing else: a doubted clock does not hold it up.
bool only_revokes(const Command& command) {
    return std::all_of(command.items.begin(), command.items.end(), [](const Item& item) {
        return std::holds_alternative<RevokeToken>(item.change);
    });
}

}  // namespace

class Sequencer::Impl {
  public:
    Impl(Store& store, Access& access, SequencerEnvironment environment, LogSealer* sealer)
        : store_(store),
          access_(access),
          sealer_(sealer),
          environment_(std::move(environment)),
          token_uses_(store, access),
          mark_(store.own_data()),
          next_mark_(mark_.get()),
          end_(end_of_log(ReadView(store))),
          clock_(environment_, store.own_data(), std::max(end_.time, next_mark_.answered_until)),
          decider_(store, environment_, clock_, sealer != nullptr,
                   [this](const std::exception& error) { report(error); }),
          writer_(store, access, sealer, writer_hooks()) {
        if (sealer_ != nullptr) {
            sealed_ = std::make_shared<const SealedLog>(sealer_->sealed());
        }
        end_micros_ = end_.time.time_since_epoch().count();
        if (end_.position < next_mark_.position) {
            throw StoreRefused(fmt::format(
                "the log in {} ends at position {}, but {} events had been recorded: restore a "
                "backup or, to go on without the lost ones, remove the file {}",
                store.data().string(), end_.position, next_mark_.position,
                (store.data() / "mark").string()));
        }
        decider_.reset_to(end_);
        thread_ = std::thread([this] { run(); });
    }

    ~Impl() {
        stop_accepting();
        thread_.join();
    }

    void submit(Command command, std::function<void(Outcome)> done,
                std::function<bool()> is_awaited) {
        std::optional<Refusal> refusal;
        {
            const std::lock_guard lock(mutex_);
            refusal = refusal_at_the_door(command);
            if (!refusal) {
                queue_.push({std::move(command), std::move(done), std::move(is_awaited)});
            } else {
                ++counts_.commands_refused;
                counts_.commands_over_share += refusal->kind() == RefusalKind::over_share ? 1 : 0;
                clock_is_doubted_ |= refusal->kind() == RefusalKind::clock_in_doubt;
            }
        }
        work_.notify_one();
        if (refusal) {
            done(std::move(*refusal));
        }
    }

    Instant now() const { return std::max(clock_.latest(), end_time()); }

    bool settle(Instant as_of) {
        const std::int64_t micros = as_of.time_since_epoch().count();
        if (micros <= end_micros_.load(std::memory_order_acquire) ||
            micros <= settled_micros_.load(std::memory_order_acquire)) {
            return true;  // times only rise: nothing can be recorded there any more
        }
        {
            const std::lock_guard lock(mutex_);
            if (failing_) {
                throw Refusal(RefusalKind::storage_failing,
                              "The storage is failing, and what is recorded last is not known: ask "
                              "again later.");
            }
            // Groups that begin from now on take it into account.
            next_mark_.answered_until = std::max(next_mark_.answered_until, as_of);
            if (counts_.group_sizes.count() < groups_begun_) {
                return false;
            }
        }
        keep_mark();
        const std::lock_guard lock(mutex_);
        note_settled(as_of);
        return true;
    }

    std::uint64_t when_settled(Instant as_of, std::function<void()> then) {
        {
            const std::lock_guard lock(mutex_);
            if (counts_.group_sizes.count() < groups_begun_) {
                settling_.emplace(++settlings_, Settling{as_of, groups_begun_, std::move(then)});
                return settlings_;
            }
        }
        then();
        return 0;
    }

    void forget(std::uint64_t waiting_for_settling) {
        std::optional<Settling> forgotten;  // outlives the lock: what it holds may be large
        const std::lock_guard lock(mutex_);
        const auto found = settling_.find(waiting_for_settling);
        if (found != settling_.end()) {
            forgotten = std::move(found->second);
            settling_.erase(found);
        }
    }

    LogEnd end() const {
        const std::lock_guard lock(mutex_);
        return end_;
    }

    std::shared_ptr<const SealedLog> sealed() const {
        const std::lock_guard lock(mutex_);
        return sealed_;
    }

    bool wait_beyond(Position after, std::chrono::milliseconds timeout) {
        std::unique_lock lock(mutex_);
        moved_.wait_for(lock, timeout, [&] { return end_.position > after || stopping_; });
        return end_.position > after;
    }

    bool is_failing() const {
        const std::lock_guard lock(mutex_);
        return failing_;
    }

    std::optional<std::string> directory_fault() const {
        const std::lock_guard lock(mutex_);
        return directory_fault_;
    }

    std::optional<std::string> clock_doubt() const { return clock_.doubt(end_time()); }

    void stop_accepting() {
        {
            const std::lock_guard lock(mutex_);
            stopping_ = true;
        }
        work_.notify_one();
        moved_.notify_all();
    }

    Counts counts() const {
        const std::lock_guard lock(mutex_);
        Counts counts = counts_;
        counts.commands_waiting = queue_.size();
        counts.faults = faults_.load(std::memory_order_relaxed);
        return counts;
    }

  private:
    // Somebody who waits until an answer is final.
    struct Settling {
        Instant as_of{};
        std::uint64_t groups = 0;  // that have to land before
        std::function<void()> then;
    };

    GroupWriter::Hooks writer_hooks() {
        return {.close = [this](Group& group, bool written,
                                microseconds took) { close(group, written, took); },
                .land = [this](GroupChanges changes) { note_landing(std::move(changes)); },
                .report = [this](const std::exception& error) { report(error); }};
    }

    std::optional<Refusal> refusal_at_the_door(const Command& command) const {
        if (failing_) {
            return nothing_recorded();
        }
        if (stopping_) {
            return Refusal(RefusalKind::busy, "The server is stopping: repeat the request soon.");
        }
        if (!only_revokes(command) && clock_doubt()) {
            return Refusal(RefusalKind::clock_in_doubt,
                           "The server's clock is in doubt, and nothing was recorded. GET /readyz "
                           "says why: repeat the request when that is settled. Only tokens can be "
                           "revoked meanwhile.");
        }
        switch (queue_.room_for(command)) {
            case QueueRoom::free:
                break;
            case QueueRoom::full:
                return Refusal(RefusalKind::busy,
                               "Too many writes are waiting: repeat the request soon.");
            case QueueRoom::owner_full:
                return Refusal(RefusalKind::over_share,
                               "Too many writes of this token are waiting: wait for their answers, "
                               "then repeat the request.");
        }
        return std::nullopt;
    }

    // The sequencer's thread: decides a group while the one before is on its way to the disk.
    void run() {
        while (!is_stopped()) {
            watch_clock();
            watch_storage();
            if (environment_.look_around) {
                environment_.look_around();
            }
            if (is_failing()) {
                wait_for_landing();
                refuse_waiting();
                recover();
                continue;
            }
            Group group(store_);
            if (take_waiting(group)) {
                const auto carry_out_group = [&] {
                    decide_group(group);
                    depart(std::move(group));
                };
                const bool is_long =
                    group.is_long() || decider_.weigh_first(group) >= Group::long_group_rows;
                is_long ? patient_.run(carry_out_group) : carry_out_group();
            } else if (has_landed()) {
                wait_for_landing();
            }
            keep_token_uses();
        }
        wait_for_landing();
        keep_token_uses();
        watch_clock(true);
    }

    // Of the newest durable event.
    Instant end_time() const {
        return Instant{microseconds{end_micros_.load(std::memory_order_acquire)}};
    }

    void watch_clock(bool is_last = false) {
        try {
            clock_.look(end_time(), is_last);
        } catch (const StorageError& error) {
            report(error);
        }
    }

    // What failed behind the scenes stops all writes to come: better known now than by the next
    // one.
    void watch_storage() {
        if (is_failing()) {
            return;
        }
        if (const auto fault = store_.background_fault()) {
            report(StorageError("writing tables out or merging them: " + *fault));
        } else if (!look_at_directory()) {
            return;
        }
        {
            const std::lock_guard lock(mutex_);
            failing_ = true;
        }
        moved_.notify_all();
    }

    // Whether it is not the one any more that was opened. Told when that becomes so.
    bool look_at_directory() {
        auto fault = store_.directory_fault();
        const bool is_lost = fault.has_value();
        bool is_news = false;
        {
            const std::lock_guard lock(mutex_);
            is_news = is_lost && !directory_fault_;
            directory_fault_ = std::move(fault);
        }
        if (is_news) {
            try {
                store_.require_own_directory();
            } catch (const StorageError& error) {
                report(error);
            }
        }
        return is_lost;
    }

    // What was waiting when the storage failed is not begun.
    void refuse_waiting() {
        std::vector<PendingCommand> waiting;
        {
            const std::lock_guard lock(mutex_);
            waiting = queue_.take_all();
            counts_.commands_refused += waiting.size() + held_over_.size();
        }
        for (const PendingCommand& pending : held_over_) {
            pending.done(nothing_recorded());
        }
        held_over_.clear();
        for (const PendingCommand& pending : waiting) {
            pending.done(nothing_recorded());
        }
    }

    // Opens the store again, once there is room on the disk, and reads how the failed write ended.
    // Until that succeeds reads go on from the store as it was.
    void recover() {
        {
            std::unique_lock lock(mutex_);
            work_.wait_for(lock, recover_every, [&] { return stopping_; });
            if (stopping_) {
                return;
            }
        }
        try {
            if (look_at_directory() || !has_room(store_.own_data(), room_bytes_wanted)) {
                return;
            }
            store_.reopen();
            if (sealer_ != nullptr) {
                sealer_->catch_up();
            }
            has_departed_ = false;
            const ReadView view(store_);
            access_.load(view);
            const LogEnd end = end_of_log(view);
            decider_.reset_to(end);
            take_up(end);
            report_recovery(end);
        } catch (const std::exception& error) {
            report(error);
        }
    }

    // The store is as it is known again.
    void take_up(const LogEnd& end) {
        {
            const std::lock_guard lock(mutex_);
            end_ = end;
            end_micros_.store(end_.time.time_since_epoch().count(), std::memory_order_release);
            if (sealer_ != nullptr) {
                sealed_ = std::make_shared<const SealedLog>(sealer_->sealed());
            }
            advance_mark();
        }
        keep_mark();
        {
            const std::lock_guard lock(mutex_);
            failing_ = false;
        }
        moved_.notify_all();
    }

    bool is_stopped() const {
        const std::lock_guard lock(mutex_);
        return stopping_ && queue_.empty() && held_over_.empty();
    }

    // Adds commands that wait to a group, as many as it has room for, and waits for some where the
    // group has none yet. Whether there were any; what else ends the waiting is for the caller.
    bool take_waiting(Group& group) {
        std::unique_lock lock(mutex_);
        const bool begins = group.pending.empty();
        if (begins) {
            take_held_over(group);
        }
        if (group.pending.empty()) {
            work_.wait_for(lock, look_every, [&] {
                return !queue_.empty() || stopping_ || clock_is_doubted_ || failing_ ||
                       (has_departed_ && !in_the_air_);
            });
            clock_is_doubted_ = false;
        }
        const bool took = queue_.fill(group) || (begins && !group.pending.empty());
        if (begins && took) {
            ++groups_begun_;
            if (spare_changes_) {
                group.changes = std::move(*spare_changes_);
                spare_changes_.reset();
            }
        }
        decider_.advance_past(next_mark_.answered_until);
        return took;
    }

    // Decides the commands of a group, and those that come in while the group before is still on
    // its way: the more share a sync, the better.
    void decide_group(Group& group) {
        do {
            decider_.decide_rest(group);
        } while (wait_for_more(group) && take_waiting(group));
        held_over_ = group.take_undecided();
        decider_.complete(group);
    }

    // Those that the group before had no room for come first, in their order.
    void take_held_over(Group& group) {
        for (PendingCommand& pending : std::exchange(held_over_, {})) {
            group.items += pending.command.items.size();
            group.pending.push_back(std::move(pending));
        }
    }

    // Whether a command came for the group before it could depart.
    bool wait_for_more(const Group& group) {
        if (group.is_full) {
            return false;
        }
        std::unique_lock lock(mutex_);
        work_.wait(lock, [&] { return !in_the_air_ || !queue_.empty(); });
        return in_the_air_ && queue_.suits(group);
    }

    bool has_landed() const {
        const std::lock_guard lock(mutex_);
        return has_departed_ && !in_the_air_;
    }

    // Hands a group over to be written, once the one before has landed. Where that one failed, this
    // one was decided on what may never have been recorded, and is given up.
    void depart(Group group) {
        const bool fits = decider_.add_rows(group);
        wait_for_landing();
        if (!fits || is_failing()) {
            give_up(group);
            return;
        }
        decider_.depart();
        has_departed_ = true;
        {
            const std::lock_guard lock(mutex_);
            in_the_air_ = true;
        }
        writer_.depart(std::move(group));
    }

    void wait_for_landing() {
        if (!has_departed_) {
            return;
        }
        {
            std::unique_lock lock(mutex_);
            moved_.wait(lock, [&] { return !in_the_air_; });
        }
        decider_.land();
        has_departed_ = false;
    }

    // On the writer's thread.
    void note_landing(GroupChanges changes) {
        {
            const std::lock_guard lock(mutex_);
            in_the_air_ = false;
            spare_changes_ = std::move(changes);
        }
        work_.notify_one();
        moved_.notify_all();
    }

    // Nothing of the group has reached the storage.
    void give_up(Group& group) {
        group.refuse_accepted(nothing_recorded());
        std::vector<Settling> settled;
        {
            const std::lock_guard lock(mutex_);
            failing_ = true;
            count_group(group);
            settled = take_settled();
        }
        moved_.notify_all();
        group.answer();
        call_settled(settled, false);
    }

    // On the writer's thread: the group is on the disk, or its outcome is unknown.
    void close(Group& group, bool written, microseconds took) {
        if (!written) {
            look_at_directory();
            group.refuse_accepted(outcome_unknown());
        }
        std::vector<Settling> settled;
        {
            const std::lock_guard lock(mutex_);
            if (!group.changes.empty()) {
                counts_.sync_micros.add(static_cast<std::uint64_t>(took.count()));
            }
            if (written) {
                advance(group);
            } else {
                failing_ = true;
            }
            count_group(group);
            settled = take_settled();
        }
        bool is_kept = false;
        try {
            keep_mark();
            is_kept = true;
        } catch (const StorageError& error) {
            report(error);  // the events themselves are safe
        }
        moved_.notify_all();
        call_settled(settled, is_kept);
    }

    // What waits for no group any more. Holds mutex_.
    std::vector<Settling> take_settled() {
        std::vector<Settling> settled;
        for (auto next = settling_.begin(); next != settling_.end();) {
            Settling& settling = next->second;
            if (counts_.group_sizes.count() < settling.groups) {
                ++next;
                continue;
            }
            settled.push_back(std::move(settling));
            next = settling_.erase(next);
        }
        return settled;
    }

    // `is_kept`: the mark says so too.
    void call_settled(const std::vector<Settling>& settled, bool is_kept) {
        if (is_kept && !settled.empty()) {
            const std::lock_guard lock(mutex_);
            for (const Settling& settling : settled) {
                note_settled(settling.as_of);
            }
        }
        for (const Settling& settling : settled) {
            settling.then();
        }
    }

    // All groups that could record something up to then have landed. Holds mutex_.
    void note_settled(Instant as_of) {
        if (!failing_) {
            settled_micros_.store(
                std::max(settled_micros_.load(), as_of.time_since_epoch().count()),
                std::memory_order_release);
        }
    }

    // Holds mutex_.
    void count_group(const Group& group) {
        counts_.group_sizes.add(group.outcomes.size());
        for (const Outcome& outcome : group.outcomes) {
            const bool accepted = std::holds_alternative<Accepted>(outcome);
            ++(accepted ? counts_.commands_accepted : counts_.commands_refused);
        }
    }

    // The group is on the disk: the log is longer from now on. Holds mutex_.
    void advance(const Group& group) {
        const Position last = group.frontier.next_position - 1;
        if (last == end_.position) {
            return;
        }
        counts_.events += last - end_.position;
        end_ = {last, group.frontier.last_time};
        end_micros_.store(end_.time.time_since_epoch().count(), std::memory_order_release);
        if (group.sealed) {
            sealed_ = group.sealed;
        }
        advance_mark();
    }

    // To the end of the log. Holds mutex_.
    void advance_mark() {
        const bool sealed = sealed_ && sealed_->checkpoint.size == end_.position;
        next_mark_.position = end_.position;
        next_mark_.root = sealed ? std::optional(sealed_->checkpoint.root) : std::nullopt;
    }

    // Writes the mark down. Not under mutex_, which those who ask how things are wait for: the disk
    // may take its time. Throws StorageError.
    void keep_mark() {
        const std::lock_guard keeping(mark_mutex_);
        HighWaterMark mark;
        {
            const std::lock_guard lock(mutex_);
            mark = next_mark_;
        }
        if (mark != mark_.get()) {
            mark_.set(mark);
        }
    }

    void keep_token_uses() {
        if (is_failing()) {
            return;
        }
        try {
            if (is_stopped()) {
                token_uses_.keep();
            } else {
                token_uses_.keep_if_due();
            }
        } catch (const StorageError& error) {
            report(error);
        }
    }

    void report(const std::exception& error) {
        faults_.fetch_add(1, std::memory_order_relaxed);
        if (environment_.report_fault) {
            environment_.report_fault(error.what());
        }
    }

    void report_recovery(const LogEnd& end) {
        if (environment_.report_recovery) {
            environment_.report_recovery(
                "storage",
                fmt::format("The store was opened again: the log ends at position {}, and "
                            "writes are taken.",
                            end.position));
        }
    }

    // Constant after construction.
    Store& store_;
    Access& access_;
    LogSealer* const sealer_;  // may be null; catch_up() only while nothing is on its way
    const SequencerEnvironment environment_;

    // Owned by the sequencer's thread.
    bool has_departed_ = false;              // a group that was not seen to land yet
    std::vector<PendingCommand> held_over_;  // for the next group; were taken out of the queue
    LowPriorityThread patient_;              // decides long groups in its stead
    TokenUseKeeper token_uses_;

    std::mutex mark_mutex_;   // taken before mutex_
    HighWaterMarkFile mark_;  // guarded by mark_mutex_

    mutable std::mutex mutex_;
    std::condition_variable work_;   // for the sequencer: what take_waiting() waits for
    std::condition_variable moved_;  // a group was closed, or has landed, or stopping_

    // Guarded by mutex_.
    CommandQueue queue_;
    std::uint64_t groups_begun_ = 0;
    bool in_the_air_ = false;                    // a group is with the writer
    std::optional<GroupChanges> spare_changes_;  // empty: memory for a group
    bool failing_ = false;
    std::optional<std::string> directory_fault_;  // failing_ too
    bool clock_is_doubted_ = false;               // since the sequencer's thread last looked at it
    bool stopping_ = false;
    HighWaterMark next_mark_;  // what the mark has to say
    LogEnd end_;
    std::shared_ptr<const SealedLog> sealed_;
    Counts counts_;
    std::map<std::uint64_t, Settling> settling_;  // by the numbers that forget() takes
    std::uint64_t settlings_ = 0;                 // so far

    std::atomic<std::uint64_t> faults_{0};
    std::atomic<std::int64_t> end_micros_{0};  // end_.time, for those who do not wait for mutex_
    std::atomic<std::int64_t> settled_micros_{0};  // nothing up to then is recorded any more

    ClockWatch clock_;      // look() is the sequencer's thread's
    GroupDecider decider_;  // the sequencer's thread's
    GroupWriter writer_;
    std::thread thread_;
};

Sequencer::Sequencer(Store& store, Access& access, SequencerEnvironment environment,
                     LogSealer* sealer)
    : impl_(std::make_unique<Impl>(store, access, std::move(environment), sealer)) {}

Sequencer::~Sequencer() = default;

void Sequencer::submit(Command command, std::function<void(Outcome)> done,
                       std::function<bool()> is_awaited) {
    impl_->submit(std::move(command), std::move(done), std::move(is_awaited));
}

Accepted Sequencer::execute(Command command) {
    // Shared, because the waiting caller may be gone before set_value() has returned.
    const auto promise = std::make_shared<std::promise<Outcome>>();
    auto outcome = promise->get_future();
    impl_->submit(std::move(command),
                  [promise](Outcome reached) { promise->set_value(std::move(reached)); }, {});
    Outcome reached = outcome.get();
    if (auto* refusal = std::get_if<Refusal>(&reached)) {
        throw std::move(*refusal);
    }
    return std::get<Accepted>(std::move(reached));
}

Instant Sequencer::now() const {
    return impl_->now();
}
bool Sequencer::settle(Instant as_of) {
    return impl_->settle(as_of);
}
std::uint64_t Sequencer::when_settled(Instant as_of, std::function<void()> then) {
    return impl_->when_settled(as_of, std::move(then));
}
void Sequencer::forget(std::uint64_t waiting_for_settling) {
    impl_->forget(waiting_for_settling);
}
LogEnd Sequencer::end() const {
    return impl_->end();
}
std::shared_ptr<const SealedLog> Sequencer::sealed() const {
    return impl_->sealed();
}
bool Sequencer::wait_beyond(Position after, std::chrono::milliseconds timeout) {
    return impl_->wait_beyond(after, timeout);
}
bool Sequencer::is_failing() const {
    return impl_->is_failing();
}
std::optional<std::string> Sequencer::directory_fault() const {
    return impl_->directory_fault();
}
std::optional<std::string> Sequencer::clock_doubt() const {
    return impl_->clock_doubt();
}
void Sequencer::stop_accepting() {
    impl_->stop_accepting();
}
Sequencer::Counts Sequencer::counts() const {
    return impl_->counts();
}

}  // namespace threatatlas
