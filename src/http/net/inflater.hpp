#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <zlib.h>

namespace threatatlas::net {

/// Unpacks one gzip stream (RFC 1952) that comes in pieces. Not thread-safe.
class Inflater {
  public:
    Inflater();
    ~Inflater();
    Inflater(const Inflater&) = delete;
    Inflater& operator=(const Inflater&) = delete;

    /// Adds what `packed` holds to `out`. Throws Rejection: 413 as soon as `out` would be longer
    /// than `bytes_max` · 400 not gzip, or something behind its end.
    void add(std::string_view packed, std::string& out, std::size_t bytes_max);

    /// Throws Rejection 400 unless the stream came to its end, checksum and all.
    void finish() const;

  private:
    z_stream stream_{};
    bool ended_ = false;
};

}  // namespace threatatlas::net
