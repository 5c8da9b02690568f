#pragma once

// Requests that failed because rows of the data could not be read: how many, and whether there was
// one lately. Nothing else stops for them, so it is the operator who has to hear of it.

#include <atomic>
#include <cstdint>
#include <functional>
#include <limits>
#include <utility>

#include "base/instant.hpp"

namespace threatatlas {

// For any thread.
class ReadErrors {
  public:
    explicit ReadErrors(std::function<Instant()> clock) : clock_(std::move(clock)) {}

    void note();
    std::uint64_t count() const { return count_; }
    // The newest one was within limits::read_error_shown. A clock that is set back ends it.
    bool is_recent() const;
    // Whether the last one has ceased to be recent since this was last asked.
    bool take_end();

  private:
    static constexpr std::int64_t never = std::numeric_limits<std::int64_t>::min();

    const std::function<Instant()> clock_;
    std::atomic<std::uint64_t> count_ = 0;
    std::atomic<bool> is_end_awaited_ = false;
    std::atomic<std::int64_t> newest_micros_ = never;
};

}  // namespace threatatlas
