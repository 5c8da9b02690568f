#pragma once

/// Limits and counters of long reads: calls whose cost grows with a product or its history.

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
    /// Total memory of all long reads, including their responses until they are sent.
    std::size_t bytes_max = ops::limits::long_read_bytes_max;
    /// Time limit of one long read, including the time in which it waits for its turn.
    std::chrono::milliseconds call_ms_max = ops::limits::long_call_max;
    /// Returns the bytes that the calling thread has allocated and not freed, relative to any fixed
    /// value. If it is empty, only estimates count.
    std::function<std::int64_t()> thread_bytes = {};
    /// Called before a read becomes a large one, so that memory freed by earlier reads does not add
    /// to it.
    std::function<void()> purge_freed_memory = {};
};

/// Thread-safe. Must outlive the calls.
struct LongReads {
    explicit LongReads(LongReadOptions limits_of_calls)
        : options(std::move(limits_of_calls)),
          budget(options.bytes_max, ops::limits::long_calls_waiting_max) {}

    /// Ends running reads at their next row.
    void finish() {
        stopping = true;
        budget.finish();
    }

    const LongReadOptions options;
    ReadBudget budget;
    std::atomic<bool> stopping = false;

    /// Counters since the start.
    std::atomic<std::uint64_t> rows = 0;      // rows scanned
    std::atomic<std::uint64_t> stopped = 0;   // cancelled while running: time limit, or client gone
    std::atomic<std::uint64_t> repeated = 0;  // restarted after waiting for more memory
    std::atomic<std::uint64_t> too_large = 0;  // rejected: more memory needed than one read may use
};

}  // namespace threatatlas::api
