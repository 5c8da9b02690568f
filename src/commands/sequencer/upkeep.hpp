#pragma once

/// @file
/// Periodic work of the sequencer's thread between groups.

#include "commands/sequencer/clock_watch.hpp"
#include "commands/sequencer/environment.hpp"
#include "commands/sequencer/published_log.hpp"
#include "commands/sequencer/storage_recovery.hpp"
#include "commands/sequencer/token_use_keeper.hpp"

namespace threatatlas::sequencer {

/// Checks the clock and the storage, and stores when tokens were last used. Reports errors instead
/// of throwing them. For use by one thread.
class Upkeep {
  public:
    /// All arguments must outlive this object.
    Upkeep(store::Store& store, projections::Access& access,
           const SequencerEnvironment& environment, const PublishedLog& log, ClockWatch& clock,
           StorageRecovery& recovery)
        : environment_(environment),
          log_(log),
          clock_(clock),
          recovery_(recovery),
          token_uses_(store, access) {}

    /// Call before each group, and every second if there are no writes.
    void before_group() {
        watch_clock(false);
        recovery_.find_fault();
        if (environment_.look_around) {
            environment_.look_around();
        }
    }
    void after_group() {
        write_token_uses([this] { token_uses_.keep_if_due(); });
    }
    /// Call after the last group.
    void finish() {
        write_token_uses([this] { token_uses_.keep(); });
        watch_clock(true);
    }

  private:
    void watch_clock(bool is_last) {
        try {
            clock_.look(log_.end_time(), is_last);
        } catch (const store::StorageError& error) {
            recovery_.report(error);
        }
    }

    template <class Write>
    void write_token_uses(const Write& write) {
        if (recovery_.is_failing()) {
            return;
        }
        try {
            write();
        } catch (const store::StorageError& error) {
            recovery_.report(error);
        }
    }

    const SequencerEnvironment& environment_;
    const PublishedLog& log_;
    ClockWatch& clock_;
    StorageRecovery& recovery_;
    TokenUseKeeper token_uses_;
};

}  // namespace threatatlas::sequencer
