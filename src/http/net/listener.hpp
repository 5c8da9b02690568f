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
#include "http/net/problem.hpp"

namespace threatatlas::net {

/// Where the listener listens, and every limit it keeps.
struct ListenerOptions {
    /// An address, a name, which stands for all of its addresses, or "*" for all of the machine.
    std::string host = "127.0.0.1";
    /// 0: any free port, see Listener::port().
    int port = 0;
    /// Threads that run handlers. A worker never waits for an idle connection, so a few are enough
    /// for many connections; handlers that wait for something else
    /// use Exchange::io_wait_hook() or Exchange::park().
    std::size_t workers = 8;
    /// So many of them run at once; the others while one of these waits. 0: two for each processor.
    std::size_t workers_at_once = 0;
    /// PEM files, both or neither: with them the port speaks TLS only.
    std::string tls_certificate_file = {};
    std::string tls_key_file = {};

    /// What does not fit gets 503 and is closed: descriptors and buffers are finite.
    std::size_t connections_max = 2'048;
    /// 414 beyond.
    std::size_t request_line_bytes_max = 8'000;
    /// 431 beyond, for one field line, for all of them together, and for their number.
    std::size_t header_line_bytes_max = 8'000;
    std::size_t header_bytes_max = 16'384;
    std::size_t header_count_max = 100;

    /// A body announced as no longer than this is awaited without a worker; a longer or a chunked
    /// one holds a worker, at most half of them at once.
    std::size_t body_prefetch_bytes_max = 16'384;
    /// Answers that wait for their clients to read them: so much for each connection, and so much
    /// for all together beyond that. What does not fit holds a worker, within the same half.
    std::size_t connection_output_bytes_free = 32'768;
    std::size_t output_bytes_max = std::size_t{64} << 20U;

    /// From a request's first byte to the end of its head: a byte a second must not last for ever.
    std::chrono::milliseconds head_ms_max{10'000};
    /// A kept connection without a request. Its whole seconds are promised to the client, which may
    /// send its next request just before they are over; so the connection is kept a little longer.
    std::chrono::milliseconds idle_ms_max{60'000};
    std::chrono::milliseconds idle_grace_ms{1'000};
    /// Between two pieces of a body, and for all of it: 8 MiB on a slow line.
    std::chrono::milliseconds body_idle_ms_max{10'000};
    std::chrono::milliseconds body_ms_max{60'000};
    /// For a client that does not read its answer: without any progress, and for all of it.
    std::chrono::milliseconds write_idle_ms_max{20'000};
    std::chrono::milliseconds write_ms_max{300'000};
    /// For what a client still sends to a connection that is being closed.
    std::chrono::milliseconds linger_ms_max{2'000};
    /// Requests, by their paths, that are answered even while all workers are blocked in handlers,
    /// by a disk that hangs for instance. Their own handlers never wait. Empty: none.
    std::function<bool(std::string_view path)> is_probe = {};
    /// All workers count as held up if none has begun to handle a request for so long, although
    /// some have come.
    std::chrono::milliseconds held_up_ms{250};
    /// After stop(): requests under way may take so long, then they are cut off.
    std::chrono::milliseconds drain_ms_max{10'000};
};

/// Fills in the response to a request that was parked. Runs on a worker thread, once. The response
/// is a new one, not that of the handler's call. The rules of RequestHandler hold for it.
using Completion = std::function<void(httplib::Response&)>;

/// The handle on a parked request: copyable, usable from any thread, also after the client or the
/// listener has gone.
class ParkedRequest {
  public:
    class State;
    explicit ParkedRequest(std::shared_ptr<State> state) : state_(std::move(state)) {}

    /// Answers the request: true if this call is the one that does, false if it was answered
    /// before (its time was over, or the server is draining) or its connection is gone. Does not
    /// wait. A Completion that throws is answered like a handler that throws. `held` is let go when
    /// the last byte of the answer was sent, or the connection is gone: it stands for the memory
    /// that the answer takes until then.
    bool complete(Completion completion, std::shared_ptr<void> held = nullptr) const;
    /// Whether complete() would answer it, as things stand, and its client has not closed.
    bool is_awaited() const;
    /// Has `end` called once, as soon as nobody waits for the answer any more: it was given, or the
    /// client or the listener has gone. At once if that is so already. From any thread; `end` is
    /// cheap and throws nothing.
    void on_end(std::function<void()> end) const;
    /// From now on the request waits for something that may not come: a server that stops answers
    /// it with `otherwise` at once, and so it is answered when its time is up.
    void give_up_on_stop(Completion otherwise) const;

  private:
    std::shared_ptr<State> state_;
};

/// How long a request may stay parked, and what it is told then.
struct ParkLimit {
    std::chrono::milliseconds wait_ms_max{30'000};
    Completion otherwise;
    /// True: a server that is stopping answers with `otherwise` at once (a long poll). False: it
    /// waits for complete() (a write that is on its way to the disk).
    bool give_up_on_stop = false;
    /// True: nobody needs the answer once the client has closed its connection, or its sending half
    /// of it, as no client does that still waits (a read). False: the answer is made and sent all
    /// the same (a write).
    bool give_up_on_close = false;
};

/// What a handler may do with its request, beyond reading its head. Belongs to the listener; valid
/// during the handler's call, on its thread.
class Exchange {
  public:
    virtual ~Exchange() = default;

    /// Whether the request said how its body ends (Content-Length, also 0, or chunked).
    virtual bool announces_body() const = 0;

    /// The whole body, inflated if it came with Content-Encoding: gzip. At most once a request.
    /// The string's capacity leaves `body_padding_bytes` behind its end, for simdjson.
    /// Throws Rejection: 411 not announced · 413 longer than bytes_max, before or after inflating ·
    /// 400 broken framing or gzip, or the client has gone · 408 too slow · 415 another coding ·
    /// 503 too many slow bodies at once.
    virtual std::string read_body(std::size_t bytes_max) = 0;

    /// The request will be answered by ParkedRequest::complete(), and the Response of the handler's
    /// call is dropped. No worker is held meanwhile. The body must have been read.
    virtual ParkedRequest park(ParkLimit limit) = 0;

    /// The worker's permit to run: begin() before the handler waits for something, such as the
    /// disk, so that another worker runs meanwhile; end() after that. Null if no worker is held.
    virtual base::IoWaitHook* io_wait_hook() = 0;
};

inline constexpr std::size_t body_padding_bytes = 64;

/// Answers one request: every method and every path comes here. Runs on many threads at once.
///
/// Of the request these are set: method, target, path (still percent-encoded), version, headers and
/// the addresses of both ends. The query is the rest of the target; see query_of(). The body is
/// read from the Exchange.
/// Of the response these are sent: status (not set: 200), headers and body, all at once; content
/// providers, ranges and trailers of cpp-httplib are not. A status of 400 or more without a body
/// becomes a problem. Fields that frame the message or concern the connection are the listener's
/// own; `Connection: close` ends the connection.
/// If it throws, a Rejection is answered with its problem, anything else with a 500 without
/// details.
using RequestHandler = std::function<void(const httplib::Request&, httplib::Response&, Exchange&)>;

/// Told of each request that the listener refuses by itself, before any handler saw it: the status
/// it was answered with, and the address of who sent it. Runs on many threads at once.
using RefusalObserver = std::function<void(int status, const std::string& remote_ip)>;

/// The part of a request's target after its question mark, still percent-encoded.
std::string_view query_of(const httplib::Request& request);

struct ListenerStats {
    std::uint64_t connections_open = 0;
    std::uint64_t connections_accepted = 0;
    /// Turned away because connections_max were open.
    std::uint64_t connections_refused = 0;
    /// Given to the handler.
    std::uint64_t requests_handled = 0;
    /// Answered by the listener itself: not HTTP as it should be, or over a limit.
    std::uint64_t requests_refused = 0;
    /// Cut off because the client was too slow.
    std::uint64_t timeouts = 0;
};

/// An HTTP/1.1 server. Handlers see requests and responses as cpp-httplib's types; parsing,
/// framing, waiting, limits and time-outs are done here.
class Listener {
  public:
    Listener(ListenerOptions options, RequestHandler handler, RefusalObserver refused = {});
    ~Listener();
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

    /// Takes the port, on each address of the host. Throws std::runtime_error with a sentence for
    /// the operator.
    void bind();
    /// The port taken by bind(), the same on all addresses.
    int port() const;
    /// The addresses on which it was taken, and those of the host that this machine does not have.
    const std::vector<std::string>& addresses() const;
    const std::vector<std::string>& unavailable() const;
    /// Serves until stop(); returns when the last request is answered or the drain time is over.
    void run();
    /// Reads the certificate and its key again, for connections that come from now on; those that
    /// are open keep theirs. Throws std::runtime_error with a sentence for the operator, and the
    /// old ones stay in use. After bind() of a listener that speaks TLS; from any thread.
    void reload_tls();
    /// Ends run(). From any thread, and from a signal handler.
    void stop() noexcept;
    /// From any thread.
    ListenerStats stats() const;

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace threatatlas::net
