#pragma once

// Numbers out of measurements.

#include <chrono>
#include <cstdint>
#include <vector>

namespace threatatlas::bench {

using Nanoseconds = std::chrono::nanoseconds;

// Of a run of many requests, or of several such runs taken together.
struct Latency {
    double p50_micros = 0;
    double p95_micros = 0;
    double p99_micros = 0;
    double p999_micros = 0;
};

// Of latencies in nanoseconds, in any order; all zero where there are none.
Latency latency_of(std::vector<std::uint32_t> nanos);

// The middle one; the mean of the two middle ones of an even number. 0 of none.
double median(std::vector<double> values);

// What work took: time, and processor time of all threads of this process and of programs that it
// ran to their end. On a machine that is busy with other things the second says more.
struct Cost {
    double seconds = 0;
    double processor_seconds = 0;
};
Cost operator+(const Cost& one, const Cost& other);

// Processor time of this process so far, all threads, and of those it has waited for.
double processor_seconds();

template <class Work>
Cost cost_of(Work work) {
    const double processor_before = processor_seconds();
    const auto started = std::chrono::steady_clock::now();
    work();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - started;
    return {took.count(), processor_seconds() - processor_before};
}

// Several runs over the same number of things.
class Runs {
  public:
    explicit Runs(std::uint64_t things) : things_(static_cast<double>(things)) {}

    void add(const Cost& cost);
    // Things a second, the median of the runs.
    double rate() const;
    // Processor time, the median of the runs.
    double micros_each() const;

  private:
    double things_;
    std::vector<double> rates_;
    std::vector<double> micros_;
};

}  // namespace threatatlas::bench
