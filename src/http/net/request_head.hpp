#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <httplib.h>

namespace threatatlas::net {

/// See ListenerOptions, where the defaults and their reasons are.
struct HeadLimits {
    std::size_t request_line_bytes_max;
    std::size_t header_line_bytes_max;
    std::size_t header_bytes_max;
    std::size_t header_count_max;
};

/// Finds the end of a request's head in bytes that come piece by piece. Scans each byte once. Not
/// thread-safe.
class HeadScanner {
  public:
    explicit HeadScanner(const HeadLimits& limits) : limits_(limits) {}

    /// `bytes`: everything received since the head began. Returns the size of the head, its empty
    /// line included, or nothing if it is incomplete. Throws Rejection: 400 not the beginning of
    /// HTTP, or a line that does not end in CR LF · 414 · 431 (RFC 6585, section 5).
    std::optional<std::size_t> scan(std::string_view bytes);

    const HeadLimits& limits() const { return limits_; }
    /// Begins with a new head.
    void reset() { scanned_ = line_begin_ = lines_ = 0; }

  private:
    void check_line(std::size_t line_bytes) const;

    HeadLimits limits_;
    std::size_t scanned_ = 0;
    std::size_t line_begin_ = 0;
    std::size_t lines_ = 0;
};

/// A request head that has passed all checks.
struct RequestHead {
    std::string method;
    /// In origin-form (RFC 9112, section 3.2.1), or `*`; at most one question mark.
    std::string target;
    /// Up to the target's question mark, or all of the target.
    std::size_t path_bytes = 0;
    /// HTTP/1.1, not HTTP/1.0.
    bool version_1_1 = true;
    /// As they came, those of one name in their order, values not decoded. Without Connection and
    /// Expect, which are the listener's, and without the names under which cpp-httplib's own server
    /// gives addresses to handlers (REMOTE_ADDR …): no client may pass for another one.
    httplib::Headers fields;

    std::optional<std::uint64_t> content_length;
    bool chunked = false;
    /// Content-Encoding, in lower case; empty if there is none.
    std::string content_coding;
    bool expects_continue = false;
    bool keep_alive = true;

    /// Still percent-encoded.
    std::string_view path() const { return std::string_view(target).substr(0, path_bytes); }
    bool announces_body() const { return content_length.has_value() || chunked; }
};

/// Checks a whole head, as HeadScanner found it, against RFC 9112 and parses it. Refuses everything
/// that two readers could understand differently. Throws Rejection: 400 · 413 a length beyond all
/// limits · 417 · 431 · 501 unknown method or transfer coding · 505.
RequestHead parse_head(std::string_view head, const HeadLimits& limits);

}  // namespace threatatlas::net
