#pragma once

#include <ctime>
#include <string>
#include <string_view>

#include <httplib.h>

#include "http/net/problem.hpp"

namespace threatatlas::net {

/// The current time in the format of RFC 9110, section 5.6.7. Formatted once per second. Not
/// thread-safe.
class HttpDate {
  public:
    /// The reference is valid until the next call.
    const std::string& now();

  private:
    std::time_t second_ = -1;
    std::string text_;
};

/// The part of a response head that depends on the connection and not on the handler.
struct ConnectionTerms {
    /// Whether another request may follow on the connection.
    bool keep_alive = false;
    /// The value of the Keep-Alive field, sent if the connection is kept. Empty: the field is
    /// omitted.
    std::string_view keep_alive_value = {};
};

/// Whether responses with this status have neither content nor a Content-Length (RFC 9110, section
/// 8.6).
constexpr bool has_no_content(int status) {
    return status < 200 || status == 204 || status == 304;
}

/// Whether the handler has set Connection: close.
bool closes_connection(const httplib::Response& response);

/// Appends the status line, the header fields and the empty line after them to `out`.
///
/// The status must be one of RFC 9110. Content-Length is the size of `response.body`, whether the
/// body is sent or not (HEAD). The fields of the handler keep their order, except that the fields
/// that frame the message or concern the connection are replaced: Connection, Content-Length, Date,
/// Keep-Alive and Transfer-Encoding. Unless the response says otherwise, caching and content
/// sniffing are disabled. Throws std::logic_error and leaves `out` unchanged if a field contains a
/// line break.
void append_response_head(std::string& out, const httplib::Response& response,
                          std::string_view date, const ConnectionTerms& terms);

/// A whole response that announces the end of its connection, for a request that did not reach a
/// handler.
std::string closing_response(const Problem& problem);

}  // namespace threatatlas::net
