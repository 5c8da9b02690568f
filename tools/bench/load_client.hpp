#pragma once

// A client that asks without pause over many kept connections of 127.0.0.1: one thread, one epoll
// set, requests that are made beforehand. It does as little as can be done, so that what is
// measured is the server; the same client asks every peer.

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "measurement.hpp"

namespace threatatlas::bench {

struct LoadPlan {
    int port = 0;
    std::size_t connections = 1;
    std::chrono::milliseconds duration{1'000};
    // The next request of a connection, all its bytes; good until the next call. A call of
    // run_load() calls it on its own thread.
    std::function<std::string_view(std::size_t connection)> next_request;
};

struct LoadResult {
    double seconds = 0;
    std::uint64_t answers = 0;                   // of status 2xx
    std::uint64_t errors = 0;                    // of another status
    std::string first_error;                     // the head of the first of those
    std::vector<std::uint32_t> latencies_nanos;  // of all answers
    std::vector<std::uint64_t> per_connection;   // answers of each
    double client_busy = 0;                      // share of a processor that the client took

    // Of the mean of the connections: the one with the fewest answers. 1 of none.
    double slowest_share() const;
    double rate() const { return seconds > 0 ? static_cast<double>(answers) / seconds : 0; }
};

// Throws std::runtime_error where a connection cannot be made or breaks.
LoadResult run_load(const LoadPlan& plan);

// A request as it goes over the wire.
std::string make_request(std::string_view method, std::string_view target, std::string_view token,
                         std::string_view content_type = {}, std::string_view body = {});

}  // namespace threatatlas::bench
