#include "http/api/writing.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/digest.hpp"
#include "commands/json/command_json.hpp"
#include "events/limits.hpp"
#include "http/api/conditional.hpp"
#include "http/api/failure.hpp"
#include "http/api/parked_call.hpp"
#include "http/api/request_query.hpp"
#include "http/ops/service_limits.hpp"

namespace threatatlas::api {
namespace {

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) {
        text.remove_prefix(1);
    }
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) {
        text.remove_suffix(1);
    }
    return text;
}

std::string lower_case(std::string_view text) {
    std::string out(text);
    for (char& c : out) {
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    return out;
}

// JSON is always UTF-8 (RFC 8259 section 8.1), so no other charset is accepted.
bool has_utf8_only(std::string_view parameters) {
    const std::string text = lower_case(parameters);
    const std::size_t charset = text.find("charset=");
    if (charset == std::string::npos) {
        return true;
    }
    std::string_view value =
        std::string_view(text).substr(charset + std::string_view("charset=").size());
    value = trimmed(value.substr(0, value.find(';')));
    return value == "utf-8" || value == "\"utf-8\"";
}

net::Rejection bad_header(std::string_view name, std::string detail) {
    return net::Rejection(
        {.status = 422,
         .detail = fmt::format("Invalid header {}. {}", name, detail),
         .errors = {{net::ProblemError::Place::header, std::string(name), detail}}});
}

std::string read_idempotency_key(const httplib::Request& request) {
    constexpr const char* name = "Idempotency-Key";
    const auto [first, last] = request.headers.equal_range(name);
    if (first == last) {
        return {};
    }
    const std::string& key = first->second;
    const bool visible =
        std::all_of(key.begin(), key.end(), [](char c) { return c > ' ' && c <= '~'; });
    if (std::next(first) != last || key.empty() || !visible ||
        key.size() > events::limits::idempotency_key_chars_max) {
        throw bad_header(name, fmt::format("Send it once, with 1 to {} visible ASCII characters.",
                                           events::limits::idempotency_key_chars_max));
    }
    return key;
}

int status_of(commands::Result result) {
    switch (result) {
        case commands::Result::created:
            return 201;
        case commands::Result::ok:
            return 200;
        case commands::Result::no_content:
            return 204;
    }
    return 200;
}

void answer_accepted(httplib::Response& response, const commands::Accepted& accepted,
                     events::LogEpoch epoch) {
    commands::WriteAnswer shown = commands::render_answer(accepted);
    response.status = status_of(shown.result);
    response.headers.emplace("X-Log-Position", std::to_string(shown.position));
    response.headers.emplace("X-Log-Epoch", events::hex_of(epoch));
    if (shown.state_id) {
        response.headers.emplace("ETag", state_tag(epoch, {shown.version, *shown.state_id}));
    }
    if (!shown.location.empty()) {
        response.headers.emplace("Location", std::move(shown.location));
    }
    if (shown.result != commands::Result::no_content) {
        response.headers.emplace("Content-Type", json_type);
        response.body = std::move(shown.body);
    }
}

net::Problem unknown_outcome() {
    return {.status = 503,
            .detail =
                "The write took too long and its outcome is unknown. Repeat it with the same "
                "Idempotency-Key.",
            .headers = {{"Retry-After", std::to_string(ops::limits::retry_after_failure.count())}}};
}

// DELETE must have no body.
void require_no_body(const Call& call) {
    if (call.exchange.announces_body() &&
        !call.exchange.read_body(events::limits::body_bytes_max).empty()) {
        throw net::Rejection(
            {.status = 422,
             .detail = "This call has no body. Give reason and on_behalf_of as parameters."});
    }
}

constexpr std::string_view json_media_types[]{json_type};

// The element of media_types that is the type of the body. Throws Rejection 415.
std::string_view require_media_type(const Call& call,
                                    std::span<const std::string_view> media_types) {
    const auto field = call.request.headers.find("Content-Type");
    const std::string_view sent =
        field == call.request.headers.end() ? std::string_view() : field->second;
    const std::size_t parameters = std::min(sent.find(';'), sent.size());
    const std::string media_type = lower_case(trimmed(sent.substr(0, parameters)));
    const auto known = std::find(media_types.begin(), media_types.end(), media_type);
    if (known == media_types.end() || !has_utf8_only(sent.substr(parameters))) {
        throw net::Rejection({.status = 415,
                              .detail = fmt::format("Send the body in UTF-8 with Content-Type: {}.",
                                                    fmt::join(media_types, " or "))});
    }
    return *known;
}

}  // namespace

RequestBody read_body(const Call& call, std::span<const std::string_view> media_types,
                      std::size_t bytes_max) {
    const std::string_view media_type = require_media_type(call, media_types);
    return {media_type, call.exchange.read_body(bytes_max)};
}

std::string read_json_body(const Call& call) {
    return read_body(call, json_media_types, events::limits::body_bytes_max).bytes;
}

std::string read_optional_json_body(const Call& call) {
    if (!call.exchange.announces_body()) {
        return {};
    }
    std::string body = call.exchange.read_body(events::limits::body_bytes_max);
    if (!body.empty()) {
        require_media_type(call, json_media_types);
    }
    return body;
}

void refuse_header(const Call& call, const char* name, std::string detail) {
    if (call.request.has_header(name)) {
        throw net::Rejection({.status = 422,
                              .detail = std::string("Leave the header ") + name + " out. " + detail,
                              .errors = {{net::ProblemError::Place::header, name, detail}}});
    }
}

commands::Command make_command(const Call& call) {
    commands::Command command;
    command.product_id = call.product_id();
    command.token_id = call.bearer().id;
    command.actor = call.bearer().actor();
    command.if_match = read_if_match(call.request, call.engine().log_epoch());
    command.only_if_absent = reads_only_if_absent(call.request);
    command.idempotency_key = read_idempotency_key(call.request);
    return command;
}

std::string request_line(const Call& call) {
    // Methods, paths and queries contain no line feed, so the parts cannot be confused.
    return fmt::format("{}\n{}\n{}\n", call.request.method, call.path, call.query);
}

void take_body(commands::Command& command, std::string_view request_line, std::string_view body) {
    if (!command.idempotency_key.empty()) {
        command.request_digest = base::hex_of(base::sha256({request_line, body}));
    }
    command.body_bytes = body.size();
}

commands::Command make_command(const Call& call, std::string_view body) {
    commands::Command command = make_command(call);
    take_body(command, request_line(call), body);
    return command;
}

void take_no_parameters(const Call& call) {
    const RequestQuery query(call.query, {});
}

ParkedCall park_write(Call& call) {
    return ParkedCall(
        call, {.wait_max = call.services.waits.write_max, .give_up_on_stop = false},
        [](httplib::Response& response) { net::answer(response, unknown_outcome()); });
}

void submit(ops::Engine& engine, commands::Command command, const ParkedCall& parked,
            std::function<bool(const commands::Refusal&)> takes_over) {
    engine.sequencer().submit(
        std::move(command),
        [parked, epoch = engine.log_epoch(),
         takes_over = std::move(takes_over)](commands::Outcome outcome) {
            const auto* refusal = std::get_if<commands::Refusal>(&outcome);
            if (refusal != nullptr && takes_over && takes_over(*refusal)) {
                return;
            }
            parked.complete([outcome = std::move(outcome), epoch](httplib::Response& response) {
                if (const auto* accepted = std::get_if<commands::Accepted>(&outcome)) {
                    answer_accepted(response, *accepted, epoch);
                } else {
                    net::answer(response, to_problem(std::get<commands::Refusal>(outcome)));
                }
            });
        },
        [parked] { return parked.is_awaited(); });
}

void submit(Call& call, commands::Command command) {
    submit(call.engine(), std::move(command), park_write(call));
}

void submit_removal(Call& call, commands::Change change) {
    require_no_body(call);
    const RequestQuery query(call.query, {"reason", "on_behalf_of"});
    commands::Command command = make_command(call, {});
    command.answer = commands::AnswerForm::nothing;
    commands::Item& item = command.items.emplace_back();
    item.change = std::move(change);
    if (const auto reason = query.text("reason")) {
        item.reason = command_json::checked_reason(*reason, "reason");
    }
    if (const auto on_behalf_of = query.text("on_behalf_of")) {
        item.on_behalf_of = command_json::checked_on_behalf_of(*on_behalf_of, "on_behalf_of");
    }
    submit(call, std::move(command));
}

}  // namespace threatatlas::api
