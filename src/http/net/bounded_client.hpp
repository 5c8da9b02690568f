#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "http/net/transport.hpp"

namespace threatatlas::net {

/// Limits of one exchange with a server that may be hostile.
struct ExchangeLimits {
    std::chrono::milliseconds connect_time_max = std::chrono::seconds(3);  ///< for each address
    /// For the whole exchange, from its start to its end.
    std::chrono::milliseconds time_max = std::chrono::seconds(10);
    std::size_t head_bytes_max = std::size_t{16} << 10U;
    std::size_t head_lines_max = 100;
    /// For everything after the first head, including framing and further heads.
    std::size_t body_bytes_max = std::size_t{64} << 10U;
};

/// An HTTP/1.1 client that limits how many bytes and lines it accepts from a server, and how long
/// it waits. Each exchange uses a new connection. Does not follow redirects, does not decompress,
/// and sends no credentials.
class BoundedClient {
  public:
    /// `origin` is "https://host:port" without a path. Throws std::runtime_error if TLS cannot be
    /// set up.
    BoundedClient(const std::string& origin, const ExchangeLimits& limits);
    BoundedClient(const BoundedClient&) = delete;
    BoundedClient& operator=(const BoundedClient&) = delete;

    /// The response, or the reason why there is none.
    struct Answer {
        int status = 0;  ///< 0 if there is no response
        std::string body;
        std::string fault;  ///< the reason, as part of a sentence
    };
    /// Sends one request and reads the response. Must not be called by two threads at once.
    Answer post(const std::string& path, const std::string& content_type, const std::string& body);

    /// Ends a running post(), and makes later calls fail at once. May be called from any thread.
    void stop();

    /// The server, as parsed from the origin.
    struct Endpoint {
        bool speaks_tls = false;
        std::string host;  ///< a name or an address, without brackets
        int port = 0;
    };

  private:
    const ExchangeLimits limits_;
    const Endpoint endpoint_;
    const TlsContext tls_;   ///< null for plain HTTP
    const Descriptor stop_;  ///< becomes readable when stop() is called
};

}  // namespace threatatlas::net
