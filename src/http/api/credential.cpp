#include "http/api/credential.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <strings.h>

#include "http/net/problem.hpp"

namespace threatatlas::api {
namespace {

// The token after "Bearer " in the only Authorization header; empty if there is none or more than
// one.
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

// The value of the session's cookie (RFC 6265 section 4.2); nothing if there are several: one of
// them may have been set by another server on the same host.
std::string_view cookie_secret(const httplib::Request& request) {
    std::string_view secret;
    std::size_t count = 0;
    const auto [first, last] = request.headers.equal_range("Cookie");
    for (auto field = first; field != last; ++field) {
        std::string_view pairs = field->second;
        while (!pairs.empty()) {
            std::string_view pair = pairs.substr(0, pairs.find(';'));
            pairs.remove_prefix(std::min(pairs.size(), pair.size() + 1));
            pair.remove_prefix(std::min(pair.find_first_not_of(' '), pair.size()));
            const std::size_t equals = pair.find('=');
            if (pair.substr(0, equals) == session_cookie && equals != std::string_view::npos) {
                secret = pair.substr(equals + 1);
                ++count;
            }
        }
    }
    return count == 1 ? secret : std::string_view();
}

}  // namespace

Credential credential_of(const httplib::Request& request, std::string_view address_token) {
    if (request.has_header("Authorization")) {
        return {Carrier::header, bearer_secret(request)};
    }
    if (!address_token.empty()) {
        return {Carrier::address, address_token};
    }
    const std::string_view secret = cookie_secret(request);
    return secret.empty() ? Credential{} : Credential{Carrier::cookie, secret};
}

void require_own_page(const httplib::Request& request) {
    const std::string site = request.get_header_value("Sec-Fetch-Site");
    if (!site.empty() && site != "same-origin" && site != "none") {
        throw net::Rejection(
            {.status = 403,
             .detail = "The cookie of a session is only for the page of this server: this request "
                       "comes from another site. Send a token in the Authorization header."});
    }
    const bool reads = request.method == "GET" || request.method == "HEAD";
    if (!reads && request.get_header_value(page_header) != "1") {
        throw net::Rejection(
            {.status = 403,
             .detail = fmt::format("A request that uses the cookie of a session and is not a GET "
                                   "needs the header `{}: 1`.",
                                   page_header),
             .errors = {{net::ProblemError::Place::header, page_header, "Send 1."}}});
    }
}

}  // namespace threatatlas::api
