#include "http/api/authentication.hpp"

#include <utility>

#include <fmt/format.h>

#include "http/api/failure.hpp"

namespace threatatlas::api {
namespace {

using std::chrono::seconds;

std::string_view reason_of(projections::TokenFault::Reason reason) {
    switch (reason) {
        case projections::TokenFault::Reason::unknown:
            return "unknown token";
        case projections::TokenFault::Reason::revoked:
            return "revoked token";
        case projections::TokenFault::Reason::expired:
            return "expired token";
    }
    return "";
}

// These details are disclosed only to a client that holds the secret: the token was found by its
// digest.
net::Problem problem_of(const projections::TokenFault& fault) {
    switch (fault.reason) {
        case projections::TokenFault::Reason::revoked:
            return invalid_token(
                fmt::format("The token was revoked at {}", base::format_instant(fault.since)));
        case projections::TokenFault::Reason::expired:
            return invalid_token(
                fmt::format("The token expired at {}", base::format_instant(fault.since)));
        case projections::TokenFault::Reason::unknown:
            break;
    }
    return invalid_token("This server does not know the token; a token is ta_ and 43 characters");
}

net::Problem too_many_failures(seconds wait) {
    return {.status = 429,
            .detail = "Too many failed logins from this address. Wait, then send a valid token.",
            .headers = {{"Retry-After", std::to_string(wait.count())}}};
}

}  // namespace

LoginGuard::Verdict LoginGuard::count_failure(const std::string& network, SteadyTime now) {
    const std::lock_guard lock(mutex_);
    if (!by_network_.contains(network)) {
        make_room(now);
    }
    Failures& failures = by_network_[network];
    if (failures.count == 0 || now - failures.since >= ops::limits::failed_logins_window) {
        failures = {0, now};
    }
    ++failures.count;
    if (failures.count <= ops::limits::failed_logins_max) {
        return {};
    }
    return {std::chrono::ceil<seconds>(failures.since + ops::limits::failed_logins_window - now),
            failures.count == ops::limits::failed_logins_max + 1};
}

void LoginGuard::make_room(SteadyTime now) {
    if (by_network_.size() < ops::limits::failed_login_addresses_max) {
        return;
    }
    std::erase_if(by_network_, [now](const auto& entry) {
        return now - entry.second.since >= ops::limits::failed_logins_window;
    });
    if (by_network_.size() >= ops::limits::failed_login_addresses_max) {
        by_network_.erase(by_network_.begin());
    }
}

std::size_t LoginGuard::networks() const {
    const std::lock_guard lock(mutex_);
    return by_network_.size();
}

std::optional<std::uint64_t> LineBudget::take(SteadyTime now) {
    const std::lock_guard lock(mutex_);
    if (now - since_ >= ops::limits::failed_logins_window) {
        since_ = now;
        lines_ = 0;
    }
    if (lines_ >= lines_max_) {
        ++left_out_;
        return std::nullopt;
    }
    ++lines_;
    return std::exchange(left_out_, 0);
}

void LineBudget::leave_out() {
    const std::lock_guard lock(mutex_);
    ++left_out_;
}

std::shared_ptr<const projections::Bearer> Authenticator::authenticate(
    const httplib::Request& request, std::string_view route, const Credential& credential,
    projections::Access& access, base::Instant now) {
    const std::string_view secret = credential.secret;
    if (auto bearer = access.authenticate(secret, now)) {
        return bearer;
    }
    const auto steady_now = std::chrono::steady_clock::now();
    const std::string client = proxies_.client_of(request);
    if (credential.carrier == Carrier::none) {
        write_down(missing_lines_, {client, route, "no token", "", 401}, steady_now);
        throw net::Rejection(unauthorized());
    }
    ++meters_.failed_logins;
    const auto [wait, is_news] = guard_.count_failure(ops::client_network(client), steady_now);
    const bool is_turned_away = wait > seconds{0};
    const projections::TokenFault fault =
        is_turned_away && !is_news ? projections::TokenFault{} : access.fault_of(secret);
    const net::Problem problem = is_turned_away   ? too_many_failures(wait)
                                 : secret.empty() ? unauthorized()
                                                  : problem_of(fault);
    if (is_news) {
        write_down(failed_lines_,
                   {client, route, reason_of(fault.reason), fault.actor, problem.status},
                   steady_now);
    } else {
        failed_lines_.leave_out();
    }
    throw net::Rejection(problem);
}

void Authenticator::write_down(LineBudget& budget, const Failure& failure, SteadyTime now) {
    if (const auto left_out = budget.take(now)) {
        log_.warning("failed_login", {{"client", failure.client},
                                      {"route", failure.route},
                                      {"reason", failure.reason},
                                      {"token", failure.token},
                                      {"status", static_cast<std::uint64_t>(failure.status)},
                                      {"left_out_before", *left_out}});
    }
}

}  // namespace threatatlas::api
