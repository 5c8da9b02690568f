#pragma once

/// A client that sends requests continuously over many keep-alive connections to 127.0.0.1: one
/// thread, one epoll set, prepared requests. It does as little work as possible, so that the server
/// is measured; every peer is measured with it.

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
    /// Returns the next complete request of a connection, valid until the next call. Called on the
    /// thread of run_load().
    std::function<std::string_view(std::size_t connection)> next_request;
};

struct LoadResult {
    double seconds = 0;
    std::uint64_t answers = 0;                   ///< with status 2xx
    std::uint64_t errors = 0;                    ///< with other statuses
    std::string first_error;                     ///< head of the first error
    std::vector<std::uint32_t> latencies_nanos;  ///< of all responses
    std::vector<std::uint64_t> per_connection;   ///< responses per connection
    double client_busy = 0;                      ///< processor time of the client / elapsed time

    /// Responses of the slowest connection / mean of all connections; 1 if there are none.
    double slowest_share() const;
    double rate() const { return seconds > 0 ? static_cast<double>(answers) / seconds : 0; }
};

/// Throws std::runtime_error if a connection cannot be made or breaks.
LoadResult run_load(const LoadPlan& plan);

/// A request in its wire format.
std::string make_request(std::string_view method, std::string_view target, std::string_view token,
                         std::string_view content_type = {}, std::string_view body = {});

}  // namespace threatatlas::bench
