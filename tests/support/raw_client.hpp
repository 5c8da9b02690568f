#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

#include "http/net/listener.hpp"
#include "http/net/transport.hpp"
#include "support/eventually.hpp"

namespace threatatlas::testing {

/// One answer as received, with the names of fields in lower case.
struct RawAnswer {
    int status = 0;
    std::multimap<std::string, std::string> fields;
    std::string body;

    std::string field(const std::string& name) const;
};

/// A client that sends exactly the bytes it is given. A read that takes longer than wait_limit
/// throws std::runtime_error, so that a failing test does not hang.
class RawClient {
  public:
    /// `receive_bytes`: the approximate receive buffer; 0: the default of the system.
    explicit RawClient(int port, int receive_bytes = 0);

    void send(std::string_view bytes);
    /// Sends as much as the socket accepts without blocking.
    std::size_t send_until_full(std::string_view bytes);
    void end_sending();
    /// Whether data has arrived; does not wait.
    bool has_answer() const;
    /// Reads one answer, by its Content-Length; none for HEAD.
    RawAnswer read_answer(bool has_body = true);
    /// Everything up to the end of the connection.
    std::string read_rest();
    /// Waits for the end of the connection; false if data arrives first.
    bool is_closed() { return read_rest().empty(); }
    RawAnswer ask(std::string_view bytes);

    int descriptor() const { return socket_.get(); }
    int local_port() const;

  private:
    bool read_more();

    net::Descriptor socket_;
    std::string buffered_;
};

/// A listener that runs in its own thread for the duration of a test.
class RunningListener {
  public:
    RunningListener(net::ListenerOptions options, net::RequestHandler handler);
    ~RunningListener() { stop(); }

    net::Listener& operator*() { return listener_; }
    net::Listener* operator->() { return &listener_; }
    int port() const { return listener_.port(); }
    /// Returns when run() has returned.
    void stop();

  private:
    net::Listener listener_;
    std::thread thread_;
};

}  // namespace threatatlas::testing
