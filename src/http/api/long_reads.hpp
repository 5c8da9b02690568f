#pragma once

// Limits of calls whose cost grows with a product or its history, and what was counted of them.

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>

#include "http/api/read_budget.hpp"
#include "http/ops/service_limits.hpp"

namespace threatatlas::api {

struct LongReadOptions {
    // Memory of all of them together, with their answers until they are sent.
    std::size_t bytes_max = ops::limits::long_read_bytes_max;
    // For one of them, with the time in which it waits for its turn.
    std::chrono::milliseconds call_ms_max = ops::limits::long_call_max;
    // What the calling thread has allocated and not freed, from any starting point. Without it only
    // estimates count.
    std::function<std::int64_t()> thread_bytes = {};
    // Called before a read becomes a large one: what earlier ones freed is not to be kept beside
    // it.
    std::function<void()> purge_freed_memory = {};
};

// For any thread. Outlives the calls.
struct LongReads {
    explicit LongReads(LongReadOptions limits_of_calls)
        : options(std::move(limits_of_calls)),
          budget(options.bytes_max, ops::limits::long_calls_waiting_max) {}

    // Ends those under way at their next row.
    void finish() {
        stopping = true;
        budget.finish();
    }

    const LongReadOptions options;
    ReadBudget budget;
    std::atomic<bool> stopping = false;

    // Counted since the start.
    std::atomic<std::uint64_t> rows = 0;       // looked at
    std::atomic<std::uint64_t> stopped = 0;    // under way: out of time, or their clients had gone
    std::atomic<std::uint64_t> repeated = 0;   // begun again, after waiting for more memory
    std::atomic<std::uint64_t> too_large = 0;  // refused: they need more than one may hold
};

}  // namespace threatatlas::api
