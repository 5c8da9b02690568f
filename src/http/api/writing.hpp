#pragma once

/// The common parts of writes: body, headers, submission to the sequencer, and response.

#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "commands/command.hpp"
#include "commands/refusal.hpp"
#include "http/api/call.hpp"
#include "http/api/parked_call.hpp"

namespace threatatlas::api {

/// Reads a body of one of these media types. Throws Rejection: 415 for another type, 411, 413, and
/// the exceptions of Exchange::read_body().
struct RequestBody {
    std::string_view media_type;  // the matching element of media_types
    std::string bytes;
};
RequestBody read_body(const Call& call, std::span<const std::string_view> media_types,
                      std::size_t bytes_max);
/// The same for a body of type application/json.
std::string read_json_body(const Call& call);
/// The same, but the body may be missing or empty, of whatever type: the result is then empty.
std::string read_optional_json_body(const Call& call);

/// Throws Rejection 422 if the request has a header that this call does not support. `detail` is a
/// sentence that says why.
void refuse_header(const Call& call, const char* name, std::string detail);

/// Makes a command of the bearer, with the request's If-Match, If-None-Match and Idempotency-Key.
/// Throws Rejection 422.
commands::Command make_command(const Call& call);
/// The method, path and query of the request, which must be the same if it is repeated.
std::string request_line(const Call& call);
/// Adds the size of the body to the command and, if it has an idempotency key, the digest of the
/// request line and body, which must be the same in a repetition.
void take_body(commands::Command& command, std::string_view request_line, std::string_view body);
/// The three functions above in one.
commands::Command make_command(const Call& call, std::string_view body);

/// Throws Rejection 422 if the request has query parameters.
void take_no_parameters(const Call& call);

/// Parks a write, which is answered after it was committed or refused, without holding a worker
/// meanwhile.
ParkedCall park_write(Call& call);
/// Submits the command to the sequencer, whose outcome becomes the response, except for a refusal
/// for which `takes_over` is true. It runs on the deciding thread.
void submit(ops::Engine& engine, commands::Command command, const ParkedCall& parked,
            std::function<bool(const commands::Refusal&)> takes_over = {});
/// Parks the call and submits the command.
void submit(Call& call, commands::Command command);
/// Submits a command with one item, which `parse` makes from the body.
template <class Parse>
void submit_item(Call& call, const std::string& body, const Parse& parse) {
    take_no_parameters(call);
    commands::Command command = make_command(call, body);
    command.items.push_back(parse(body));
    submit(call, std::move(command));
}
/// The same for a DELETE, whose `reason` and `on_behalf_of` are query parameters.
void submit_removal(Call& call, commands::Change change);

}  // namespace threatatlas::api
