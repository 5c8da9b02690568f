#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/share_owner.hpp"
#include "http/net/body_decoder.hpp"
#include "http/net/listener.hpp"
#include "http/net/request_head.hpp"
#include "http/net/transport.hpp"

namespace threatatlas::net {

/// The clock of all deadlines in this module.
using Clock = std::chrono::steady_clock;

/// The addresses of both ends in numeric form. A port is -1 if it is not known.
struct Addresses {
    std::string remote_ip;
    int remote_port = -1;
    std::string local_ip;
    int local_port = -1;
};

/// Limits the memory for output that clients have not read yet. Each connection may buffer a
/// certain amount freely; everything beyond that counts towards a common limit, so that many slow
/// readers cannot exhaust the memory. Thread-safe.
class OutputBudget {
  public:
    /// `bytes_max` is the common limit and `connection_bytes_free` the free amount of each
    /// connection, both in bytes.
    OutputBudget(std::size_t bytes_max, std::size_t connection_bytes_free)
        : bytes_max_(bytes_max), connection_bytes_free_(connection_bytes_free) {}

    /// Reserves memory for up to `wanted` more bytes of a connection that buffers `held` bytes
    /// already. Returns how many of them it may buffer.
    std::size_t grow(std::size_t held, std::size_t wanted);
    /// Releases memory after the buffer of a connection shrank from `from` to `to` bytes.
    void shrink(std::size_t from, std::size_t to);

  private:
    std::size_t booked(std::size_t held) const {
        return held > connection_bytes_free_ ? held - connection_bytes_free_ : 0;
    }

    const std::size_t bytes_max_;
    const std::size_t connection_bytes_free_;
    std::atomic<std::size_t> booked_bytes_ = 0;
};

/// The state of one client connection: its buffers and the progress of its current request. Owned
/// by one thread at a time, see ConnectionPool.
class Connection {
  public:
    /// The progress of the current request.
    enum class Phase {
        /// Waiting for a request, or reading its head.
        head,
        /// The head is complete, and a worker has to begin the request.
        received,
        /// The head is complete, and a short body is read before a worker is assigned.
        body,
        /// The handler has parked the request.
        parked,
        /// The time limit of the parked request has passed, and a worker has to answer it.
        unparking,
        /// The answer is complete, and the client has to read it.
        writing,
        /// Nothing more is written, and further input is discarded, so that closing the connection
        /// does not destroy an answer that the client has not received yet (RFC 9112, section 9.6).
        lingering
    };

    /// `budget` must outlive the connection.
    Connection(std::unique_ptr<Transport> transport, Addresses addresses, const HeadLimits& limits,
               OutputBudget& budget);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    int descriptor() const { return transport_->descriptor(); }
    const Addresses& addresses() const { return addresses_; }

    /// The bytes that were received and not consumed yet. Invalidated by fill() and consume().
    std::string_view input() const { return std::string_view(input_).substr(input_begin_); }
    /// Removes `bytes` bytes from the front of the input.
    void consume(std::size_t bytes);
    /// Reads once into `scratch` and appends the bytes to the input.
    Transfer fill(std::span<char> scratch);
    /// Reads once without the input buffer, which must be empty or no longer needed.
    Transfer read(std::span<char> into) { return transport_->read(into); }

    /// Buffers as many bytes as the budget allows. Large pieces are first offered to the socket
    /// directly, if no earlier output is pending. Must not be called between attach() and the end
    /// of sending the attached body. Returns the number of bytes accepted, 0 if flush() must be
    /// called first, or nullopt if the connection is broken.
    std::optional<std::size_t> write(std::string_view bytes);
    /// Sends a body after all pending output without copying it. The body does not count towards
    /// the budget: `held` accounts for its memory and is released together with it.
    void attach(std::string bytes, std::shared_ptr<void> held);
    /// Whether output is waiting to be sent.
    bool output_pending() const {
        return output_begin_ < output_.size() || attached_begin_ < attached_.size();
    }
    /// Writes until everything is sent (`moved`), the socket is not ready, or the connection fails.
    Transfer::Status flush();
    /// Closes the sending direction; see Transport::end_writing().
    void end_writing() { transport_->end_writing(); }

    Phase phase = Phase::head;
    /// When the phase began. The time limits of lingering, writing and reading a body count from
    /// here.
    Clock::time_point phase_began = Clock::now();
    /// Whether the connection stays open after the current answer.
    bool keep_alive = true;
    /// Whether a request has been answered. A shorter time limit applies before the first one.
    bool served = false;
    /// Whether an empty line before the request was skipped. One is allowed (RFC 9112, section
    /// 2.2).
    bool empty_line_passed = false;
    HeadScanner scanner;
    /// The current request, set from the end of its head until it was answered.
    std::optional<RequestHead> request;
    std::optional<BodyDecoder> body;
    /// The authenticated client of the current request; nullopt until it is known.
    std::optional<base::ShareOwner> client;
    std::shared_ptr<ParkedRequest::State> parked;

    /// Identifies the slot of the connection. Set by the pool.
    std::uint64_t key = 0;

  private:
    Transfer::Status flush_attached();

    std::unique_ptr<Transport> transport_;
    Addresses addresses_;
    OutputBudget& budget_;
    std::string input_;
    std::size_t input_begin_ = 0;
    std::string output_;
    std::size_t output_begin_ = 0;
    std::string attached_;
    std::size_t attached_begin_ = 0;
    std::shared_ptr<void> held_;
};

}  // namespace threatatlas::net
