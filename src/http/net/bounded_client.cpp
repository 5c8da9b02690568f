#include "http/net/bounded_client.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <netdb.h>
#include <poll.h>

#include "http/net/ascii.hpp"
#include "http/net/body_decoder.hpp"
#include "http/net/problem.hpp"
#include "http/net/request_head.hpp"

namespace threatatlas::net {
namespace {

using Endpoint = BoundedClient::Endpoint;
using SteadyTime = std::chrono::steady_clock::time_point;

constexpr int http_port = 80;
constexpr int https_port = 443;

Endpoint parse_origin(const std::string& origin) {
    constexpr std::string_view https = "https://";
    constexpr std::string_view http = "http://";
    Endpoint endpoint;
    endpoint.speaks_tls = origin.starts_with(https);
    endpoint.port = endpoint.speaks_tls ? https_port : http_port;
    std::string_view rest = origin;
    rest.remove_prefix(std::min(rest.size(), endpoint.speaks_tls ? https.size() : http.size()));
    const std::size_t colon = rest.rfind(':');
    const std::size_t bracket = rest.rfind(']');
    if (colon != std::string_view::npos && (bracket == std::string_view::npos || bracket < colon)) {
        const std::string_view digits = rest.substr(colon + 1);
        std::from_chars(digits.data(), digits.data() + digits.size(), endpoint.port);
        rest = rest.substr(0, colon);
    }
    if (rest.starts_with('[') && rest.ends_with(']')) {
        rest = rest.substr(1, rest.size() - 2);
    }
    endpoint.host = rest;
    return endpoint;
}

/// The value of the Host field. The default port of the scheme is omitted.
std::string host_field(const Endpoint& endpoint) {
    const bool is_ipv6 = endpoint.host.find(':') != std::string::npos;
    std::string host = is_ipv6 ? fmt::format("[{}]", endpoint.host) : endpoint.host;
    const int usual = endpoint.speaks_tls ? https_port : http_port;
    return endpoint.port == usual ? host : fmt::format("{}:{}", host, endpoint.port);
}

/// Aborts an exchange. Its text is part of a sentence.
class ExchangeFault : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

struct AddressesDeleter {
    void operator()(addrinfo* addresses) const noexcept { ::freeaddrinfo(addresses); }
};
using AddressList = std::unique_ptr<addrinfo, AddressesDeleter>;

AddressList addresses_of(const Endpoint& endpoint) {
    addrinfo wanted{};
    wanted.ai_family = AF_UNSPEC;
    wanted.ai_socktype = SOCK_STREAM;
    wanted.ai_flags = AI_NUMERICSERV;
    addrinfo* found = nullptr;
    const auto port = std::to_string(endpoint.port);
    if (::getaddrinfo(endpoint.host.c_str(), port.c_str(), &wanted, &found) != 0) {
        throw ExchangeFault("its host name is not known");
    }
    return AddressList(found);
}

/// The connection of one exchange. Waits neither beyond the deadline nor after stop().
class ServerConnection {
  public:
    /// `stop` is a descriptor that becomes readable to end all waits.
    ServerConnection(const Endpoint& endpoint, SSL_CTX* tls, const ExchangeLimits& limits, int stop)
        : limits_(limits), stop_(stop) {
        wait(-1, 0, std::chrono::steady_clock::now());  // only checks for a stop
        transport_ = make_client_transport(connect(endpoint), tls, endpoint.host);
    }

    void send(std::string_view bytes) {
        while (!bytes.empty()) {
            const Transfer transfer = transport_->write(bytes);
            if (transfer.status == Transfer::Status::moved) {
                bytes.remove_prefix(transfer.bytes);
            } else {
                wait_for(transfer.status);
            }
        }
    }

    /// Returns more bytes of the response, or an empty view at its end. Valid until the next call.
    std::string_view receive() {
        for (;;) {
            const Transfer transfer = transport_->read(buffer_);
            if (transfer.status == Transfer::Status::moved) {
                return {buffer_.data(), transfer.bytes};
            }
            if (transfer.status == Transfer::Status::ended) {
                return {};
            }
            wait_for(transfer.status);
        }
    }

  private:
    Descriptor connect(const Endpoint& endpoint) {
        const AddressList list = addresses_of(endpoint);
        for (const addrinfo* address = list.get(); address != nullptr; address = address->ai_next) {
            Descriptor socket(
                ::socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
            if (socket.get() >= 0 && is_connected(socket.get(), *address)) {
                return socket;
            }
        }
        throw ExchangeFault("no connection could be established");
    }

    bool is_connected(int socket, const addrinfo& address) {
        if (::connect(socket, address.ai_addr, address.ai_addrlen) == 0) {
            return true;
        }
        if (errno != EINPROGRESS ||
            !wait(socket, POLLOUT, std::chrono::steady_clock::now() + limits_.connect_time_max)) {
            return false;
        }
        int error = 0;
        socklen_t size = sizeof(error);
        return ::getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0;
    }

    void wait_for(Transfer::Status wanted) {
        if (wanted != Transfer::Status::wants_read && wanted != Transfer::Status::wants_write) {
            throw ExchangeFault(transport_->fault());
        }
        wait(transport_->descriptor(), wanted == Transfer::Status::wants_read ? POLLIN : POLLOUT,
             deadline_);
    }

    /// Returns false if the socket is not ready before `until`. Throws ExchangeFault after the
    /// deadline of the exchange or a stop.
    bool wait(int socket, short events, SteadyTime until) const {
        std::array<pollfd, 2> descriptors{{{stop_, POLLIN, 0}, {socket, events, 0}}};
        for (;;) {
            const auto left = std::chrono::ceil<std::chrono::milliseconds>(
                std::min(until, deadline_) - std::chrono::steady_clock::now());
            constexpr std::chrono::milliseconds longest = std::chrono::hours(1);
            const auto ms = std::clamp(left, std::chrono::milliseconds(0), longest);
            const int ready =
                ::poll(descriptors.data(), descriptors.size(), static_cast<int>(ms.count()));
            if (ready > 0 && descriptors[0].revents != 0) {
                throw ExchangeFault("the server is stopping");
            }
            if (ready > 0) {
                return true;
            }
            if (std::chrono::steady_clock::now() >= deadline_) {
                throw ExchangeFault(
                    fmt::format("it did not answer within {} ms", limits_.time_max.count()));
            }
            if (std::chrono::steady_clock::now() >= until) {
                return false;
            }
        }
    }

    const ExchangeLimits& limits_;
    const int stop_;
    const SteadyTime deadline_ = std::chrono::steady_clock::now() + limits_.time_max;
    std::unique_ptr<Transport> transport_;
    std::array<char, std::size_t{16} << 10U> buffer_{};
};

/// Reads one response within the limits.
class ResponseReader {
  public:
    ResponseReader(ServerConnection& connection, const ExchangeLimits& limits)
        : connection_(connection), limits_(limits) {}

    BoundedClient::Answer read() {
        BoundedClient::Answer answer;
        do {
            answer.status = read_head();
        } while (answer.status / 100 == 1);
        if (answer.status != 204 && answer.status != 304) {
            read_body(answer.body);
        }
        return answer;
    }

  private:
    /// Reads one head and returns its status.
    int read_head() {
        framing_ = {};
        const std::string status_line = read_line();
        int status = 0;
        constexpr std::size_t status_begin = 9;
        constexpr std::size_t status_end = 12;
        if (!status_line.starts_with("HTTP/1.") || status_line.size() < status_end ||
            std::from_chars(status_line.data() + status_begin, status_line.data() + status_end,
                            status)
                    .ptr != status_line.data() + status_end ||
            status < 100) {
            throw ExchangeFault("its answer is not HTTP/1.1");
        }
        for (std::string line = read_line(); !line.empty(); line = read_line()) {
            read_field(line);
        }
        in_first_head_ = false;
        return status;
    }

    void read_field(std::string_view line) {
        const auto colon = line.find(':');
        const auto name = line.substr(0, colon);
        const auto begin = std::min(line.find_first_not_of(" \t", name.size() + 1), line.size());
        const auto end = line.find_last_not_of(" \t") + 1;
        const auto value = begin < end ? line.substr(begin, end - begin) : std::string_view();
        if (equal_ignoring_case(name, "Transfer-Encoding")) {
            if (framing_.chunked || !equal_ignoring_case(value, "chunked")) {
                throw ExchangeFault("its answer has an unknown transfer coding");
            }
            framing_.chunked = true;
        } else if (equal_ignoring_case(name, "Content-Length")) {
            std::uint64_t length = 0;
            const char* const last = value.data() + value.size();
            const auto parsed = std::from_chars(value.data(), last, length);
            if (parsed.ec != std::errc{} || parsed.ptr != last ||
                framing_.content_length.value_or(length) != length) {
                throw ExchangeFault("the length of its answer is not a number");
            }
            framing_.content_length = length;
        }
    }

    void read_body(std::string& body) {
        require_at_most(body_bytes_, limits_.body_bytes_max, body_unit);
        if (!framing_.chunked && framing_.content_length) {
            require_at_most(*framing_.content_length, limits_.body_bytes_max, body_unit);
        }
        if (!framing_.announces_body()) {
            while (!input_.empty() || fill()) {
                body += std::exchange(input_, {});
            }
            return;
        }
        if (framing_.chunked) {
            framing_.content_length.reset();  // RFC 9112, section 6.3
        }
        BodyDecoder decoder(framing_);
        while (!decoder.done()) {
            if (input_.empty() && !fill()) {
                throw ExchangeFault("its answer ended early");
            }
            const auto step = decoder.next(input_);
            body += step.data;
            input_.remove_prefix(step.consumed);
        }
    }

    /// Reads one line and removes its line end.
    std::string read_line() {
        std::string line;
        for (;;) {
            if (input_.empty() && !fill()) {
                throw ExchangeFault("its answer ended early");
            }
            const auto feed = input_.find('\n');
            const auto bytes =
                std::min(feed == std::string_view::npos ? feed : feed + 1, input_.size());
            line += input_.substr(0, bytes);
            input_.remove_prefix(bytes);
            if (in_first_head_) {
                head_bytes_ += bytes;
                body_bytes_ -= bytes;
                head_lines_ += line.ends_with('\n') ? 1 : 0;
                require_at_most(head_bytes_, limits_.head_bytes_max, "bytes before its body");
                require_at_most(head_lines_, limits_.head_lines_max, "lines before its body");
            }
            if (line.ends_with('\n')) {
                line.pop_back();
                line.resize(line.ends_with('\r') ? line.size() - 1 : line.size());
                return line;
            }
        }
    }

    /// Returns false at the end of the connection. Outside the first head, received bytes count as
    /// body, even if they turn out to be a further head.
    bool fill() {
        input_ = connection_.receive();
        body_bytes_ += input_.size();
        if (!in_first_head_) {
            require_at_most(body_bytes_, limits_.body_bytes_max, body_unit);
        }
        return !input_.empty();
    }

    static void require_at_most(std::size_t count, std::size_t most, std::string_view unit) {
        if (count > most) {
            throw ExchangeFault(fmt::format("its answer has more than {} {}", most, unit));
        }
    }

    static constexpr std::string_view body_unit = "bytes in its body";

    ServerConnection& connection_;
    const ExchangeLimits& limits_;
    RequestHead framing_;  ///< only its framing is used, which is the same in responses
    std::string_view input_;
    bool in_first_head_ = true;
    std::size_t head_bytes_ = 0;
    std::size_t head_lines_ = 0;
    std::size_t body_bytes_ = 0;
};

Descriptor make_event() {
    Descriptor event(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (event.get() < 0) {
        throw std::system_error(errno, std::system_category());
    }
    return event;
}

}  // namespace

BoundedClient::BoundedClient(const std::string& origin, const ExchangeLimits& limits)
    : limits_(limits),
      endpoint_(parse_origin(origin)),
      tls_(endpoint_.speaks_tls ? make_tls_client_context() : nullptr),
      stop_(make_event()) {}

BoundedClient::Answer BoundedClient::post(const std::string& path, const std::string& content_type,
                                          const std::string& body) {
    try {
        ServerConnection connection(endpoint_, tls_.get(), limits_, stop_.get());
        connection.send(
            fmt::format("POST {} HTTP/1.1\r\nHost: {}\r\nAccept: */*\r\nConnection: close\r\n"
                        "Content-Type: {}\r\nContent-Length: {}\r\n\r\n{}",
                        path, host_field(endpoint_), content_type, body.size(), body));
        return ResponseReader(connection, limits_).read();
    } catch (const Rejection&) {
        return {.status = 0, .body = {}, .fault = "the chunks of its answer are not in order"};
    } catch (const std::runtime_error& fault) {
        return {.status = 0, .body = {}, .fault = fault.what()};
    }
}

void BoundedClient::stop() {
    ::eventfd_write(stop_.get(), 1);
}

}  // namespace threatatlas::net
