#pragma once

/// @file
/// Stores from time to time when tokens were last used.

#include <chrono>

#include "events/store/store.hpp"
#include "projections/access.hpp"

namespace threatatlas::sequencer {

/// For use by one thread, which is also the one that reopens the store.
class TokenUseKeeper {
  public:
    /// A crash loses the uses within this time.
    static constexpr std::chrono::seconds every{10};

    /// Both are the caller's and outlive the keeper.
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
