#pragma once

/// Counters of the server's own work.

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/histogram.hpp"

namespace threatatlas::ops {

inline constexpr std::array<std::uint64_t, 13> latency_bounds_micros{
    100,    250,     500,     1'000,   2'500,     5'000,     10'000,
    25'000, 100'000, 250'000, 500'000, 1'000'000, 10'000'000};
/// Response times in microseconds. Thread-safe.
using Latencies = base::Histogram<latency_bounds_micros, std::atomic<std::uint64_t>>;

/// The responses of one route. Thread-safe.
class RouteMeter {
  public:
    /// Statuses with a counter of their own; all others are counted as the last one.
    static constexpr std::array<int, 23> statuses{200, 201, 202, 204, 304, 400, 401, 403,
                                                  404, 405, 408, 409, 411, 412, 413, 414,
                                                  415, 422, 429, 431, 503, 504, 500};

    void count(int status, std::chrono::microseconds took);
    std::uint64_t answers(std::size_t status_index) const {
        return answers_[status_index].load(std::memory_order_relaxed);
    }
    const Latencies& latencies() const { return latencies_; }

  private:
    std::array<std::atomic<std::uint64_t>, statuses.size()> answers_{};
    Latencies latencies_;
};

/// Thread-safe.
class Meters {
  public:
    explicit Meters(std::size_t routes = 0) : routes_(routes + 1) {}

    /// Routes are numbered from 0. The number after the last one counts paths without a route.
    RouteMeter& route(std::size_t number) { return routes_[number]; }
    std::size_t unknown_route() const { return routes_.size() - 1; }

    std::uint64_t next_request_number() {
        return requests_.fetch_add(1, std::memory_order_relaxed) + 1;
    }

    std::atomic<std::uint64_t> failed_logins = 0;

  private:
    std::vector<RouteMeter> routes_;
    std::atomic<std::uint64_t> requests_ = 0;
};

/// The data about a request for the access log and the meters. Copied to the thread that answers.
struct RequestRecord {
    std::uint64_t number = 0;
    std::chrono::steady_clock::time_point started;
    std::size_t route_number = 0;
    std::string_view method;  ///< of the route
    std::string_view route;   ///< pattern of the route; paths and queries may be confidential
    std::string token;        ///< actor; empty: none
    std::string client;       ///< client address; empty without an access log
};

}  // namespace threatatlas::ops
