#pragma once

// What the server counts about its own work.

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/histogram.hpp"

namespace threatatlas {

inline constexpr std::array<std::uint64_t, 13> latency_bounds_micros{
    100,    250,     500,     1'000,   2'500,     5'000,     10'000,
    25'000, 100'000, 250'000, 500'000, 1'000'000, 10'000'000};
// How long answers took, in microseconds. For any thread.
using Latencies = Histogram<latency_bounds_micros, std::atomic<std::uint64_t>>;

// The answers of one route. For any thread.
class RouteMeter {
  public:
    // Statuses that have a counter of their own; any other one counts as the last.
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

// For any thread.
class Meters {
  public:
    explicit Meters(std::size_t routes = 0) : routes_(routes + 1) {}

    // By the number of a route among all, from 0. The one behind the last: paths that no route has.
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

// What the access log and the meters say of a request. Copied to where its answer is made.
struct RequestRecord {
    std::uint64_t number = 0;
    std::chrono::steady_clock::time_point started;
    std::size_t route_number = 0;
    std::string_view method;  // of the route
    std::string_view route;   // its pattern: paths and queries may hold what is nobody's business
    std::string token;        // actor; empty = none
    std::string client;       // its address; empty where access is not logged
};

}  // namespace threatatlas
