#pragma once

/// @file
/// Periodically stores when tokens were last used.

#include <chrono>

#include "events/store/store.hpp"
#include "projections/access.hpp"

namespace threatatlas::sequencer {

/// For use by the thread that reopens the store.
class TokenUseKeeper {
  public:
    /// The interval between writes; a crash loses the uses of that time.
    static constexpr std::chrono::seconds every{10};

    /// Both arguments must outlive the keeper.
    TokenUseKeeper(store::Store& store, projections::Access& access)
        : store_(store), access_(access) {}

    /// Calls keep() if the last call was at least `every` ago. Throws StorageError.
    void keep_if_due();
    /// Writes the uses since the last call. Throws StorageError.
    void keep();

  private:
    using Clock = std::chrono::steady_clock;

    store::Store& store_;
    projections::Access& access_;
    Clock::time_point kept_at_ = Clock::now();
};

}  // namespace threatatlas::sequencer
