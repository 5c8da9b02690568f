#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "http/net/transport.hpp"

namespace threatatlas::net {

/// Limits of one exchange with a server that may be hostile.
struct ExchangeLimits {
    std::chrono::milliseconds connect_time_max = std::chrono::seconds(3);  ///< for each address
    /// From the beginning of the exchange to its end, whatever happens in between.
    std::chrono::milliseconds time_max = std::chrono::seconds(10);
    std::size_t head_bytes_max = std::size_t{16} << 10U;
    std::size_t head_lines_max = 100;
    /// Of everything after the first head: framing and further heads count.
    std::size_t body_bytes_max = std::size_t{64} << 10U;
};

/// An HTTP/1.1 client that limits what it takes of a server, in bytes, lines and time. Each
/// exchange has a connection of its own. Follows no redirects, unpacks nothing, sends no
/// credentials.
class BoundedClient {
  public:
    /// `origin`: "https://host:port", without a path. Throws std::runtime_error if TLS cannot be
    /// set up.
    BoundedClient(const std::string& origin, const ExchangeLimits& limits);
    BoundedClient(const BoundedClient&) = delete;
    BoundedClient& operator=(const BoundedClient&) = delete;

    struct Answer {
        int status = 0;  ///< 0: there is no answer
        std::string body;
        std::string fault;  ///< why there is none, as part of a sentence
    };
    /// By one thread at a time.
    Answer post(const std::string& path, const std::string& content_type, const std::string& body);

    /// Ends a post() that is under way, and later ones at their beginning. From any thread.
    void stop();

    struct Endpoint {
        bool speaks_tls = false;
        std::string host;  ///< a name or an address, without brackets
        int port = 0;
    };

  private:
    const ExchangeLimits limits_;
    const Endpoint endpoint_;
    const TlsContext tls_;   ///< null: plain
    const Descriptor stop_;  ///< an event that becomes readable with stop()
};

}  // namespace threatatlas::net
