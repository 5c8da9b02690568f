#include "http/net/inflater.hpp"

#include <array>
#include <new>

#include <fmt/format.h>

#include "http/net/problem.hpp"

namespace threatatlas::net {
namespace {

constexpr int gzip_window_bits = 15 + 16;

[[noreturn]] void refuse_gzip() {
    throw Rejection({.status = 400, .detail = "The body is not one whole gzip stream."});
}

}  // namespace

Inflater::Inflater() {
    if (inflateInit2(&stream_, gzip_window_bits) != Z_OK) {
        throw std::bad_alloc();
    }
}

Inflater::~Inflater() {
    inflateEnd(&stream_);
}

void Inflater::add(std::string_view packed, std::string& out, std::size_t bytes_max) {
    // zlib does not modify its input, although next_in is not a pointer to const.
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
    stream_.avail_in = static_cast<uInt>(packed.size());
    std::array<char, 16'384> room;
    // A full output buffer may mean that zlib has more output, even if no input is left.
    bool more = !packed.empty();
    while (more) {
        if (ended_) {
            refuse_gzip();
        }
        stream_.next_out = reinterpret_cast<Bytef*>(room.data());
        stream_.avail_out = static_cast<uInt>(room.size());
        const int result = inflate(&stream_, Z_NO_FLUSH);
        if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR) {
            refuse_gzip();
        }
        ended_ = result == Z_STREAM_END;
        const auto size = room.size() - stream_.avail_out;
        if (size > bytes_max - out.size()) {
            throw Rejection(
                {.status = 413,
                 .detail = fmt::format("The unpacked body is longer than {} bytes.", bytes_max)});
        }
        out.append(room.data(), size);
        more = stream_.avail_in > 0 || (stream_.avail_out == 0 && !ended_);
    }
}

void Inflater::finish() const {
    if (!ended_) {
        refuse_gzip();
    }
}

}  // namespace threatatlas::net
