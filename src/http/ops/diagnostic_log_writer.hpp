#pragma once

/// Writes the diagnostic log to stderr without making requests or the process's exit wait for a
/// slow reader.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "http/ops/diagnostic_log.hpp"
#include "http/ops/service_limits.hpp"

namespace threatatlas::ops {

struct DiagnosticLogWriterOptions {
    std::size_t waiting_bytes_max = limits::log_waiting_bytes_max;
    std::chrono::milliseconds flush_wait_max = limits::log_flush_wait_max;
};

/// Thread-safe. A separate thread writes the lines in the order of the calls.
class DiagnosticLogWriter {
  public:
    /// `descriptor` stays owned by the caller and its flags are not changed, because other
    /// processes may share it. Starts the thread.
    DiagnosticLogWriter(int descriptor, Log::Clock clock, DiagnosticLogWriterOptions options = {});
    /// Waits until all lines have been written, but no longer than flush_wait_max.
    ~DiagnosticLogWriter();
    DiagnosticLogWriter(const DiagnosticLogWriter&) = delete;
    DiagnosticLogWriter& operator=(const DiagnosticLogWriter&) = delete;

    /// Appends whole lines. Never blocks: lines beyond waiting_bytes_max are dropped, and a line
    /// that counts them precedes the next accepted line.
    void write(std::string_view line);

    /// Lines that were dropped or could not be written.
    std::uint64_t dropped() const;

  private:
    class Queue;

    // Shared with the thread, which may outlive this object in a blocked write.
    std::shared_ptr<Queue> queue_;
};

}  // namespace threatatlas::ops
