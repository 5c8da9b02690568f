#pragma once

/// Counts requests that failed because rows could not be read, and detects recent ones. The server
/// continues to answer other requests, so the operator must be informed.

#include <atomic>
#include <cstdint>
#include <functional>
#include <limits>
#include <utility>

#include "base/instant.hpp"

namespace threatatlas::ops {

/// Thread-safe.
class ReadErrors {
  public:
    explicit ReadErrors(std::function<base::Instant()> clock) : clock_(std::move(clock)) {}

    void note();
    std::uint64_t count() const { return count_; }
    /// True if the last error was within limits::read_error_shown. Setting the clock back ends it.
    bool is_recent() const;
    /// True once after the last error has ceased to be recent.
    bool take_end();

  private:
    static constexpr std::int64_t never = std::numeric_limits<std::int64_t>::min();

    const std::function<base::Instant()> clock_;
    std::atomic<std::uint64_t> count_ = 0;
    std::atomic<bool> is_end_awaited_ = false;
    std::atomic<std::int64_t> newest_micros_ = never;
};

}  // namespace threatatlas::ops
