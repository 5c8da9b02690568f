#include "http/net/exchange.hpp"

#include <algorithm>
#include <optional>
#include <stdexcept>

#include <fmt/format.h>

#include "http/net/inflater.hpp"
#include "http/net/parked_request.hpp"

namespace threatatlas::net {
namespace {

/// At most this much memory is reserved for a length that was announced but not received yet.
constexpr std::size_t reserved_bytes_max = 1U << 20U;
/// The size of one read of a long body.
constexpr std::size_t piece_bytes_max = 128U << 10U;

/// Returns true for gzip and false if there is no coding. Throws Rejection 415 for others.
bool is_packed(const std::string& coding) {
    if (coding.empty() || coding == "identity") {
        return false;
    }
    if (coding != "gzip" && coding != "x-gzip") {
        throw Rejection({.status = 415,
                         .detail = "Send the body as it is, or with Content-Encoding: gzip.",
                         .errors = {},
                         .headers = {{"Accept-Encoding", "gzip"}}});
    }
    return true;
}

[[noreturn]] void refuse_long_body(std::size_t bytes_max) {
    throw Rejection(
        {.status = 413, .detail = fmt::format("The body is longer than {} bytes.", bytes_max)});
}

}  // namespace

std::string ConnectionExchange::read_body(std::size_t bytes_max) {
    const auto& request = *connection_.request;
    auto& decoder = *connection_.body;
    if (!announces_body()) {
        throw Rejection({.status = 411, .detail = "Send a Content-Length, or a chunked body."});
    }
    const bool packed = is_packed(request.content_coding);
    const auto length = request.content_length.value_or(0);
    if (length > bytes_max) {
        refuse_long_body(bytes_max);
    }
    std::string body;
    body.reserve(std::min<std::size_t>(length, reserved_bytes_max) + body_padding_bytes);
    std::optional<Inflater> inflater;
    if (packed) {
        inflater.emplace();
    }

    invite_body();
    body_lost_ = true;
    const auto deadline = Clock::now() + context_.options.body_ms_max;
    BlockingIoLimiter::Place place(context_.waits, context_.work, connection_.client);
    std::size_t received = 0;
    while (!decoder.done()) {
        const bool nothing_read = connection_.input().empty();
        if (nothing_read && !packed && decoder.expected_bytes() >= context_.scratch.size()) {
            if (body.size() >= reserved_bytes_max) {
                body.reserve(length + body_padding_bytes);
            }
            received += read_piece(body, place, deadline);
        } else {
            if (nothing_read) {
                await_more(place, deadline, [&] { return connection_.fill(context_.scratch); });
            }
            const auto step = decoder.next(connection_.input());
            received += step.data.size();
            if (inflater) {
                inflater->add(step.data, body, bytes_max);
            } else {
                body.append(step.data);
            }
            connection_.consume(step.consumed);
        }
        if (received > bytes_max) {
            refuse_long_body(bytes_max);
        }
    }
    if (inflater) {
        inflater->finish();
    }
    body_lost_ = false;
    body.reserve(body.size() + body_padding_bytes);
    return body;
}

// Reads directly into the body, which avoids copying most of a long body twice.
std::size_t ConnectionExchange::read_piece(std::string& body, BlockingIoLimiter::Place& place,
                                           Clock::time_point deadline) {
    const auto wanted = static_cast<std::size_t>(
        std::min<std::uint64_t>(connection_.body->expected_bytes(), piece_bytes_max));
    const auto begin = body.size();
    body.resize(begin + wanted);
    const auto came = await_more(place, deadline, [&] {
        return connection_.read({body.data() + begin, wanted});
    });
    body.resize(begin + came);
    connection_.body->pass(came);
    return came;
}

void ConnectionExchange::invite_body() {
    if (connection_.request->expects_continue && connection_.input().empty()) {
        connection_.write("HTTP/1.1 100 Continue\r\n\r\n");
        connection_.flush();
    }
}

template <class Read>
std::size_t ConnectionExchange::await_more(BlockingIoLimiter::Place& place,
                                           Clock::time_point deadline, const Read& read) {
    for (;;) {
        const Transfer transfer = read();
        const auto status = transfer.status;
        if (status == Transfer::Status::moved) {
            return transfer.bytes;
        }
        if (status == Transfer::Status::ended || status == Transfer::Status::failed) {
            throw Rejection({.status = 400, .detail = "The body ended before its announced end."});
        }
        const auto idle_deadline = Clock::now() + context_.options.body_idle_ms_max;
        switch (place.wait(connection_, status, std::min(deadline, idle_deadline))) {
            case BlockingIoLimiter::Result::ready:
                break;
            case BlockingIoLimiter::Result::too_slow:
                context_.timeouts.fetch_add(1, std::memory_order_relaxed);
                throw Rejection({.status = 408, .detail = "The body came too slowly."});
            case BlockingIoLimiter::Result::no_place_for_client:
                throw Rejection(
                    {.status = 429,
                     .detail = "The server is still receiving other long bodies with the same "
                               "token, as many as one token may send at a time. Send this one "
                               "after they have ended.",
                     .errors = {},
                     .headers = {{"Retry-After", "1"}}});
            case BlockingIoLimiter::Result::no_place:
            case BlockingIoLimiter::Result::cut_off:
                throw Rejection({.status = 503,
                                 .detail = "The server is busy. Send the request again.",
                                 .errors = {},
                                 .headers = {{"Retry-After", "1"}}});
        }
    }
}

ParkedRequest ConnectionExchange::park(ParkLimit limit) {
    if (connection_.parked) {
        throw std::logic_error("a request can be parked once");
    }
    connection_.parked = std::make_shared<ParkedRequest::State>(context_.pool, std::move(limit));
    return ParkedRequest(connection_.parked);
}

bool ConnectionExchange::skip_body() {
    auto& decoder = *connection_.body;
    try {
        while (!body_lost_ && !decoder.done() && !connection_.input().empty()) {
            connection_.consume(decoder.next(connection_.input()).consumed);
        }
    } catch (const Rejection&) {
        body_lost_ = true;
    }
    return !body_lost_ && decoder.done();
}

}  // namespace threatatlas::net
