#pragma once

// Who asks: the bearer of the token in the Authorization header (RFC 6750 section 2.1).

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include <httplib.h>

#include "http/ops/client_address.hpp"
#include "http/ops/diagnostic_log.hpp"
#include "http/ops/meters.hpp"
#include "http/ops/service_limits.hpp"
#include "projections/access.hpp"

namespace threatatlas::api {

using SteadyTime = std::chrono::steady_clock::time_point;

// Counts failed logins by the network that their client has to itself (client_network). For any
// thread. Bounded: when too many are on record, those whose time is over are forgotten first, then
// any.
class LoginGuard {
  public:
    struct Verdict {
        std::chrono::seconds wait{0};  // how long it is to be turned away; zero = not yet
        bool is_news = true;           // false: it was turned away before, and told so
    };

    // Counts one more.
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

// How many lines may be written in each window of failed logins: a flood of them must not fill the
// disk. For any thread.
class LineBudget {
  public:
    explicit LineBudget(std::size_t lines_max) : lines_max_(lines_max) {}

    // Nothing: this one is not to be written. Otherwise how many were not since the last that was.
    std::optional<std::uint64_t> take(SteadyTime now);
    // One more that is not written, whatever there is left.
    void leave_out();

  private:
    const std::size_t lines_max_;
    std::mutex mutex_;
    // Guarded by mutex_:
    SteadyTime since_;
    std::size_t lines_ = 0;
    std::uint64_t left_out_ = 0;
};

// Looks at who asks, and writes down in the log who was not let in: one line `failed_login` with
// the address, the route and the reason, and never what was sent as the token. For any thread.
class Authenticator {
  public:
    // All of them are the caller's and outlive it.
    Authenticator(const ops::TrustedProxies& proxies, ops::Meters& meters, const ops::Log& log)
        : proxies_(proxies), meters_(meters), log_(log) {}

    // Throws Rejection: 401 without a token or with one that does not hold, 429 where too many of
    // those came from the client's network. A token that holds always passes. `route` is the
    // pattern of the one that was asked for; empty = none.
    std::shared_ptr<const projections::Bearer> authenticate(const httplib::Request& request,
                                                            std::string_view route,
                                                            projections::Access& access,
                                                            base::Instant now);

  private:
    struct Failure {
        std::string_view client;
        std::string_view route;
        std::string_view reason;
        std::string_view token;  // actor of the one that held once; empty = none
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
