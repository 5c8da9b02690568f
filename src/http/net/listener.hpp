#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <httplib.h>

#include "base/io_wait_hook.hpp"
#include "base/share_owner.hpp"
#include "http/net/problem.hpp"

namespace threatatlas::net {

/// The addresses that the listener uses, and all its limits.
struct ListenerOptions {
    /// An address, a name (all of its addresses are used), or "*" for all addresses of the machine.
    std::string host = "127.0.0.1";
    /// 0 chooses a free port, see Listener::port().
    int port = 0;
    /// The number of threads that run handlers. A worker never waits for an idle connection, so a
    /// few serve many connections. Handlers that wait for anything else use
    /// Exchange::io_wait_hook() or Exchange::park().
    std::size_t workers = 8;
    /// How many workers run at once; the others run while one of these waits. 0: two per processor.
    std::size_t workers_at_once = 0;
    /// PEM files, either both or neither. If they are set, the port accepts TLS only.
    std::string tls_certificate_file = {};
    std::string tls_key_file = {};

    /// Further connections are answered with 503 (over TLS: without an answer) and closed, as
    /// descriptors and buffers are limited.
    std::size_t connections_max = 2'048;
    /// Longer request lines are answered with 414.
    std::size_t request_line_bytes_max = 8'000;
    /// Exceeding one of these is answered with 431: the length of one field line, the length of all
    /// of them together, and their number.
    std::size_t header_line_bytes_max = 8'000;
    std::size_t header_bytes_max = 16'384;
    std::size_t header_count_max = 100;

    /// A body with an announced length up to this is received before a worker is assigned. A longer
    /// or chunked body occupies a worker while it is received; at most half of the workers wait for
    /// clients at once.
    std::size_t body_prefetch_bytes_max = 16'384;
    /// Limits for answers that clients have not read yet: an amount for each connection, and an
    /// amount for all connections together beyond that. Writing more than that occupies a worker,
    /// within the same limit of half of the workers.
    std::size_t connection_output_bytes_free = 32'768;
    std::size_t output_bytes_max = std::size_t{64} << 20U;

    /// From the first byte of a request to the end of its head, so that a client cannot prolong it
    /// indefinitely by sending single bytes.
    std::chrono::milliseconds head_ms_max{10'000};
    /// How long a connection is kept without a request. The client is told the whole seconds of
    /// idle_ms_max. As it may send a request just before they are over, the connection is kept for
    /// idle_grace_ms longer.
    std::chrono::milliseconds idle_ms_max{60'000};
    std::chrono::milliseconds idle_grace_ms{1'000};
    /// Between two pieces of a body, and for the whole body: enough for 8 MiB on a slow line.
    std::chrono::milliseconds body_idle_ms_max{10'000};
    std::chrono::milliseconds body_ms_max{60'000};
    /// For writing an answer: without any progress, and for the whole answer.
    std::chrono::milliseconds write_idle_ms_max{20'000};
    std::chrono::milliseconds write_ms_max{300'000};
    /// For reading and discarding further input of a connection that is being closed.
    std::chrono::milliseconds linger_ms_max{2'000};
    /// Whether requests with this path are probes, which are answered even while all workers are
    /// blocked in handlers, for example because a disk hangs. The handlers of probes must never
    /// wait. Empty: there are no probes.
    std::function<bool(std::string_view path)> is_probe = {};
    /// Workers count as blocked if none of them has begun to handle a request for this long
    /// although some of them are busy.
    std::chrono::milliseconds held_up_ms{250};
    /// How long requests may still take after stop(). After that they are aborted.
    std::chrono::milliseconds drain_ms_max{10'000};
};

/// Fills in the response to a parked request. Called once, on a worker thread. The response is a
/// new one, independent of the one passed to the handler. The rules of RequestHandler apply.
using Completion = std::function<void(httplib::Response&)>;

/// A handle to a parked request. Copyable. May be used from any thread, also after the client has
/// disconnected or the listener was destroyed.
class ParkedRequest {
  public:
    class State;
    explicit ParkedRequest(std::shared_ptr<State> state) : state_(std::move(state)) {}

    /// Answers the request. Returns true if this call answered it, and false if it was answered
    /// before (because its time limit has passed or the server is stopping) or its connection is
    /// closed. Does not block. A Completion that throws is answered like a handler that throws.
    /// `held` accounts for the memory of the answer; it is released at the latest when the last
    /// byte of the answer was sent or the connection is closed.
    bool complete(Completion completion, std::shared_ptr<void> held = nullptr) const;
    /// Whether complete() would answer the request at this moment, that is, it was not answered yet
    /// and its connection is not closed.
    bool is_awaited() const;
    /// Registers `end`, which is called once as soon as the answer is no longer awaited: it was
    /// given, or the connection is closed. Calls it at once if that is the case already. May be
    /// called from any thread. `end` must be fast and must not throw.
    void on_end(std::function<void()> end) const;
    /// Declares that the request waits for something that may never happen. A server that is
    /// stopping then answers it with `otherwise` at once, which is also the answer when the time
    /// limit has passed.
    void give_up_on_stop(Completion otherwise) const;

  private:
    std::shared_ptr<State> state_;
};

/// How long a request may stay parked, and how it is answered after that.
struct ParkLimit {
    std::chrono::milliseconds wait_ms_max{30'000};
    Completion otherwise;
    /// True: a server that is stopping answers with `otherwise` at once (for example a long poll).
    /// False: the server waits for complete() (for example a write that is being synced to disk).
    bool give_up_on_stop = false;
    /// True: the answer is not needed after the client has closed its connection or its sending
    /// direction, which a client that waits for an answer does not do (for example a read). False:
    /// the answer is made and sent anyway (for example a write).
    bool give_up_on_close = false;
};

/// The operations of a handler on its request, beyond reading its head. Owned by the listener, and
/// valid only during the call of the handler and on its thread.
class Exchange {
  public:
    virtual ~Exchange() = default;

    /// Whether the request has a Content-Length (including 0) or a chunked body.
    virtual bool announces_body() const = 0;

    /// Identifies the authenticated client of this request. Known clients share the workers that
    /// may wait for slow clients: each leaves at least one to others.
    virtual void set_client(base::ShareOwner client) = 0;

    /// Reads the whole body, decompressed if it has Content-Encoding: gzip. May be called at most
    /// once per request. The capacity of the returned string exceeds its size by at least
    /// `body_padding_bytes`, for simdjson. Throws Rejection with status
    /// - 400 if the framing or the gzip data is invalid, or the client has disconnected,
    /// - 408 if the client is too slow,
    /// - 411 if no body was announced,
    /// - 413 if the body is longer than `bytes_max` before or after decompression,
    /// - 415 if the content coding is not supported,
    /// - 429 if as many workers wait for this client as it may occupy,
    /// - 503 if too many workers wait for slow clients, or the server aborts requests to stop.
    virtual std::string read_body(std::size_t bytes_max) = 0;

    /// Parks the request: ParkedRequest::complete() will answer it, and the Response passed to the
    /// handler is discarded. No worker is occupied meanwhile. The body must have been read. Throws
    /// std::logic_error if the request is parked already.
    virtual ParkedRequest park(ParkLimit limit) = 0;

    /// The permit of the worker to run. The handler calls begin() before it waits for something
    /// such as the disk, so that another worker can run meanwhile, and end() after that. Null if no
    /// worker is occupied.
    virtual base::IoWaitHook* io_wait_hook() = 0;
};

/// The unused capacity of a string that Exchange::read_body() returns, in bytes.
inline constexpr std::size_t body_padding_bytes = 64;

/// Answers one request of any method and path. Called on many threads at once.
///
/// These members of the request are set: method, target, path (still percent-encoded), version,
/// headers and the addresses of both ends. For the query, which is the rest of the target, see
/// query_of(). The body is read through the Exchange.
///
/// These members of the response are sent: status (200 if not set), headers and body. Content
/// providers, ranges and trailers of cpp-httplib are not supported. A status of 400 or above
/// without a body is sent as a problem. The listener sets the fields that frame the message or
/// concern the connection itself; `Connection: close` closes the connection after the response.
///
/// A Rejection that the handler throws is answered with its problem, any other exception with
/// status 500 without details.
using RequestHandler = std::function<void(const httplib::Request&, httplib::Response&, Exchange&)>;

/// Called for each request that the listener refuses before a handler is called, with the status of
/// the answer and the address of the client. Called on many threads at once.
using RefusalObserver = std::function<void(int status, const std::string& remote_ip)>;

/// The part of the request target after the question mark, still percent-encoded; a view of
/// `request`.
std::string_view query_of(const httplib::Request& request);

/// Counters since the listener was created, and the current number of open connections.
struct ListenerStats {
    std::uint64_t connections_open = 0;
    std::uint64_t connections_accepted = 0;
    /// Refused because connections_max connections were open, or for lack of memory.
    std::uint64_t connections_refused = 0;
    /// Passed to the handler.
    std::uint64_t requests_handled = 0;
    /// Answered by the listener itself, as they were not valid HTTP or exceeded a limit.
    std::uint64_t requests_refused = 0;
    /// Clients disconnected because they were too slow.
    std::uint64_t timeouts = 0;
};

/// An HTTP/1.1 server. Handlers receive requests and responses as types of cpp-httplib; parsing,
/// framing, waiting, limits and time-outs are implemented here.
class Listener {
  public:
    /// `refused` may be empty.
    Listener(ListenerOptions options, RequestHandler handler, RefusalObserver refused = {});
    ~Listener();
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

    /// Opens the port on each address of the host. Throws std::runtime_error with a sentence for
    /// the operator.
    void bind();
    /// The port that bind() opened, the same on all addresses.
    int port() const;
    /// The addresses on which the port was opened.
    const std::vector<std::string>& addresses() const;
    /// The addresses of the host that this machine does not have.
    const std::vector<std::string>& unavailable() const;
    /// Serves requests until stop() is called. Returns after the last request was answered or
    /// drain_ms_max has passed.
    void run();
    /// Reads the certificate and its key again. New connections use them; open connections keep the
    /// old ones. Throws std::runtime_error with a sentence for the operator and keeps the old ones
    /// if that fails. To be called only after bind(), and only if the listener uses TLS. May be
    /// called from any thread.
    void reload_tls();
    /// Ends run(). May be called from any thread and from a signal handler.
    void stop() noexcept;
    /// May be called from any thread.
    ListenerStats stats() const;

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace threatatlas::net
