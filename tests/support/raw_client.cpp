#include "support/raw_client.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <chrono>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdexcept>
#include <sys/socket.h>
#include <utility>

namespace threatatlas::testing {
namespace {

std::string lower_case(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
}

RawAnswer parse_head(std::string_view head) {
    RawAnswer answer;
    if (!head.starts_with("HTTP/1.1 ")) {
        throw std::runtime_error("not an answer: " + std::string(head));
    }
    answer.status = std::stoi(std::string(head.substr(9, 3)));
    head.remove_prefix(head.find("\r\n") + 2);
    while (!head.starts_with("\r\n")) {
        const auto end = head.find("\r\n");
        const auto line = head.substr(0, end);
        const auto colon = line.find(": ");
        answer.fields.emplace(lower_case(std::string(line.substr(0, colon))),
                              line.substr(colon + 2));
        head.remove_prefix(end + 2);
    }
    return answer;
}

}  // namespace

std::string RawAnswer::field(const std::string& name) const {
    const auto found = fields.find(name);
    return found == fields.end() ? "" : found->second;
}

RawClient::RawClient(int port, int receive_bytes)
    : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    if (receive_bytes > 0) {
        ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVBUF, &receive_bytes, sizeof(receive_bytes));
    }
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<in_port_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) !=
        0) {
        throw std::runtime_error("cannot connect");
    }
    const int yes = 1;
    ::setsockopt(socket_.get(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
    const timeval limit{.tv_sec = wait_limit.count(), .tv_usec = 0};
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
}

void RawClient::send(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) {
            // The server has closed the connection; earlier data can still be read.
            return;
        }
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
}

std::size_t RawClient::send_until_full(std::string_view bytes) {
    std::size_t total = 0;
    for (;;) {
        const auto sent =
            ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent <= 0) {
            return total;
        }
        total += static_cast<std::size_t>(sent);
    }
}

void RawClient::end_sending() {
    ::shutdown(socket_.get(), SHUT_WR);
}

bool RawClient::has_answer() const {
    char byte = 0;
    return ::recv(socket_.get(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

bool RawClient::read_more() {
    std::array<char, 65'536> bytes;
    const auto got = ::recv(socket_.get(), bytes.data(), bytes.size(), 0);
    if (got < 0 && errno != ECONNRESET) {
        throw std::runtime_error("nothing came");
    }
    if (got > 0) {
        buffered_.append(bytes.data(), static_cast<std::size_t>(got));
    }
    return got > 0;
}

RawAnswer RawClient::read_answer(bool has_body) {
    std::size_t head_end = std::string::npos;
    while ((head_end = buffered_.find("\r\n\r\n")) == std::string::npos) {
        if (!read_more()) {
            throw std::runtime_error("closed without an answer");
        }
    }
    head_end += 4;
    auto answer = parse_head(std::string_view(buffered_).substr(0, head_end));
    const auto length = answer.field("content-length");
    const std::size_t body_size = has_body && !length.empty() ? std::stoul(length) : 0;
    while (buffered_.size() < head_end + body_size) {
        if (!read_more()) {
            throw std::runtime_error("closed within an answer");
        }
    }
    answer.body = buffered_.substr(head_end, body_size);
    buffered_.erase(0, head_end + body_size);
    return answer;
}

std::string RawClient::read_rest() {
    while (read_more()) {
    }
    return std::exchange(buffered_, "");
}

RawAnswer RawClient::ask(std::string_view bytes) {
    send(bytes);
    return read_answer();
}

int RawClient::local_port() const {
    sockaddr_in address{};
    socklen_t size = sizeof(address);
    ::getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&address), &size);
    return ntohs(address.sin_port);
}

namespace {

// Independent of the number of processors: handlers of tests wait for each other.
net::ListenerOptions with_all_at_once(net::ListenerOptions options) {
    if (options.workers_at_once == 0) {
        options.workers_at_once = options.workers;
    }
    return options;
}

}  // namespace

RunningListener::RunningListener(net::ListenerOptions options, net::RequestHandler handler)
    : listener_(with_all_at_once(std::move(options)), std::move(handler)) {
    listener_.bind();
    thread_ = std::thread([this] { listener_.run(); });
}

void RunningListener::stop() {
    listener_.stop();
    if (thread_.joinable()) {
        thread_.join();
    }
}

}  // namespace threatatlas::testing
