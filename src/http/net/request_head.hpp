#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <httplib.h>

namespace threatatlas::net {

/// Limits for request heads. See ListenerOptions for their defaults and reasons.
struct HeadLimits {
    std::size_t request_line_bytes_max;
    std::size_t header_line_bytes_max;
    std::size_t header_bytes_max;
    std::size_t header_count_max;
};

/// Finds the end of a request head in bytes that are received piece by piece. Scans each byte once.
/// Not thread-safe.
class HeadScanner {
  public:
    explicit HeadScanner(const HeadLimits& limits) : limits_(limits) {}

    /// `bytes` is everything received since the beginning of the head. Returns the size of the head
    /// in bytes including its empty line, or nullopt if it is incomplete. Throws Rejection 400 if
    /// it does not begin like HTTP or a line does not end in CR LF, 414, or 431 (RFC 6585, section
    /// 5).
    std::optional<std::size_t> scan(std::string_view bytes);

    const HeadLimits& limits() const { return limits_; }
    /// Prepares for the next head.
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
    /// In origin-form (RFC 9112, section 3.2.1), or `*`. Contains at most one question mark.
    std::string target;
    /// The length of the target up to its question mark, or of the whole target.
    std::size_t path_bytes = 0;
    /// True for HTTP/1.1, false for HTTP/1.0.
    bool version_1_1 = true;
    /// The fields with undecoded values; those with the same name are in their original order. Does
    /// not contain Connection and Expect, which the listener handles, or the names by which
    /// cpp-httplib's own server passes addresses to handlers (REMOTE_ADDR …), so that a client
    /// cannot forge them.
    httplib::Headers fields;

    std::optional<std::uint64_t> content_length;
    bool chunked = false;
    /// The value of Content-Encoding in lower case; empty if there is none.
    std::string content_coding;
    bool expects_continue = false;
    bool keep_alive = true;

    /// The path of the target, still percent-encoded.
    std::string_view path() const { return std::string_view(target).substr(0, path_bytes); }
    /// Whether the request has a Content-Length (including 0) or a chunked body.
    bool announces_body() const { return content_length.has_value() || chunked; }
};

/// Parses a whole head, as found by HeadScanner, and checks it against RFC 9112. Rejects everything
/// that two parsers could interpret differently. Throws Rejection with status 400, 413 (the length
/// exceeds all limits), 417, 431, 501 (unknown method or transfer coding) or 505.
RequestHead parse_head(std::string_view head, const HeadLimits& limits);

}  // namespace threatatlas::net
