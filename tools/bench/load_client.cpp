#include "load_client.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <ctime>
#include <optional>
#include <stdexcept>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <utility>

#include <fmt/format.h>
#include <strings.h>

#include "socket.hpp"

namespace threatatlas::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t read_bytes = 65'536;

[[noreturn]] void fail(std::string_view doing) {
    throw std::runtime_error(fmt::format("the load client: {}: {}", doing, std::strerror(errno)));
}

// The size of the response at the start of `bytes`, head and body; nullopt if it is incomplete.
std::optional<std::size_t> answer_bytes(std::string_view bytes) {
    constexpr std::string_view head_end = "\r\n\r\n";
    constexpr std::string_view length_name = "content-length:";
    const std::size_t end = bytes.find(head_end);
    if (end == std::string_view::npos) {
        return std::nullopt;
    }
    std::size_t length = 0;
    for (std::size_t line = 0; line < end;) {
        const std::size_t line_end = std::min(bytes.find("\r\n", line), end);
        if (line_end - line > length_name.size() &&
            ::strncasecmp(bytes.data() + line, length_name.data(), length_name.size()) == 0) {
            const char* digits = bytes.data() + line + length_name.size();
            digits += *digits == ' ' ? 1 : 0;
            std::from_chars(digits, bytes.data() + line_end, length);
            break;
        }
        line = line_end + 2;
    }
    const std::size_t all = end + head_end.size() + length;
    return bytes.size() < all ? std::nullopt : std::optional(all);
}

class Load {
  public:
    explicit Load(const LoadPlan& plan)
        : plan_(plan), epoll_(::epoll_create1(EPOLL_CLOEXEC)), buffer_(read_bytes) {
        result_.per_connection.resize(plan.connections);
        for (std::size_t i = 0; i < plan.connections; ++i) {
            connections_.push_back({connect_to(plan.port), {}, {}});
            epoll_event event{};
            event.events = EPOLLIN;
            event.data.u64 = i;
            if (::epoll_ctl(epoll_.number(), EPOLL_CTL_ADD, connections_[i].socket.number(),
                            &event) != 0) {
                fail("watching a connection");
            }
        }
    }

    LoadResult run() {
        const auto busy_before = processor_time();
        const auto started = Clock::now();
        deadline_ = started + plan_.duration;
        for (std::size_t i = 0; i < connections_.size(); ++i) {
            send_next(i);
        }
        std::array<epoll_event, 128> events{};
        while (waiting_ > 0) {
            const int count = ::epoll_wait(epoll_.number(), events.data(),
                                           static_cast<int>(events.size()), 60'000);
            if (count == 0 || (count < 0 && errno != EINTR)) {
                fail(count == 0 ? "no response within a minute" : "waiting for responses");
            }
            for (int i = 0; i < count; ++i) {
                receive(events[static_cast<std::size_t>(i)].data.u64);
            }
        }
        result_.seconds = std::chrono::duration<double>(Clock::now() - started).count();
        result_.client_busy = (processor_time() - busy_before) / result_.seconds;
        return std::move(result_);
    }

  private:
    struct Connection {
        Descriptor socket;
        Clock::time_point sent;
        std::string received;  // of an incomplete response
    };

    static double processor_time() {
        timespec time{};
        ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
    }

    void send_next(std::size_t index) {
        Connection& connection = connections_[index];
        connection.sent = Clock::now();
        if (connection.sent >= deadline_) {
            return;
        }
        // Blocking: bodies exceed the socket's buffer, and the sender waits for them in any case.
        std::string_view rest = plan_.next_request(index);
        while (!rest.empty()) {
            const ssize_t sent =
                ::send(connection.socket.number(), rest.data(), rest.size(), MSG_NOSIGNAL);
            if (sent < 0) {
                fail("sending");
            }
            rest.remove_prefix(static_cast<std::size_t>(sent));
        }
        ++waiting_;
    }

    void receive(std::size_t index) {
        Connection& connection = connections_[index];
        const ssize_t got =
            ::recv(connection.socket.number(), buffer_.data(), buffer_.size(), MSG_DONTWAIT);
        if (got < 0 && errno == EAGAIN) {
            return;
        }
        if (got <= 0) {
            fail(got == 0 ? "the server closed a connection" : "receiving");
        }
        std::string_view bytes(buffer_.data(), static_cast<std::size_t>(got));
        if (!connection.received.empty()) {
            connection.received += bytes;
            bytes = connection.received;
        }
        if (!answer_bytes(bytes)) {
            if (connection.received.empty()) {
                connection.received = bytes;
            }
            return;
        }
        take_answer(index, bytes);
        connection.received.clear();
        send_next(index);
    }

    void take_answer(std::size_t index, std::string_view answer) {
        --waiting_;
        if (!answer.starts_with("HTTP/1.1 2")) {
            if (++result_.errors == 1) {
                result_.first_error = answer.substr(0, 600);
            }
            return;
        }
        const auto took = Clock::now() - connections_[index].sent;
        result_.latencies_nanos.push_back(static_cast<std::uint32_t>(
            std::min<std::int64_t>(Nanoseconds(took).count(), UINT32_MAX)));
        ++result_.answers;
        ++result_.per_connection[index];
    }

    const LoadPlan& plan_;
    Descriptor epoll_;
    std::vector<Connection> connections_;
    std::vector<char> buffer_;
    Clock::time_point deadline_;
    std::size_t waiting_ = 0;
    LoadResult result_;
};

}  // namespace

double LoadResult::slowest_share() const {
    if (per_connection.empty() || answers == 0) {
        return 1;
    }
    const double mean = static_cast<double>(answers) / static_cast<double>(per_connection.size());
    const auto slowest = *std::min_element(per_connection.begin(), per_connection.end());
    return static_cast<double>(slowest) / mean;
}

LoadResult run_load(const LoadPlan& plan) {
    return Load(plan).run();
}

std::string make_request(std::string_view method, std::string_view target, std::string_view token,
                         std::string_view content_type, std::string_view body) {
    std::string request = fmt::format("{} {} HTTP/1.1\r\nHost: 127.0.0.1\r\n", method, target);
    if (!token.empty()) {
        request += fmt::format("Authorization: Bearer {}\r\n", token);
    }
    if (!content_type.empty()) {
        request +=
            fmt::format("Content-Type: {}\r\nContent-Length: {}\r\n", content_type, body.size());
    }
    request += "\r\n";
    request += body;
    return request;
}

}  // namespace threatatlas::bench
