#include "http/net/body_decoder.hpp"

#include <algorithm>

#include "http/net/problem.hpp"

namespace threatatlas::net {
namespace {

/// 15 digits allow for less than 2^60 bytes, more than any limit on a body, and cannot overflow 64
/// bits.
constexpr std::size_t chunk_size_digits_max = 15;
/// Limit for the chunk extensions and trailer fields of one body, which are ignored.
constexpr std::size_t overhead_bytes_max = 4'096;

[[noreturn]] void refuse_chunks() {
    throw Rejection({.status = 400, .detail = "The chunked body is not framed as RFC 9112 asks."});
}

int hex_value(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    const char letter = static_cast<char>(c | 0x20);
    return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

bool is_text(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte == '\t' || (byte >= 0x20 && byte != 0x7f);
}

}  // namespace

BodyDecoder::BodyDecoder(const RequestHead& head)
    : chunked_(head.chunked),
      state_(head.chunked ? State::size_first : State::data),
      remaining_(head.content_length.value_or(0)) {
    if (!chunked_ && remaining_ == 0) {
        state_ = State::done;
    }
}

BodyDecoder::Step BodyDecoder::next(std::string_view input) {
    Step step;
    while (state_ != State::data && state_ != State::done && step.consumed < input.size()) {
        feed(input[step.consumed++]);
    }
    if (state_ == State::data) {
        const auto left = input.size() - step.consumed;
        const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(remaining_, left));
        step.data = input.substr(step.consumed, size);
        step.consumed += size;
        pass(size);
    }
    return step;
}

void BodyDecoder::pass(std::uint64_t bytes) {
    remaining_ -= bytes;
    if (remaining_ == 0) {
        state_ = chunked_ ? State::data_cr : State::done;
    }
}

void BodyDecoder::feed(char c) {
    switch (state_) {
        case State::data_cr:
            return expect(c, '\r', State::data_lf);
        case State::data_lf:
            return expect(c, '\n', State::size_first);
        case State::size_first:
        case State::size:
        case State::extension:
            return feed_size(c);
        case State::size_lf:
            expect(c, '\n', State::data);
            return end_size_line();
        case State::trailer_begin:
        case State::trailer:
            return feed_trailer(c);
        case State::trailer_lf:
            return expect(c, '\n', State::trailer_begin);
        case State::end_lf:
            return expect(c, '\n', State::done);
        case State::data:
        case State::done:
            return;
    }
}

void BodyDecoder::feed_size(char c) {
    if (state_ == State::extension) {
        spend_overhead();
        if (c == '\r') {
            state_ = State::size_lf;
        } else if (!is_text(c)) {
            refuse_chunks();
        }
        return;
    }
    if (const int digit = hex_value(c); digit >= 0) {
        size_digits_ = state_ == State::size_first ? 1 : size_digits_ + 1;
        if (size_digits_ > chunk_size_digits_max) {
            refuse_chunks();
        }
        remaining_ = state_ == State::size_first ? 0 : remaining_ * 16;
        remaining_ += static_cast<unsigned>(digit);
        state_ = State::size;
        return;
    }
    if (state_ == State::size_first) {
        refuse_chunks();
    }
    if (c == '\r') {
        state_ = State::size_lf;
    } else if (c == ';') {
        state_ = State::extension;
    } else {
        refuse_chunks();
    }
}

void BodyDecoder::end_size_line() {
    if (remaining_ == 0) {
        state_ = State::trailer_begin;
    }
}

void BodyDecoder::feed_trailer(char c) {
    if (c == '\r') {
        state_ = state_ == State::trailer_begin ? State::end_lf : State::trailer_lf;
        return;
    }
    spend_overhead();
    if (!is_text(c)) {
        refuse_chunks();
    }
    state_ = State::trailer;
}

void BodyDecoder::expect(char c, char wanted, State then) {
    if (c != wanted) {
        refuse_chunks();
    }
    state_ = then;
}

void BodyDecoder::spend_overhead() {
    if (++overhead_bytes_ > overhead_bytes_max) {
        refuse_chunks();
    }
}

}  // namespace threatatlas::net
