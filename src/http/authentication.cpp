#include "http/authentication.hpp"

#include <strings.h>

#include "http/api_limits.hpp"
#include "http/failure.hpp"

namespace threatatlas {
namespace {

using std::chrono::seconds;

// What stands behind "Bearer " in the one Authorization header; empty where that is not there.
std::string_view bearer_secret(const httplib::Request& request) {
    constexpr std::string_view scheme = "Bearer ";
    const auto [first, last] = request.headers.equal_range("Authorization");
    if (first == last || std::next(first) != last || first->second.size() < scheme.size() ||
        strncasecmp(first->second.data(), scheme.data(), scheme.size()) != 0) {
        return {};
    }
    std::string_view secret = first->second;
    secret.remove_prefix(scheme.size());
    while (secret.starts_with(' ')) {
        secret.remove_prefix(1);
    }
    return secret;
}

}  // namespace

seconds LoginGuard::count_failure(const std::string& address, SteadyTime now) {
    const std::lock_guard lock(mutex_);
    if (!by_address_.contains(address)) {
        make_room(now);
    }
    Failures& failures = by_address_[address];
    if (failures.count == 0 || now - failures.since >= limits::failed_logins_window) {
        failures = {0, now};
    }
    ++failures.count;
    if (failures.count <= limits::failed_logins_max) {
        return seconds{0};
    }
    return std::chrono::ceil<seconds>(failures.since + limits::failed_logins_window - now);
}

void LoginGuard::make_room(SteadyTime now) {
    if (by_address_.size() < limits::failed_login_addresses_max) {
        return;
    }
    std::erase_if(by_address_, [now](const auto& entry) {
        return now - entry.second.since >= limits::failed_logins_window;
    });
    if (by_address_.size() >= limits::failed_login_addresses_max) {
        by_address_.erase(by_address_.begin());
    }
}

std::size_t LoginGuard::addresses() const {
    const std::lock_guard lock(mutex_);
    return by_address_.size();
}

std::shared_ptr<const Bearer> authenticate(const httplib::Request& request, Access& access,
                                           Instant now, const TrustedProxies& proxies,
                                           LoginGuard& guard, Meters& meters) {
    if (auto bearer = access.authenticate(bearer_secret(request), now)) {
        return bearer;
    }
    if (!request.has_header("Authorization")) {
        throw Rejection(unauthorized());
    }
    ++meters.failed_logins;
    const seconds wait =
        guard.count_failure(proxies.client_of(request), std::chrono::steady_clock::now());
    if (wait > seconds{0}) {
        throw Rejection({.status = 429,
                         .detail = "Too many failed logins came from this address. Wait, then send "
                                   "a token that holds.",
                         .headers = {{"Retry-After", std::to_string(wait.count())}}});
    }
    throw Rejection(unauthorized());
}

}  // namespace threatatlas
