#include "http/net/listener.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <atomic>
#include <cerrno>
#include <mutex>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <new>
#include <stdexcept>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <system_error>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

#include <poll.h>

#include "http/net/blocking_io_limiter.hpp"
#include "http/net/connection_pool.hpp"
#include "http/net/listening_sockets.hpp"
#include "http/net/response_head.hpp"
#include "http/net/transport.hpp"
#include "http/net/worker.hpp"

namespace threatatlas::net {
namespace {

/// How often deadlines are checked while connections are open.
constexpr std::chrono::milliseconds sweep_interval{50};
constexpr std::chrono::milliseconds drain_interval{5};
/// Per socket and iteration, so that a flood of new connections does not delay the check of
/// deadlines.
constexpr int accepts_max = 1'024;

std::pair<std::string, int> describe(const sockaddr_storage& address) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (address.ss_family == AF_INET) {
        const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
        ::inet_ntop(AF_INET, &v4.sin_addr, text.data(), text.size());
        return {text.data(), ntohs(v4.sin_port)};
    }
    if (address.ss_family == AF_INET6) {
        const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
        ::inet_ntop(AF_INET6, &v6.sin6_addr, text.data(), text.size());
        return {text.data(), ntohs(v6.sin6_port)};
    }
    return {"", -1};
}

Addresses addresses_of(int socket) {
    Addresses result;
    sockaddr_storage address{};
    socklen_t size = sizeof(address);
    if (::getpeername(socket, reinterpret_cast<sockaddr*>(&address), &size) == 0) {
        std::tie(result.remote_ip, result.remote_port) = describe(address);
    }
    size = sizeof(address);
    if (::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) == 0) {
        std::tie(result.local_ip, result.local_port) = describe(address);
    }
    return result;
}

Descriptor event_descriptor() {
    Descriptor descriptor(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (descriptor.get() < 0) {
        throw std::system_error(errno, std::system_category());
    }
    return descriptor;
}

/// Half of the workers may wait for slow clients; the other half serves all other requests.
std::size_t client_waits_max(std::size_t workers) {
    return std::max<std::size_t>(1, workers / 2);
}

/// Two per processor, so that one can run while the other is preempted or blocked.
std::size_t workers_at_once(const ListenerOptions& options) {
    return options.workers_at_once > 0
               ? options.workers_at_once
               : std::max<std::size_t>(2, std::size_t{2} * std::thread::hardware_concurrency());
}

}  // namespace

class Listener::Impl {
  public:
    Impl(ListenerOptions options, RequestHandler handler, RefusalObserver refused)
        : options_(std::move(options)),
          handler_(std::move(handler)),
          refusal_observer_(std::move(refused)),
          limits_{options_.request_line_bytes_max, options_.header_line_bytes_max,
                  options_.header_bytes_max, options_.header_count_max},
          budget_(options_.output_bytes_max, options_.connection_output_bytes_free),
          pool_(options_.connections_max),
          waits_(client_waits_max(options_.workers), cut_off_.get(), pool_),
          places_(workers_at_once(options_)),
          keeper_(serving_) {}

    void bind();
    void run();

    int port() const { return listening_.port; }
    const std::vector<std::string>& addresses() const { return listening_.addresses; }
    const std::vector<std::string>& unavailable() const { return listening_.unavailable; }
    void reload_tls();
    void stop() noexcept { ::eventfd_write(stop_.get(), 1); }
    ListenerStats stats() const {
        return {.connections_open = pool_.open(),
                .connections_accepted = accepted_.load(),
                .connections_refused = refused_.load(),
                .requests_handled = serving_.requests_handled.load(),
                .requests_refused = serving_.requests_refused.load(),
                .timeouts = serving_.timeouts.load()};
    }

  private:
    void accept_some();
    void accept_some(const Descriptor& listening);
    void admit(Descriptor socket);
    std::unique_ptr<Transport> transport_of(Descriptor socket);
    void drain();

    const ListenerOptions options_;
    const RequestHandler handler_;
    const RefusalObserver refusal_observer_;
    const HeadLimits limits_;
    mutable std::mutex tls_mutex_;
    /// Guarded by tls_mutex_; null if the port does not use TLS.
    TlsContext tls_;
    OutputBudget budget_;
    ConnectionPool pool_;
    Descriptor stop_ = event_descriptor();
    Descriptor cut_off_ = event_descriptor();
    BlockingIoLimiter waits_;
    ConcurrencyLimiter places_;
    Serving serving_{options_, handler_, refusal_observer_, pool_, waits_, places_};
    std::atomic<std::uint64_t> accepted_ = 0;
    std::atomic<std::uint64_t> refused_ = 0;

    // Used only by the thread that calls run(), and by bind() before that:
    ListeningSockets listening_;
    /// Handles connections whose deadline has passed, and probes while all workers are blocked.
    Worker keeper_;
};

void Listener::Impl::bind() {
    if (options_.tls_certificate_file.empty() != options_.tls_key_file.empty()) {
        throw std::runtime_error("TLS needs both a certificate and a key");
    }
    if (!options_.tls_certificate_file.empty()) {
        tls_ = make_tls_context(options_.tls_certificate_file, options_.tls_key_file);
    }
    listening_ = listen_on(addresses_of_host(options_.host), options_.host, options_.port);
}

void Listener::Impl::reload_tls() {
    auto anew = make_tls_context(options_.tls_certificate_file, options_.tls_key_file);
    const std::lock_guard lock(tls_mutex_);
    tls_.swap(anew);
}

void Listener::Impl::run() {
    std::vector<std::thread> workers;
    workers.reserve(options_.workers);
    for (std::size_t i = 0; i < options_.workers; ++i) {
        workers.emplace_back([this] { Worker(serving_).run(); });
    }
    std::vector<pollfd> descriptors{{stop_.get(), POLLIN, 0}};
    for (const Descriptor& socket : listening_.sockets) {
        descriptors.push_back({socket.get(), POLLIN, 0});
    }
    while (descriptors.front().revents == 0) {
        const bool idle = pool_.open() == 0;
        ::poll(descriptors.data(), descriptors.size(),
               idle ? -1 : static_cast<int>(sweep_interval.count()));
        accept_some();
        pool_.claim_due(Clock::now(), [this](Connection& due) { keeper_.expire(due); });
        keeper_.answer_probes();
    }
    drain();
    pool_.wake_all();
    for (auto& worker : workers) {
        worker.join();
    }
}

void Listener::Impl::accept_some() {
    for (const Descriptor& socket : listening_.sockets) {
        accept_some(socket);
    }
}

void Listener::Impl::accept_some(const Descriptor& listening) {
    for (int i = 0; i < accepts_max; ++i) {
        Descriptor socket(
            ::accept4(listening.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
        if (socket.get() >= 0) {
            try {
                admit(std::move(socket));
            } catch (const std::bad_alloc&) {
                refused_.fetch_add(1, std::memory_order_relaxed);
            }
        } else if (errno != ECONNABORTED && errno != EINTR) {
            const bool none_left = errno == EAGAIN || errno == EWOULDBLOCK;
            if (!none_left) {
                // Out of descriptors or memory: pending connections stay in the backlog. Sleeping
                // avoids a busy loop.
                std::this_thread::sleep_for(drain_interval);
            }
            return;
        }
    }
}

void Listener::Impl::admit(Descriptor socket) {
    const int yes = 1;
    ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
    if (pool_.full()) {
        refused_.fetch_add(1, std::memory_order_relaxed);
        if (options_.tls_certificate_file.empty()) {
            const auto answer =
                closing_response({.status = 503,
                                  .detail = "Too many connections. Try again later.",
                                  .errors = {},
                                  .headers = {{"Retry-After", "1"}}});
            ::send(socket.get(), answer.data(), answer.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
        }
        return;
    }
    accepted_.fetch_add(1, std::memory_order_relaxed);
    auto addresses = addresses_of(socket.get());
    pool_.add(std::make_unique<Connection>(transport_of(std::move(socket)), std::move(addresses),
                                           limits_, budget_),
              Clock::now() + options_.head_ms_max);
}

std::unique_ptr<Transport> Listener::Impl::transport_of(Descriptor socket) {
    const std::lock_guard lock(tls_mutex_);
    return make_transport(std::move(socket), tls_.get());
}

void Listener::Impl::drain() {
    // Clients that have connected already may have sent a request, so they are still served.
    accept_some();
    listening_.sockets.clear();
    serving_.stopping.store(true);
    const auto end = Clock::now() + options_.drain_ms_max;
    while (pool_.open() > 0 && Clock::now() < end) {
        pool_.claim_due(Clock::now(), [this](Connection& due) { keeper_.expire(due); });
        pool_.claim_due(Clock::time_point::max(),
                        [this](Connection& waiting) { keeper_.part(waiting); });
        std::this_thread::sleep_for(drain_interval);
    }
    ::eventfd_write(cut_off_.get(), 1);
    while (pool_.open() > 0) {
        pool_.claim_due(Clock::time_point::max(),
                        [this](Connection& waiting) { pool_.close(waiting); });
        std::this_thread::sleep_for(drain_interval);
    }
}

Listener::Listener(ListenerOptions options, RequestHandler handler, RefusalObserver refused)
    : impl_(std::make_unique<Impl>(std::move(options), std::move(handler), std::move(refused))) {}
Listener::~Listener() = default;
void Listener::bind() {
    impl_->bind();
}
int Listener::port() const {
    return impl_->port();
}
const std::vector<std::string>& Listener::addresses() const {
    return impl_->addresses();
}
const std::vector<std::string>& Listener::unavailable() const {
    return impl_->unavailable();
}
void Listener::run() {
    impl_->run();
}
void Listener::reload_tls() {
    impl_->reload_tls();
}
void Listener::stop() noexcept {
    impl_->stop();
}
ListenerStats Listener::stats() const {
    return impl_->stats();
}

}  // namespace threatatlas::net
