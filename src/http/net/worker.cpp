#include "http/net/worker.hpp"

#include <algorithm>
#include <optional>
#include <sys/socket.h>
#include <utility>

#include <poll.h>

#include "http/net/parked_request.hpp"

namespace threatatlas::net {
namespace {

bool has_unread(const Connection& connection) {
    char byte = 0;
    return ::recv(connection.descriptor(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

/// Whether the client has closed the connection or its sending direction.
bool has_closed(const Connection& connection) {
    pollfd descriptor{connection.descriptor(), POLLRDHUP, 0};
    return ::poll(&descriptor, 1, 0) > 0;
}

}  // namespace

Worker::Worker(Serving& serving)
    : serving_(serving),
      work_(serving.places),
      context_{serving.options, serving.pool, serving.waits, work_, serving.timeouts, scratch_},
      responder_(serving.handler, context_, serving.stopping) {}

void Worker::run() {
    for (;;) {
        work_.take();
        auto* const connection = serving_.pool.wait();
        if (connection == nullptr) {
            return;
        }
        serve(*connection);
        serving_.pool.finish();
    }
}

void Worker::serve(Connection& connection) {
    try {
        while (advance(connection) == Step::go_on) {
        }
    } catch (...) {
        // Usually out of memory. Only this connection is closed.
        close(connection);
    }
}

Worker::Step Worker::advance(Connection& connection) {
    switch (connection.phase) {
        case Phase::head:
            return read_head(connection);
        case Phase::received:
            return begin_request(connection);
        case Phase::body:
            return read_short_body(connection);
        case Phase::parked:
            return answer_or_park(connection);
        case Phase::unparking:
            return after_answer(connection, responder_.answer_parked(connection));
        case Phase::writing:
            return write(connection);
        case Phase::lingering:
            return linger(connection);
    }
    return close(connection);
}

bool Worker::is_probe(const Connection& connection) const {
    return connection.request && serving_.options.is_probe(connection.request->path());
}

void Worker::answer_probes() {
    if (!serving_.options.is_probe) {
        return;
    }
    const auto handled = serving_.requests_handled.load(std::memory_order_relaxed);
    const auto now = Clock::now();
    if (handled != seen_handled_ || serving_.pool.busy() == 0) {
        seen_handled_ = handled;
        seen_since_ = now;
        return;
    }
    if (now - seen_since_ < serving_.options.held_up_ms) {
        return;
    }
    const auto is_wanted = [this](const Connection& connection) { return is_probe(connection); };
    while (auto* const connection = serving_.pool.take_ready_if(is_wanted)) {
        serve_if_probe(*connection);
    }
    while (auto* const connection = serving_.pool.look()) {
        serve_if_probe(*connection);
    }
    // Probes that were answered here do not show that the workers make progress.
    seen_handled_ = serving_.requests_handled.load(std::memory_order_relaxed);
}

// Whether the next step calls no handler, or only that of a probe.
bool Worker::is_free_of_waiting(const Connection& connection) const {
    switch (connection.phase) {
        case Phase::head:
        case Phase::unparking:
        case Phase::writing:
        case Phase::lingering:
            return true;
        case Phase::received:
        case Phase::parked:
            return is_probe(connection);
        case Phase::body:
            return false;
    }
    return false;
}

void Worker::serve_if_probe(Connection& connection) {
    try {
        while (is_free_of_waiting(connection)) {
            if (advance(connection) == Step::given_away) {
                return;
            }
        }
    } catch (...) {
        close(connection);
        return;
    }
    serving_.pool.leave(connection);
}

Worker::Step Worker::read_head(Connection& connection) {
    try {
        if (!connection.empty_line_passed && connection.input().starts_with("\r\n")) {
            connection.empty_line_passed = true;
            connection.consume(2);
        }
        const bool may_be_empty_line = !connection.empty_line_passed && connection.input() == "\r";
        if (!may_be_empty_line) {
            if (const auto size = connection.scanner.scan(connection.input())) {
                connection.request =
                    parse_head(connection.input().substr(0, *size), connection.scanner.limits());
                connection.consume(*size);
                connection.phase = Phase::received;
                return Step::go_on;
            }
        }
    } catch (const Rejection& rejection) {
        return refuse(connection, rejection.problem());
    }
    const bool begun = !connection.input().empty();
    const auto status = connection.fill(scratch_).status;
    if (status == Transfer::Status::ended && begun) {
        return refuse(connection, {.status = 400, .detail = "The request ended within its head."});
    }
    if (status != Transfer::Status::moved) {
        return await(connection, status);
    }
    if (!begun) {
        connection.phase_began = Clock::now();
    }
    return Step::go_on;
}

Worker::Step Worker::begin_request(Connection& connection) {
    const auto& request = *connection.request;
    connection.body.emplace(request);
    const bool is_short = request.content_length.value_or(0) > 0 && !request.expects_continue &&
                          *request.content_length <= serving_.options.body_prefetch_bytes_max;
    if (is_short) {
        enter(connection, Phase::body);
        return Step::go_on;
    }
    return answer(connection);
}

Worker::Step Worker::read_short_body(Connection& connection) {
    if (connection.input().size() >= *connection.request->content_length) {
        return answer(connection);
    }
    const auto status = connection.fill(scratch_).status;
    if (status == Transfer::Status::ended) {
        return refuse(connection, {.status = 400, .detail = "The request ended within its body."});
    }
    return status == Transfer::Status::moved ? Step::go_on : await(connection, status);
}

Worker::Step Worker::answer(Connection& connection) {
    serving_.requests_handled.fetch_add(1, std::memory_order_relaxed);
    return after_answer(connection, responder_.answer(connection));
}

Worker::Step Worker::after_answer(Connection& connection, Responder::Outcome outcome) {
    if (outcome == Responder::Outcome::parked) {
        enter(connection, Phase::parked);
        return connection.parked->settle(connection) ? Step::given_away : Step::go_on;
    }
    connection.keep_alive &= outcome == Responder::Outcome::answered;
    connection.request.reset();
    connection.body.reset();
    connection.client.reset();
    connection.scanner.reset();
    connection.empty_line_passed = false;
    connection.served = true;
    enter(connection, Phase::writing);
    return Step::go_on;
}

Worker::Step Worker::answer_or_park(Connection& connection) {
    ParkedRequest::State& parked = *connection.parked;
    if (!parked.is_awaited()) {
        return after_answer(connection, responder_.answer_parked(connection));
    }
    if (parked.gives_up_on_close() && has_closed(connection)) {
        return close(connection);
    }
    return parked.settle(connection) ? Step::given_away : Step::go_on;
}

Worker::Step Worker::write(Connection& connection) {
    const auto status = connection.flush();
    if (status == Transfer::Status::failed) {
        return close(connection);
    }
    if (status != Transfer::Status::moved) {
        return await(connection, status);
    }
    const bool over =
        serving_.stopping.load(std::memory_order_relaxed) && connection.input().empty();
    if (!connection.keep_alive || over) {
        connection.end_writing();
        enter(connection, Phase::lingering);
        return Step::go_on;
    }
    enter(connection, Phase::head);
    // Another request may have been received already. It has to wait until other ready connections
    // were served: waiting for writability lets the kernel report the connection again at once.
    return await(connection, connection.input().empty() ? Transfer::Status::wants_read
                                                        : Transfer::Status::wants_write);
}

Worker::Step Worker::linger(Connection& connection) {
    // Only one read per call, so that a client that keeps sending does not occupy a worker.
    const auto status = connection.read(scratch_).status;
    if (status == Transfer::Status::moved && Clock::now() >= deadline(connection)) {
        return close(connection);
    }
    return await(connection,
                 status == Transfer::Status::moved ? Transfer::Status::wants_read : status);
}

Worker::Step Worker::refuse(Connection& connection, const Problem& problem) {
    serving_.requests_refused.fetch_add(1, std::memory_order_relaxed);
    if (serving_.refusal_observer) {
        serving_.refusal_observer(problem.status, connection.addresses().remote_ip);
    }
    connection.write(closing_response(problem));
    connection.keep_alive = false;
    enter(connection, Phase::writing);
    return Step::go_on;
}

Worker::Step Worker::await(Connection& connection, Transfer::Status wanted) {
    if (wanted == Transfer::Status::ended || wanted == Transfer::Status::failed) {
        return close(connection);
    }
    const auto interest = wanted == Transfer::Status::wants_write
                              ? ConnectionPool::Interest::writable
                              : ConnectionPool::Interest::readable;
    return serving_.pool.arm(connection, interest, deadline(connection)) ? Step::given_away
                                                                         : Step::go_on;
}

Worker::Step Worker::close(Connection& connection) {
    serving_.pool.close(connection);
    return Step::given_away;
}

void Worker::enter(Connection& connection, Phase phase) {
    connection.phase = phase;
    connection.phase_began = Clock::now();
}

Clock::time_point Worker::deadline(const Connection& connection) const {
    const auto& options = serving_.options;
    const auto now = Clock::now();
    const auto began = connection.phase_began;
    switch (connection.phase) {
        case Phase::head:
            return began + (connection.served && connection.input().empty()
                                ? options.idle_ms_max + options.idle_grace_ms
                                : options.head_ms_max);
        case Phase::received:
            return now;
        case Phase::body:
            return std::min(now + options.body_idle_ms_max, began + options.body_ms_max);
        case Phase::parked:
            return connection.parked->deadline();
        case Phase::unparking:
        case Phase::writing:
            return std::min(now + options.write_idle_ms_max, began + options.write_ms_max);
        case Phase::lingering:
            return began + options.linger_ms_max;
    }
    return now;
}

void Worker::hand_over(Connection& connection, Transfer::Status wanted) {
    while (await(connection, wanted) == Step::go_on) {
    }
}

void Worker::expire(Connection& connection) {
    const bool reading = connection.phase == Phase::head || connection.phase == Phase::body;
    if (reading && has_unread(connection)) {
        // The client has sent data in time; the workers have not read it yet.
        enter(connection, connection.phase);
        hand_over(connection, Transfer::Status::wants_read);
        return;
    }
    switch (connection.phase) {
        case Phase::parked:
            connection.parked->give_up();
            enter(connection, Phase::unparking);
            hand_over(connection, Transfer::Status::wants_write);
            return;
        case Phase::head:
            if (connection.input().empty()) {
                // A connection may be idle after its first request. Before that, an idle client
                // counts as too slow.
                if (!connection.served) {
                    serving_.timeouts.fetch_add(1, std::memory_order_relaxed);
                }
                close(connection);
                return;
            }
            [[fallthrough]];
        case Phase::received:
        case Phase::body:
            serving_.timeouts.fetch_add(1, std::memory_order_relaxed);
            refuse(connection, {.status = 408, .detail = "The request came too slowly."});
            serve(connection);
            return;
        case Phase::unparking:
        case Phase::writing:
            serving_.timeouts.fetch_add(1, std::memory_order_relaxed);
            [[fallthrough]];
        case Phase::lingering:
            close(connection);
            return;
    }
}

void Worker::part(Connection& connection) {
    switch (connection.phase) {
        case Phase::head:
            if (connection.input().empty() && !has_unread(connection)) {
                close(connection);
            } else {
                hand_over(connection, Transfer::Status::wants_write);
            }
            return;
        case Phase::parked:
            if (connection.parked->gives_up_on_stop()) {
                expire(connection);
            } else if (!connection.parked->settle(connection)) {
                hand_over(connection, Transfer::Status::wants_write);
            }
            return;
        case Phase::body:
        case Phase::lingering:
            hand_over(connection, Transfer::Status::wants_read);
            return;
        case Phase::received:
        case Phase::unparking:
        case Phase::writing:
            hand_over(connection, Transfer::Status::wants_write);
            return;
    }
}

}  // namespace threatatlas::net
