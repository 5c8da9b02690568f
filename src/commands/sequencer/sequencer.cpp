#include "commands/sequencer/sequencer.hpp"

#include <algorithm>
#include <condition_variable>
#include <future>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "commands/sequencer/admission.hpp"
#include "commands/sequencer/clock_watch.hpp"
#include "commands/sequencer/command_queue.hpp"
#include "commands/sequencer/finality.hpp"
#include "commands/sequencer/group_decider.hpp"
#include "commands/sequencer/group_writer.hpp"
#include "commands/sequencer/published_log.hpp"
#include "commands/sequencer/sequencer_metrics.hpp"
#include "commands/sequencer/storage_recovery.hpp"
#include "commands/sequencer/upkeep.hpp"

namespace threatatlas::sequencer {
namespace {

/// After a failed write: how often to try to open the store again.
constexpr std::chrono::seconds recover_every{1};
/// How often the storage and the clock are checked at least, if there are no writes.
constexpr std::chrono::seconds check_every{1};

std::shared_ptr<const events::SealedLog> sealed_by(const events::LogSealer* sealer) {
    return sealer == nullptr ? nullptr
                             : std::make_shared<const events::SealedLog>(sealer->sealed());
}

}  // namespace

/// Moves commands from the queue through the decider to the writer, one group after the other.
class Sequencer::Impl {
  public:
    Impl(store::Store& store, projections::Access& access, SequencerEnvironment environment,
         events::LogSealer* sealer)
        : store_(store),
          sealer_(sealer),
          environment_(std::move(environment)),
          log_(events::end_of_log(store::ReadView(store)), sealed_by(sealer)),
          recovery_(store, access, sealer, environment_),
          finality_(store, log_, recovery_),
          clock_(environment_, store.own_data(),
                 std::max(log_.end_time(), finality_.answered_at_start())),
          upkeep_(store, access, environment_, log_, clock_, recovery_),
          decider_(store, environment_, clock_, sealer != nullptr,
                   [this](const std::exception& error) { recovery_.report(error); }),
          writer_(store, access, sealer, writer_hooks()) {
        decider_.reset_to(log_.end());
        thread_ = std::thread([this] { run(); });
    }

    ~Impl() {
        stop_accepting();
        thread_.join();
    }

    void submit(commands::Command command, std::function<void(commands::Outcome)> done,
                std::function<bool()> is_awaited) {
        std::optional<commands::Refusal> refusal;
        {
            const std::lock_guard lock(mutex_);
            refusal = admission_refusal(command);
            if (!refusal) {
                queue_.push({std::move(command), std::move(done), std::move(is_awaited)});
            } else {
                clock_is_doubted_ |= refusal->kind() == commands::RefusalKind::clock_in_doubt;
            }
        }
        work_.notify_one();
        if (refusal) {
            metrics_.add_refusal(refusal->kind());
            // Moved only if there is no refusal. NOLINTNEXTLINE(bugprone-use-after-move)
            done(std::move(*refusal));
        }
    }

    void stop_accepting() {
        {
            const std::lock_guard lock(mutex_);
            stopping_ = true;
        }
        work_.notify_one();
        log_.stop();
    }

    base::Instant now() const { return std::max(clock_.latest(), log_.end_time()); }
    std::optional<std::string> clock_doubt() const { return clock_.doubt(log_.end_time()); }

    Counts counts() const {
        Counts counts = metrics_.counts();
        counts.faults = recovery_.faults();
        const std::lock_guard lock(mutex_);
        counts.commands_waiting = queue_.size();
        return counts;
    }

    PublishedLog& log() { return log_; }
    Finality& finality() { return finality_; }
    const StorageRecovery& recovery() const { return recovery_; }

  private:
    GroupWriter::Hooks writer_hooks() {
        return {.close = [this](Group& group, bool written,
                                std::chrono::microseconds took) { close(group, written, took); },
                .commit = [this](GroupChanges changes) { note_commit(std::move(changes)); },
                .report = [this](const std::exception& error) { recovery_.report(error); }};
    }

    /// Why the command is not queued; nullopt if it is. Holds mutex_.
    std::optional<commands::Refusal> admission_refusal(const commands::Command& command) const {
        if (recovery_.is_failing()) {
            return commands::nothing_recorded();
        }
        if (stopping_) {
            return stopping_refusal();
        }
        if (!only_revokes(command) && clock_doubt()) {
            return doubted_clock_refusal();
        }
        return queue_refusal(queue_.room_for(command));
    }

    // --- On the sequencer's thread ---------------------------------------------------------------

    /// Decides a group while the one before is in flight.
    void run() {
        while (!is_stopped()) {
            upkeep_.before_group();
            if (recovery_.is_failing()) {
                wait_for_commit();
                refuse_waiting();
                recover();
                continue;
            }
            if (wait_for_command()) {
                Group group = begin_group();
                decide_group(group);
                submit_group(std::move(group));
            } else if (!is_in_flight()) {
                wait_for_commit();
            }
            upkeep_.after_group();
        }
        wait_for_commit();
        upkeep_.finish();
    }

    bool is_stopped() const {
        const std::lock_guard lock(mutex_);
        return stopping_ && queue_.empty();
    }

    /// Commands that were waiting when the storage failed are not decided.
    void refuse_waiting() {
        std::vector<PendingCommand> waiting;
        {
            const std::lock_guard lock(mutex_);
            waiting = queue_.take_all();
        }
        for (const PendingCommand& pending : waiting) {
            metrics_.add_refusal(commands::RefusalKind::storage_failing);
            pending.done(commands::nothing_recorded());
        }
    }

    void recover() {
        {
            std::unique_lock lock(mutex_);
            work_.wait_for(lock, recover_every, [&] { return stopping_; });
            if (stopping_) {
                return;
            }
        }
        recovery_.try_reopen([this](const events::LogEnd& end) {
            decider_.reset_to(end);
            log_.publish(end, sealed_by(sealer_));
            finality_.record_end();
        });
    }

    /// Waits for a command, or something else to look at. Returns whether there is a command.
    bool wait_for_command() {
        std::unique_lock lock(mutex_);
        work_.wait_for(lock, check_every, [&] {
            return !queue_.empty() || stopping_ || clock_is_doubted_ || recovery_.is_failing() ||
                   (awaits_commit_ && !in_flight_);
        });
        clock_is_doubted_ = false;
        return !queue_.empty();
    }

    Group begin_group() {
        decider_.advance_past(finality_.begin_group());
        Group group(take_spare_changes());
        decider_.begin(group);
        return group;
    }

    GroupChanges take_spare_changes() {
        const std::lock_guard lock(mutex_);
        auto spare = std::exchange(spare_changes_, std::nullopt);
        return spare ? *std::move(spare) : GroupChanges(store_);
    }

    void decide_group(Group& group) {
        while (auto next = take_next(group)) {
            if (!decider_.decide_next(next->value, group)) {
                const std::lock_guard lock(mutex_);
                queue_.put_back(*std::move(next));
            }
        }
        decider_.complete(group);
    }

    /// The next command for the group; nullopt if the group is to be written. While another group
    /// is in flight, waits for commands: the more commands share a synced write, the better.
    std::optional<CommandQueue::Taken> take_next(const Group& group) {
        std::unique_lock lock(mutex_);
        work_.wait(lock, [&] { return !in_flight_ || queue_.suits(group); });
        if (!queue_.suits(group) || (!in_flight_ && !group.has_time_left())) {
            return std::nullopt;
        }
        return queue_.take();
    }

    /// Puts the group in flight as soon as the one before is committed. If that one failed, this
    /// one was decided on top of events that may not have been recorded, and is given up.
    void submit_group(Group group) {
        const bool fits = decider_.add_rows(group);
        wait_for_commit();
        if (!fits || recovery_.is_failing()) {
            give_up(group);
            return;
        }
        decider_.submit();
        awaits_commit_ = true;
        {
            const std::lock_guard lock(mutex_);
            in_flight_ = true;
        }
        writer_.submit(std::move(group));
    }

    /// Nothing of the group has reached the storage.
    void give_up(Group& group) {
        recovery_.fail();
        group.refuse_accepted(commands::nothing_recorded());
        metrics_.add_group(group);
        group.answer();
        finality_.abandon_group();
    }

    bool is_in_flight() const {
        const std::lock_guard lock(mutex_);
        return in_flight_;
    }

    void wait_for_commit() {
        if (!awaits_commit_) {
            return;
        }
        {
            std::unique_lock lock(mutex_);
            work_.wait(lock, [&] { return !in_flight_; });
        }
        decider_.commit();
        awaits_commit_ = false;
    }

    // --- On the writer's thread ------------------------------------------------------------------

    /// The group is durable, or its outcome is unknown.
    void close(Group& group, bool written, std::chrono::microseconds took) {
        if (!written) {
            recovery_.is_directory_lost();
            recovery_.fail();
            group.refuse_accepted(commands::outcome_unknown());
        }
        if (!group.changes.empty()) {
            metrics_.add_sync(took);
        }
        metrics_.add_group(group);
        if (written) {
            publish(group);
        }
        finality_.end_group();
    }

    void publish(const Group& group) {
        const Position last = group.frontier.next_position - 1;
        const Position before = log_.end().position;
        if (last == before) {
            return;
        }
        metrics_.add_events(last - before);
        log_.publish({last, group.frontier.last_time}, group.sealed);
    }

    void note_commit(GroupChanges changes) {
        {
            const std::lock_guard lock(mutex_);
            in_flight_ = false;
            spare_changes_ = std::move(changes);
        }
        work_.notify_one();
    }

    store::Store& store_;
    events::LogSealer* const sealer_;  ///< null if the log is not signed
    const SequencerEnvironment environment_;

    mutable std::mutex mutex_;
    std::condition_variable work_;  ///< the sequencer's thread waits for it, and no other

    // Guarded by mutex_.
    CommandQueue queue_;
    bool in_flight_ = false;                     ///< the writer has a group
    std::optional<GroupChanges> spare_changes_;  ///< empty; their memory is for the next group
    bool clock_is_doubted_ = false;              ///< since the sequencer's thread last checked it
    bool stopping_ = false;

    SequencerMetrics metrics_;
    PublishedLog log_;
    StorageRecovery recovery_;
    Finality finality_;

    // Used by the sequencer's thread only.
    bool awaits_commit_ = false;  ///< a group was submitted, and its commit has not been noted
    ClockWatch clock_;            ///< other threads only read it
    Upkeep upkeep_;
    GroupDecider decider_;

    GroupWriter writer_;
    std::thread thread_;
};

Sequencer::Sequencer(store::Store& store, projections::Access& access,
                     SequencerEnvironment environment, events::LogSealer* sealer)
    : impl_(std::make_unique<Impl>(store, access, std::move(environment), sealer)) {}

Sequencer::~Sequencer() = default;

void Sequencer::submit(commands::Command command, std::function<void(commands::Outcome)> done,
                       std::function<bool()> is_awaited) {
    impl_->submit(std::move(command), std::move(done), std::move(is_awaited));
}

commands::Accepted Sequencer::execute(commands::Command command) {
    // Shared, because the waiting caller can be gone before set_value() has returned.
    const auto promise = std::make_shared<std::promise<commands::Outcome>>();
    auto outcome = promise->get_future();
    impl_->submit(std::move(command),
                  [promise](commands::Outcome reached) { promise->set_value(std::move(reached)); },
                  {});
    commands::Outcome reached = outcome.get();
    if (auto* refusal = std::get_if<commands::Refusal>(&reached)) {
        throw std::move(*refusal);
    }
    return std::get<commands::Accepted>(std::move(reached));
}

base::Instant Sequencer::now() const {
    return impl_->now();
}
bool Sequencer::await_final(base::Instant as_of) {
    return impl_->finality().await_final(as_of);
}
std::uint64_t Sequencer::when_final(base::Instant as_of, std::function<void()> then) {
    return impl_->finality().when_final(as_of, std::move(then));
}
void Sequencer::forget(std::uint64_t waiter) {
    impl_->finality().forget(waiter);
}
events::LogEnd Sequencer::end() const {
    return impl_->log().end();
}
std::shared_ptr<const events::SealedLog> Sequencer::sealed() const {
    return impl_->log().sealed();
}
bool Sequencer::wait_beyond(Position after, std::chrono::milliseconds timeout) {
    return impl_->log().wait_beyond(after, timeout);
}
bool Sequencer::is_failing() const {
    return impl_->recovery().is_failing();
}
std::optional<std::string> Sequencer::directory_fault() const {
    return impl_->recovery().directory_fault();
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

}  // namespace threatatlas::sequencer
