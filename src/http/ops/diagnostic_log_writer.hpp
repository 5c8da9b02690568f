#pragma once

// The lines of the log on their way to stderr. Whoever reads them may be slow, or not read at all:
// no request, and no end of the process, waits for that.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "http/ops/diagnostic_log.hpp"
#include "http/ops/service_limits.hpp"

namespace threatatlas {

struct DiagnosticLogWriterOptions {
    std::size_t waiting_bytes_max = limits::log_waiting_bytes_max;
    std::chrono::milliseconds flush_wait_max = limits::log_flush_wait_max;
};

// For any thread. One thread of its own writes the lines out, in the order in which they came.
class DiagnosticLogWriter {
  public:
    // The descriptor is the caller's, and stays as it is: others may write to the same pipe or
    // terminal. Starts the thread.
    DiagnosticLogWriter(int descriptor, Log::Clock clock, DiagnosticLogWriterOptions options = {});
    // Waits until what was given has been written, for so long at the most, and then gives it up.
    ~DiagnosticLogWriter();
    DiagnosticLogWriter(const DiagnosticLogWriter&) = delete;
    DiagnosticLogWriter& operator=(const DiagnosticLogWriter&) = delete;

    // Whole lines. Never waits for the reader: what there is no room for is dropped, and the next
    // line that is taken stands behind one that says how many are missing.
    void write(std::string_view line);

    // Lines that were dropped, or could not be written.
    std::uint64_t dropped() const;

  private:
    class Queue;

    // Shared with the thread, which may be left behind in a write that never ends.
    std::shared_ptr<Queue> queue_;
};

}  // namespace threatatlas
