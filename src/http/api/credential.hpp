#pragma once

/// How requests carry their token: in the Authorization header (RFC 6750 section 2.1), in the
/// cookie of a session or, for a badge, in the address, because a page that shows a picture sends
/// no header.

#include <cstdint>
#include <string_view>

#include <httplib.h>

namespace threatatlas::api {

/// The cookie that holds the token of a session. With this prefix, browsers accept it only with
/// Secure and Path=/, and only from this host itself.
inline constexpr std::string_view session_cookie = "__Host-threatatlas";
/// With the value 1, states that a request comes from the page: neither a form nor, without a
/// preflight, a script of another origin can send it.
inline constexpr const char* page_header = "X-Threatatlas-Page";

enum class Carrier : std::uint8_t { none, header, address, cookie };

struct Credential {
    Carrier carrier = Carrier::none;
    std::string_view secret = {};  ///< empty if the Authorization header has no bearer token
};

/// Finds the token of a request: in the Authorization header if there is one; otherwise
/// `address_token`, the token in the address, if it is not empty; otherwise in the cookie, if there
/// is exactly one of that name. The secret is part of the arguments.
Credential credential_of(const httplib::Request& request, std::string_view address_token);

/// Throws Rejection 403 if another site may have made the browser send this request. Required of
/// every request whose token is in the cookie, which the browser adds by itself.
void require_own_page(const httplib::Request& request);

}  // namespace threatatlas::api
