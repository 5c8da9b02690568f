#pragma once

// Who asks: the bearer of the token in the Authorization header (RFC 6750 section 2.1).

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include <httplib.h>

#include "http/client_address.hpp"
#include "http/meters.hpp"
#include "projections/access.hpp"

namespace threatatlas {

// Counts failed logins by address. For any thread. Bounded: when too many addresses are on record,
// those whose time is over are forgotten first, then any.
class LoginGuard {
  public:
    using SteadyTime = std::chrono::steady_clock::time_point;

    // Counts one more. How long the address is to be turned away; zero = not yet.
    std::chrono::seconds count_failure(const std::string& address, SteadyTime now);

    std::size_t addresses() const;

  private:
    struct Failures {
        std::size_t count = 0;
        SteadyTime since;
    };

    void make_room(SteadyTime now);

    mutable std::mutex mutex_;
    std::unordered_map<std::string, Failures> by_address_;  // guarded by mutex_
};

// Throws Rejection: 401 without a token or with one that does not hold, 429 where too many of those
// came from the client's address. A token that holds always passes.
std::shared_ptr<const Bearer> authenticate(const httplib::Request& request, Access& access,
                                           Instant now, const TrustedProxies& proxies,
                                           LoginGuard& guard, Meters& meters);

}  // namespace threatatlas
