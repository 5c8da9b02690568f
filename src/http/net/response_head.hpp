#pragma once

#include <ctime>
#include <string>
#include <string_view>

#include <httplib.h>

#include "http/net/problem.hpp"

namespace threatatlas::net {

/// The current time as RFC 9110, section 5.6.7 writes it; formatted once a second. Not thread-safe.
class HttpDate {
  public:
    /// Valid until the next call.
    const std::string& now();

  private:
    std::time_t second_ = -1;
    std::string text_;
};

/// The part of a response head that depends on the connection, not on the handler.
struct ConnectionTerms {
    /// Another request may follow on the connection.
    bool keep_alive = false;
    /// The value of Keep-Alive, sent if the connection is kept; empty: the field is left out.
    std::string_view keep_alive_value = {};
};

/// Responses with this status have no content and no Content-Length (RFC 9110, section 8.6).
constexpr bool has_no_content(int status) {
    return status < 200 || status == 204 || status == 304;
}

/// The handler has set Connection: close.
bool closes_connection(const httplib::Response& response);

/// Appends the response's status line, its header fields and the empty line after them to `out`.
///
/// The status is one of RFC 9110, and the content, sent or not (HEAD), is `response.body`. The
/// handler's fields keep their order. The fields that frame the message or concern its connection
/// are not the handler's: Connection, Content-Length, Date, Keep-Alive and Transfer-Encoding are
/// replaced. Responses that do not say otherwise are not cached and their type is not guessed.
/// Throws std::logic_error if a field holds a line break, and leaves `out` as it was.
void append_response_head(std::string& out, const httplib::Response& response,
                          std::string_view date, const ConnectionTerms& terms);

/// A whole response that ends its connection, for a request that no handler saw.
std::string closing_response(const Problem& problem);

}  // namespace threatatlas::net
