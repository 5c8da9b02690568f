#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "http/net/body_decoder.hpp"
#include "http/net/listener.hpp"
#include "http/net/request_head.hpp"
#include "http/net/transport.hpp"

namespace threatatlas::net {

using Clock = std::chrono::steady_clock;

/// The two ends of a connection, as numbers.
struct Addresses {
    std::string remote_ip;
    int remote_port = -1;
    std::string local_ip;
    int local_port = -1;
};

/// Output of all connections that waits for clients to read, beyond a free part for each: so many
/// slow readers cannot fill the memory. Thread-safe.
class OutputBudget {
  public:
    OutputBudget(std::size_t bytes_max, std::size_t connection_bytes_free)
        : bytes_max_(bytes_max), connection_bytes_free_(connection_bytes_free) {}

    /// How many of `wanted` more bytes a connection that holds `held` may keep; they are booked.
    std::size_t grow(std::size_t held, std::size_t wanted);
    void shrink(std::size_t from, std::size_t to);

  private:
    std::size_t booked(std::size_t held) const {
        return held > connection_bytes_free_ ? held - connection_bytes_free_ : 0;
    }

    const std::size_t bytes_max_;
    const std::size_t connection_bytes_free_;
    std::atomic<std::size_t> booked_bytes_ = 0;
};

/// What is known of one client: its bytes, and how far its current request has come. Belongs to
/// one thread at a time, see ConnectionPool.
class Connection {
  public:
    enum class Phase {
        /// Waiting for a request, or within its head.
        head,
        /// The head is there, and a worker has to begin the request.
        received,
        /// The head is there, a short body is awaited before a worker is spent on it.
        body,
        /// The handler has parked the request.
        parked,
        /// Its time is over, a worker has to say so.
        unparking,
        /// The answer is known, the client has to read it.
        writing,
        /// Nothing more is written; what the client still sends is thrown away, so that closing
        /// does not destroy the answer on its way (RFC 9112, section 9.6).
        lingering
    };

    Connection(std::unique_ptr<Transport> transport, Addresses addresses, const HeadLimits& limits,
               OutputBudget& budget);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    int descriptor() const { return transport_->descriptor(); }
    const Addresses& addresses() const { return addresses_; }

    /// Came, and not consumed yet. Invalid after fill() and consume().
    std::string_view input() const { return std::string_view(input_).substr(input_begin_); }
    void consume(std::size_t bytes);
    /// One read into `scratch`, added to the input.
    Transfer fill(std::span<char> scratch);
    /// One read past the input, which is empty or of no interest any more.
    Transfer read(std::span<char> into) { return transport_->read(into); }

    /// Takes as much as the budget allows; writes past it once nothing else is waiting. Not after
    /// attach(), until all is sent.
    /// The number of bytes taken, 0 if flush() must come first, nothing if the client is gone.
    std::optional<std::size_t> write(std::string_view bytes);
    /// Sends a body after all that was written, from where it is. It does not count in the budget:
    /// `held` stands for its memory, and is let go with it.
    void attach(std::string bytes, std::shared_ptr<void> held);
    bool output_pending() const {
        return output_begin_ < output_.size() || attached_begin_ < attached_.size();
    }
    /// Writes until all is written (`moved`) or the client must be waited for.
    Transfer::Status flush();
    void end_writing() { transport_->end_writing(); }

    Phase phase = Phase::head;
    /// When the phase began; lingering, writing and a body have limits for the whole.
    Clock::time_point phase_began = Clock::now();
    bool keep_alive = true;
    /// Whether a request has been answered; before the first one there is less patience.
    bool served = false;
    /// A single empty line before a request is let pass (RFC 9112, section 2.2).
    bool empty_line_passed = false;
    HeadScanner scanner;
    /// The current request, from the end of its head until its answer is written.
    std::optional<RequestHead> request;
    std::optional<BodyDecoder> body;
    std::shared_ptr<ParkedRequest::State> parked;

    /// Set by the pool: which slot this is.
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
