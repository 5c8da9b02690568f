#pragma once

// What all writes have in common: their body, their headers, the queue and the answer.

#include <span>
#include <string>
#include <string_view>

#include "commands/command.hpp"
#include "http/api/call.hpp"
#include "http/api/parked_call.hpp"

namespace threatatlas::api {

// A body of one of these media types. Throws Rejection: 415 another one, 411, 413, and what
// Exchange::read_body() throws.
struct RequestBody {
    std::string_view media_type;  // the one of the list that it has
    std::string bytes;
};
RequestBody read_body(const Call& call, std::span<const std::string_view> media_types,
                      std::size_t bytes_max);
// The same for one JSON object.
std::string read_json_body(const Call& call);

// For a header of writes that would make no sense with this one: 422 where it was sent. `detail` is
// a sentence that says why.
void refuse_header(const Call& call, const char* name, std::string detail);

// A command in the name of the bearer, with If-Match, If-None-Match and Idempotency-Key as they
// were sent. Throws Rejection 422.
commands::Command make_command(const Call& call);
// What a repetition of the request would begin with.
std::string request_line(const Call& call);
// The body belongs to the command: it must be the same one in a repetition.
void take_body(commands::Command& command, std::string_view request_line, std::string_view body);
// All three.
commands::Command make_command(const Call& call, std::string_view body);

// A write is answered when it is carried out, without holding a worker meanwhile.
ParkedCall park_write(Call& call);
// Hands the command to the sequencer, whose outcome is the answer.
void submit(ops::Engine& engine, commands::Command command, const ParkedCall& parked);
// Both.
void submit(Call& call, commands::Command command);
// The same for a DELETE, whose reason and on_behalf_of come as parameters.
void submit_removal(Call& call, commands::Change change);

}  // namespace threatatlas::api
