#pragma once

/// Authentication by the token of a request.

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include <httplib.h>

#include "http/api/credential.hpp"
#include "http/ops/client_address.hpp"
#include "http/ops/diagnostic_log.hpp"
#include "http/ops/meters.hpp"
#include "http/ops/service_limits.hpp"
#include "projections/access.hpp"

namespace threatatlas::api {

using SteadyTime = std::chrono::steady_clock::time_point;

/// Counts failed logins per client network (client_network()). Thread-safe. Memory is bounded: if
/// too many networks are stored, expired entries are removed, and an arbitrary one if none has
/// expired.
class LoginGuard {
  public:
    struct Verdict {
        std::chrono::seconds wait{0};  // how long to reject the network; 0: not rejected
        bool is_news = true;           // false: an earlier failure in the window was rejected too
    };

    /// Counts one failure.
    Verdict count_failure(const std::string& network, SteadyTime now);

    std::size_t networks() const;

  private:
    struct Failures {
        std::size_t count = 0;
        SteadyTime since;
    };

    void make_room(SteadyTime now);

    mutable std::mutex mutex_;
    std::unordered_map<std::string, Failures> by_network_;  // guarded by mutex_
};

/// Limits the number of log lines per window of failed logins, so that a flood of them does not
/// fill the disk. Thread-safe.
class LineBudget {
  public:
    explicit LineBudget(std::size_t lines_max) : lines_max_(lines_max) {}

    /// Takes one line from the budget and returns the number of lines omitted since the last
    /// written one; nullopt if the line must be omitted.
    std::optional<std::uint64_t> take(SteadyTime now);
    /// Counts a line that is omitted regardless of the budget.
    void leave_out();

  private:
    const std::size_t lines_max_;
    std::mutex mutex_;
    // Guarded by mutex_:
    SteadyTime since_;
    std::size_t lines_ = 0;
    std::uint64_t left_out_ = 0;
};

/// Authenticates requests and logs failures: one line `failed_login` with the address, the route
/// and the reason, never with the text that was sent as the token. Thread-safe.
class Authenticator {
  public:
    /// All arguments must outlive the authenticator.
    Authenticator(const ops::TrustedProxies& proxies, ops::Meters& meters, const ops::Log& log)
        : proxies_(proxies), meters_(meters), log_(log) {}

    /// Throws Rejection: 401 for a missing or invalid token, 429 for an invalid one after too many
    /// failures from the client's network. A valid token is always accepted. `route` is the pattern
    /// of the requested route; empty if there is none. `credential` is that of the request.
    std::shared_ptr<const projections::Bearer> authenticate(const httplib::Request& request,
                                                            std::string_view route,
                                                            const Credential& credential,
                                                            projections::Access& access,
                                                            base::Instant now);

  private:
    struct Failure {
        std::string_view client;
        std::string_view route;
        std::string_view reason;
        std::string_view token;  // actor of an expired or revoked token; else empty
        int status;
    };
    void write_down(LineBudget& budget, const Failure& failure, SteadyTime now);

    const ops::TrustedProxies& proxies_;
    ops::Meters& meters_;
    const ops::Log& log_;
    LoginGuard guard_;
    LineBudget failed_lines_{ops::limits::failed_login_lines_max};
    LineBudget missing_lines_{ops::limits::missing_token_lines_max};
};

}  // namespace threatatlas::api
