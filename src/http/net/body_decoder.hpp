#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "http/net/request_head.hpp"

namespace threatatlas::net {

/// Cuts one request's body out of a connection's bytes, and so knows where the next request begins.
/// RFC 9112, sections 6 and 7.1; what follows a chunk's size and the trailer fields are let go.
/// Keeps no bytes itself. Not thread-safe.
class BodyDecoder {
  public:
    explicit BodyDecoder(const RequestHead& head);

    struct Step {
        /// How many bytes of the input are dealt with.
        std::size_t consumed = 0;
        /// What of them belongs to the body: a part of the input.
        std::string_view data;
    };

    /// Takes the next piece, up to the end of a chunk. Consumes nothing only if `input` is empty or
    /// the body is done. Throws Rejection 400 if the chunks are not in order.
    Step next(std::string_view input);

    /// The body is complete; what follows belongs to the next request.
    bool done() const { return state_ == State::done; }

    /// Body bytes that are known to come: all of them by length, the rest of the chunk otherwise.
    std::uint64_t expected_bytes() const { return state_ == State::data ? remaining_ : 0; }

    /// So many of the expected bytes came another way.
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
