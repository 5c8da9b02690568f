#pragma once

/// Converts exceptions to problem documents.

#include <exception>

#include "commands/refusal.hpp"
#include "events/vocabulary.hpp"
#include "http/net/problem.hpp"
#include "http/ops/diagnostic_log.hpp"
#include "http/ops/read_errors.hpp"

namespace threatatlas::api {

net::Problem to_problem(const commands::Refusal& refusal);

/// Converts any exception thrown by a call. Internal errors are logged with their text, which is
/// not sent to the client. Read errors of the store are also recorded in `read_errors`.
net::Problem to_problem(const std::exception_ptr& failure, const ops::Log& log,
                        ops::ReadErrors& read_errors);

/// 401 for a request without a token.
net::Problem unauthorized();
/// 401 for an invalid token. `why` is a sentence without full stop, in ASCII without quotation
/// marks and backslashes (RFC 6750 section 3), such as "The token expired at …".
net::Problem invalid_token(std::string_view why);
/// 404. The same for a product that does not exist and for one that the token may not see.
net::Problem no_product(ProductId product);
/// 503 while the server is not ready.
net::Problem not_ready(std::string detail);

}  // namespace threatatlas::api
