#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "http/net/request_head.hpp"

namespace threatatlas::net {

/// Extracts the body of one request from the bytes of a connection and finds where the next request
/// begins (RFC 9112, sections 6 and 7.1). Chunk extensions and trailer fields are discarded.
/// Buffers nothing. Not thread-safe.
class BodyDecoder {
  public:
    explicit BodyDecoder(const RequestHead& head);

    /// The result of one call of next().
    struct Step {
        /// The number of input bytes that were processed.
        std::size_t consumed = 0;
        /// The part of them that belongs to the body, as a view of the input.
        std::string_view data;
    };

    /// Processes the next piece of input, up to the end of a chunk at most. Consumes nothing only
    /// if `input` is empty or the body is complete. Throws Rejection 400 if the chunked framing is
    /// invalid.
    Step next(std::string_view input);

    /// Whether the body is complete. The bytes that follow belong to the next request.
    bool done() const { return state_ == State::done; }

    /// The number of body bytes known to follow: the rest of the body if its length was announced,
    /// otherwise the rest of the current chunk; 0 between chunks.
    std::uint64_t expected_bytes() const { return state_ == State::data ? remaining_ : 0; }

    /// Counts expected bytes that were read without next(). At most expected_bytes().
    void pass(std::uint64_t bytes);

  private:
    enum class State {
        data,
        data_cr,
        data_lf,
        size_first,
        size,
        extension,
        size_lf,
        trailer_begin,
        trailer,
        trailer_lf,
        end_lf,
        done
    };

    void feed(char c);
    void feed_size(char c);
    void feed_trailer(char c);
    void expect(char c, char wanted, State then);
    void spend_overhead();
    void end_size_line();

    bool chunked_;
    State state_;
    std::uint64_t remaining_ = 0;
    std::size_t size_digits_ = 0;
    std::size_t overhead_bytes_ = 0;
};

}  // namespace threatatlas::net
