#include "measurement.hpp"

#include <algorithm>
#include <ctime>
#include <sys/resource.h>

namespace threatatlas::bench {
namespace {

double percentile_micros(const std::vector<std::uint32_t>& sorted, double part) {
    const auto index = static_cast<std::size_t>(part * static_cast<double>(sorted.size()));
    return static_cast<double>(sorted[std::min(index, sorted.size() - 1)]) / 1000;
}

}  // namespace

Latency latency_of(std::vector<std::uint32_t> nanos) {
    if (nanos.empty()) {
        return {};
    }
    std::sort(nanos.begin(), nanos.end());
    return {percentile_micros(nanos, 0.5), percentile_micros(nanos, 0.95),
            percentile_micros(nanos, 0.99), percentile_micros(nanos, 0.999)};
}

double median(std::vector<double> values) {
    if (values.empty()) {
        return 0;
    }
    std::sort(values.begin(), values.end());
    const std::size_t middle = values.size() / 2;
    return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

Cost operator+(const Cost& one, const Cost& other) {
    return {one.seconds + other.seconds, one.processor_seconds + other.processor_seconds};
}

double processor_seconds() {
    timespec time{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    rusage children{};
    ::getrusage(RUSAGE_CHILDREN, &children);
    return static_cast<double>(time.tv_sec + children.ru_utime.tv_sec + children.ru_stime.tv_sec) +
           static_cast<double>(time.tv_nsec) / 1e9 +
           static_cast<double>(children.ru_utime.tv_usec + children.ru_stime.tv_usec) / 1e6;
}

void Runs::add(const Cost& cost) {
    rates_.push_back(things_ / cost.seconds);
    micros_.push_back(cost.processor_seconds * 1e6 / things_);
}

double Runs::rate() const {
    return median(rates_);
}
double Runs::micros_each() const {
    return median(micros_);
}

}  // namespace threatatlas::bench
