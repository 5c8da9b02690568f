#include "http/net/bounded_client.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <functional>
#include <sys/socket.h>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <httplib.h>
#include <unistd.h>

namespace threatatlas {
namespace {

constexpr int http_port = 80;
constexpr int https_port = 443;

struct Endpoint {
    bool speaks_tls = false;
    std::string host;
    int port = 0;
};

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

// The other end of a connection, as far as the limits go. Reads wait as long as the socket lets
// them.
class BoundedStream final : public httplib::Stream {
  public:
    using CutOff = std::function<void(const std::string& fault)>;

    BoundedStream(int socket, SSL* tls, const ExchangeLimits& limits, CutOff cut_off)
        : socket_(socket), tls_(tls), limits_(limits), cut_off_(std::move(cut_off)) {}

    bool is_readable() const override { return true; }
    bool is_writable() const override { return true; }
    int socket() const override { return socket_; }
    // Of no use to a client.
    void get_remote_ip_and_port(std::string& /*ip*/, int& /*port*/) const override {}
    void get_local_ip_and_port(std::string& /*ip*/, int& /*port*/) const override {}

    // The library asks for the bytes of a head one by one.
    ssize_t read(char* bytes, std::size_t size) override {
        if (begin_ == end_) {
            const ssize_t got = receive();
            if (got <= 0) {
                return got;
            }
            begin_ = 0;
            end_ = static_cast<std::size_t>(got);
            if (!is_within_limits()) {
                end_ = 0;
                return -1;
            }
        }
        const std::size_t given = std::min(size, end_ - begin_);
        std::copy_n(buffer_.begin() + static_cast<std::ptrdiff_t>(begin_), given, bytes);
        begin_ += given;
        return static_cast<ssize_t>(given);
    }

    ssize_t write(const char* bytes, std::size_t size) override {
        return tls_ == nullptr ? ::send(socket_, bytes, size, MSG_NOSIGNAL)
                               : SSL_write(tls_, bytes, clipped(size));
    }

  private:
    static int clipped(std::size_t size) {
        return static_cast<int>(std::min<std::size_t>(size, std::size_t{1} << 20U));
    }

    ssize_t receive() {
        return tls_ == nullptr ? ::recv(socket_, buffer_.data(), buffer_.size(), 0)
                               : SSL_read(tls_, buffer_.data(), clipped(buffer_.size()));
    }

    // Takes account of what was received last. The head ends with the first empty line; one that
    // follows an interim answer is limited as a body is.
    bool is_within_limits() {
        for (std::size_t i = 0; i < end_; ++i) {
            if (!in_head_) {
                body_bytes_ += end_ - i;
                break;
            }
            ++head_bytes_;
            if (buffer_[i] == '\n') {
                ++head_lines_;
                in_head_ = !line_is_empty_;
                line_is_empty_ = true;
            } else if (buffer_[i] != '\r') {
                line_is_empty_ = false;
            }
        }
        return is_at_most(head_bytes_, limits_.head_bytes_max, "bytes before its body") &&
               is_at_most(head_lines_, limits_.head_lines_max, "lines before its body") &&
               is_at_most(body_bytes_, limits_.body_bytes_max, "bytes in its body");
    }

    bool is_at_most(std::size_t count, std::size_t most, std::string_view what) {
        if (count > most) {
            cut_off_(fmt::format("its answer has more than {} {}", most, what));
        }
        return count <= most;
    }

    const int socket_;
    SSL* const tls_;  // null: plain
    const ExchangeLimits& limits_;
    const CutOff cut_off_;

    std::array<char, 4096> buffer_{};
    std::size_t begin_ = 0;  // of what is received but not yet given out
    std::size_t end_ = 0;
    bool in_head_ = true;
    bool line_is_empty_ = false;
    std::size_t head_bytes_ = 0;
    std::size_t head_lines_ = 0;
    std::size_t body_bytes_ = 0;
};

// The library's client, which reads through a stream of ours.
template <class Client>
class LimitedClient final : public Client {
  public:
    LimitedClient(const Endpoint& endpoint, const ExchangeLimits& limits,
                  BoundedStream::CutOff cut_off)
        : Client(endpoint.host, endpoint.port), limits_(limits), cut_off_(std::move(cut_off)) {}

  private:
    bool process_socket(const typename Client::Socket& socket,
                        std::function<bool(httplib::Stream&)> callback) override {
        BoundedStream stream(socket.sock, socket.ssl, limits_, cut_off_);
        return callback(stream);
    }

    const ExchangeLimits& limits_;
    const BoundedStream::CutOff cut_off_;
};

std::unique_ptr<httplib::ClientImpl> make_client(const Endpoint& endpoint,
                                                 const ExchangeLimits& limits,
                                                 BoundedStream::CutOff cut_off) {
    if (endpoint.speaks_tls) {
        return std::make_unique<LimitedClient<httplib::SSLClient>>(endpoint, limits,
                                                                   std::move(cut_off));
    }
    return std::make_unique<LimitedClient<httplib::ClientImpl>>(endpoint, limits,
                                                                std::move(cut_off));
}

}  // namespace

// Cuts an exchange off at its deadline, in whatever call it waits: for a connection, within the
// handshake, between two bytes.
class BoundedClient::Timer {
  public:
    explicit Timer(BoundedClient& client) : client_(client) {
        thread_ = std::thread([this] { run(); });
    }
    ~Timer() {
        {
            const std::lock_guard lock(client_.mutex_);
            client_.is_under_way_ = false;
        }
        client_.ended_.notify_all();
        thread_.join();
    }
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;

  private:
    void run() {
        bool is_late = false;
        {
            std::unique_lock lock(client_.mutex_);
            is_late = !client_.ended_.wait_for(lock, client_.limits_.time_max,
                                               [this] { return !client_.is_under_way_; });
        }
        if (is_late) {
            client_.cut_off(
                fmt::format("it did not answer within {} ms", client_.limits_.time_max.count()));
        }
    }

    BoundedClient& client_;
    std::thread thread_;
};

BoundedClient::BoundedClient(const std::string& origin, const ExchangeLimits& limits)
    : limits_(limits),
      client_(make_client(parse_origin(origin), limits_,
                          [this](const std::string& fault) { cut_off(fault); })) {
    client_->set_connection_timeout(limits_.connect_time_max);
    client_->set_read_timeout(limits_.time_max);
    client_->set_write_timeout(limits_.time_max);
    client_->set_decompress(false);
    client_->set_socket_options([this](int socket) { note_socket(socket); });
}

BoundedClient::~BoundedClient() = default;

BoundedClient::Answer BoundedClient::post(const std::string& path, const std::string& content_type,
                                          std::string body) {
    {
        const std::lock_guard lock(mutex_);
        if (stopped_) {
            return {.status = 0, .body = {}, .fault = "the server is stopping"};
        }
        is_under_way_ = true;
        fault_.clear();
    }
    Answer answer;
    httplib::Request request;
    request.method = "POST";
    request.path = path;
    request.body = std::move(body);
    request.set_header("Content-Type", content_type);
    request.content_receiver = [&answer](const char* data, std::size_t size, std::uint64_t,
                                         std::uint64_t) {
        answer.body.append(data, size);
        return true;
    };
    {
        const Timer timer(*this);
        const auto result = client_->send(request);
        if (result) {
            answer.status = result->status;
        } else {
            answer.fault = httplib::to_string(result.error());
        }
    }
    let_go_of_socket();
    const std::lock_guard lock(mutex_);
    if (!fault_.empty()) {
        answer = {.status = 0, .body = {}, .fault = fault_};
    }
    return answer;
}

void BoundedClient::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopped_ = true;
    }
    cut_off("the server is stopping");
}

// A copy, so that it never becomes the number of another file.
void BoundedClient::note_socket(int socket) {
    let_go_of_socket();
    const std::lock_guard lock(mutex_);
    socket_ = ::fcntl(socket, F_DUPFD_CLOEXEC, 0);
    if (!fault_.empty()) {
        ::shutdown(socket, SHUT_RDWR);
    }
}

void BoundedClient::let_go_of_socket() {
    const std::lock_guard lock(mutex_);
    if (socket_ >= 0) {
        ::close(std::exchange(socket_, -1));
    }
}

void BoundedClient::cut_off(const std::string& fault) {
    const std::lock_guard lock(mutex_);
    if (fault_.empty()) {
        fault_ = fault;
    }
    if (socket_ >= 0) {
        ::shutdown(socket_, SHUT_RDWR);
    }
}

}  // namespace threatatlas
