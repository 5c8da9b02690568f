#pragma once

// Writes down now and then when tokens were last used.

#include <chrono>

#include "events/store/store.hpp"
#include "projections/access.hpp"

namespace threatatlas {

// For use by one thread, while nobody opens the store again.
class TokenUseKeeper {
  public:
    // A crash takes the uses of this time with it.
    static constexpr std::chrono::seconds every{10};

    // Both are the caller's and outlive the keeper.
    TokenUseKeeper(Store& store, Access& access) : store_(store), access_(access) {}

    // Does nothing where it was done a short while ago. Throws StorageError.
    void keep_if_due();
    // Throws StorageError.
    void keep();

  private:
    using Clock = std::chrono::steady_clock;

    Store& store_;
    Access& access_;
    Clock::time_point kept_at_ = Clock::now();
};

}  // namespace threatatlas
