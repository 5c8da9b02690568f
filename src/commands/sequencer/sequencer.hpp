#pragma once

// The one thread that decides. It takes whatever commands are waiting, decides one after the other,
// and hands them over as a group, which a second thread writes as one synced batch and only then
// answers. Meanwhile the next group is decided, on top of the one that is on its way; should that
// one fail, the next is given up.
//
// Invariants
//   S1  Positions are 1..N without gaps; times rise strictly from transaction to transaction, and
//       are later than every instant that settle() has let pass.
//   S2  A caller is told "accepted" only after its events are on the disk.
//   S3  A refused command leaves no trace.
//   S4  After a failed write nothing more is accepted: its outcome is unknown until the store has
//       been opened again and the end of the log read, which the sequencer tries every second.

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <variant>

#include "base/histogram.hpp"
#include "base/uuid.hpp"
#include "commands/command.hpp"
#include "commands/decide.hpp"
#include "commands/refusal.hpp"
#include "events/event_log.hpp"
#include "events/log_sealer.hpp"
#include "projections/access.hpp"

namespace threatatlas {

using Outcome = std::variant<Accepted, Refusal>;

struct SequencerEnvironment {
    std::function<Instant()> clock;  // the wall clock, UTC
    RandomSource random;
    // Told what went wrong inside, for the operator's log; may be empty.
    std::function<void(std::string_view)> report_fault = {};
    // How long the machine has been up, its sleep counted; empty: the clock is believed whatever it
    // says (clock_guard.hpp).
    std::function<std::chrono::microseconds()> uptime = {};
    // Names the start of the machine since which uptime() counts; empty: not known.
    std::string boot = {};
    // Believe the clock as it stands at the start, and go on from a log that lies ahead of it.
    bool accepts_clock = false;
    // Told when the clock comes into doubt; may be empty.
    std::function<void(std::string_view)> report_clock = {};
    // Told what is well again, "storage" or "clock", and since when; may be empty.
    std::function<void(std::string_view part, std::string_view detail)> report_recovery = {};
    // Called by the sequencer's thread between groups, and every second when nobody writes: for
    // what is to be noticed without a request. Cheap; may be empty.
    std::function<void()> look_around = {};
    // Told, besides the fault, that a command could not be decided because what it needs cannot be
    // read; may be empty.
    std::function<void()> note_read_error = {};
};

class Sequencer {
  public:
    // Store, access and sealer are the caller's and outlive the sequencer. The sealer has caught up
    // with the log, and is the sequencer's meanwhile; without one the log is not signed. Reads the
    // end of the log; starts the thread. Throws StoreRefused where the log has become shorter than
    // it was known to be.
    Sequencer(Store& store, Access& access, SequencerEnvironment environment,
              LogSealer* sealer = nullptr);
    // Carries out what is waiting, then stops.
    ~Sequencer();
    Sequencer(const Sequencer&) = delete;
    Sequencer& operator=(const Sequencer&) = delete;

    // The methods below may be called from any thread.

    // `done` is called exactly once: at once with a busy refusal where the queue is full or
    // stopped, else later on the sequencer's thread, which it must not hold up.
    // A command that is not begun when `is_awaited`, which may be empty, says false is refused.
    void submit(Command command, std::function<void(Outcome)> done,
                std::function<bool()> is_awaited = {});
    // Waits for the outcome; throws the refusal.
    Accepted execute(Command command);

    // The wall clock if it is believed, or the last recorded time if that is later. Never goes
    // back: what has expired stays expired.
    Instant now() const;

    // Makes an answer about `as_of` final: lets no later event have a time at or before it. False:
    // a group that may still record such an event is on its way; ask again after when_settled() has
    // called. `as_of` is not after now(). Does not wait. Throws Refusal (storage_failing) if it
    // cannot be known.
    bool settle(Instant as_of);
    // After settle() gave false: has `then` called once, when those groups have landed or have
    // failed, on the writer's thread, which it must not hold up; at once if that is so already.
    // Returns a number for forget().
    std::uint64_t when_settled(Instant as_of, std::function<void()> then);
    // Nobody needs that call any more.
    void forget(std::uint64_t waiting_for_settling);

    // The newest durable event.
    LogEnd end() const;
    // The newest durable checkpoint; null where the log is not signed.
    std::shared_ptr<const SealedLog> sealed() const;
    // Waits until the log is longer than `after`, or the time is up, or the sequencer stops.
    // Whether it is longer.
    bool wait_beyond(Position after, std::chrono::milliseconds timeout);

    bool is_failing() const;
    // Why, for the operator, if the data directory is not the one any more that was opened. Nothing
    // is recorded until it is again.
    std::optional<std::string> directory_fault() const;
    // Why the clock is not believed, for the operator; nothing where it is. Meanwhile revocations
    // are the only commands taken. They are recorded at the time that the clock should say, or just
    // after the end of the log if that is later.
    std::optional<std::string> clock_doubt() const;

    // No more commands are taken; those waiting are carried out; wait_beyond() returns.
    void stop_accepting();

    static constexpr std::array<std::uint64_t, 7> group_size_bounds{1, 4, 16, 64, 256, 512, 1'024};
    static constexpr std::array<std::uint64_t, 11> sync_bounds_micros{
        100, 250, 500, 1'000, 2'500, 5'000, 10'000, 25'000, 100'000, 500'000, 1'000'000};

    // Since the data was opened.
    struct Counts {
        std::uint64_t commands_waiting = 0;
        std::uint64_t commands_accepted = 0;
        std::uint64_t commands_refused = 0;
        std::uint64_t commands_over_share = 0;  // of those: their token had its share waiting
        std::uint64_t faults = 0;               // of the storage
        std::uint64_t events = 0;
        Histogram<group_size_bounds> group_sizes;   // commands of each group
        Histogram<sync_bounds_micros> sync_micros;  // of each synced write
    };
    Counts counts() const;

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace threatatlas
