#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <zlib.h>

namespace threatatlas::net {

/// Decompresses one gzip stream (RFC 1952) piece by piece. Not thread-safe.
class Inflater {
  public:
    /// Throws std::bad_alloc if zlib cannot be initialized.
    Inflater();
    ~Inflater();
    Inflater(const Inflater&) = delete;
    Inflater& operator=(const Inflater&) = delete;

    /// Decompresses `packed` and appends the result to `out`. Throws Rejection 413 as soon as `out`
    /// would exceed `bytes_max` bytes, and 400 if the data is not gzip or continues after the end
    /// of the stream.
    void add(std::string_view packed, std::string& out, std::size_t bytes_max);

    /// Throws Rejection 400 unless the stream is complete, including its checksum.
    void finish() const;

  private:
    z_stream stream_{};
    bool ended_ = false;
};

}  // namespace threatatlas::net
