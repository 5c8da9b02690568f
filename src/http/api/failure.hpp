#pragma once

// The one place that turns what went wrong into the problem that a client is told.

#include <exception>

#include "commands/refusal.hpp"
#include "events/vocabulary.hpp"
#include "http/net/problem.hpp"
#include "http/ops/diagnostic_log.hpp"
#include "http/ops/read_errors.hpp"

namespace threatatlas::api {

net::Problem to_problem(const commands::Refusal& refusal);

// Of any exception that a call ended with. What is the server's own fault goes to the log with its
// text; the client is told nothing of it. Data that cannot be read is noted besides.
net::Problem to_problem(const std::exception_ptr& failure, const ops::Log& log,
                        ops::ReadErrors& read_errors);

// 401: no token was sent.
net::Problem unauthorized();
// 401: one that does not hold. `why` is a sentence without full stop, in ASCII without quotation
// marks and backslashes (RFC 6750 section 3), such as "The token expired at …".
net::Problem invalid_token(std::string_view why);
// 404: the very same for a product that does not exist and for one that the token may not see.
net::Problem no_product(ProductId product);
// 503 while there is nothing to answer from.
net::Problem not_ready(std::string detail);

}  // namespace threatatlas::api
