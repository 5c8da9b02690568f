#pragma once

/// Statistics of measurements.

#include <chrono>
#include <cstdint>
#include <vector>

namespace threatatlas::bench {

using Nanoseconds = std::chrono::nanoseconds;

/// Of one run of many requests, or of several runs combined.
struct Latency {
    double p50_micros = 0;
    double p95_micros = 0;
    double p99_micros = 0;
    double p999_micros = 0;
};

/// From latencies in nanoseconds, in any order; all zero if there are none.
Latency latency_of(std::vector<std::uint32_t> nanos);

/// The median; for an even number of values, the mean of the two in the middle. 0 if there are
/// none.
double median(std::vector<double> values);

/// Elapsed time, and processor time of all threads of this process and of child processes that have
/// ended. On a busy machine the processor time is more meaningful.
struct Cost {
    double seconds = 0;
    double processor_seconds = 0;
};
Cost operator+(const Cost& one, const Cost& other);

/// Processor time used so far by all threads of this process and by child processes that it has
/// waited for.
double processor_seconds();

template <class Work>
Cost cost_of(Work work) {
    const double processor_before = processor_seconds();
    const auto started = std::chrono::steady_clock::now();
    work();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - started;
    return {took.count(), processor_seconds() - processor_before};
}

/// Several runs over the same number of items.
class Runs {
  public:
    explicit Runs(std::uint64_t things) : things_(static_cast<double>(things)) {}

    void add(const Cost& cost);
    /// Items per second, median of the runs.
    double rate() const;
    /// Processor time per item in microseconds, median of the runs.
    double micros_each() const;

  private:
    double things_;
    std::vector<double> rates_;
    std::vector<double> micros_;
};

}  // namespace threatatlas::bench
