#include "http/net/listening_sockets.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <memory>
#include <netinet/in.h>
#include <optional>
#include <stdexcept>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <netdb.h>

namespace threatatlas::net {
namespace {

/// The length of the queue of connections that were not accepted yet. If it is full, clients have
/// to retry.
constexpr int backlog_connections_max = 1'024;
/// A port that is free on one address may be in use on another, although that is rare.
constexpr int free_port_attempts_max = 32;

/// The reason for an errno value, as part of a sentence.
std::string reason(int error) {
    switch (error) {
        case EADDRINUSE:
            return "the port is taken by another program";
        case EACCES:
            return "that port needs more rights";
        case EADDRNOTAVAIL:
        case EAFNOSUPPORT:
            return "the host is not an address of this machine";
        default:
            return std::strerror(error);
    }
}

bool is_unavailable(int error) {
    return error == EADDRNOTAVAIL || error == EAFNOSUPPORT;
}

bool is_ipv4(const NetworkAddress& address) {
    return address.bytes.ss_family == AF_INET;
}

void set_port(sockaddr_storage& address, int port) {
    const in_port_t number = htons(static_cast<std::uint16_t>(port));
    if (address.ss_family == AF_INET6) {
        reinterpret_cast<sockaddr_in6&>(address).sin6_port = number;
    } else {
        reinterpret_cast<sockaddr_in&>(address).sin_port = number;
    }
}

int port_of(int socket) {
    sockaddr_storage address{};
    socklen_t size = sizeof(address);
    if (::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
        return 0;
    }
    return ntohs(address.ss_family == AF_INET6
                     ? reinterpret_cast<const sockaddr_in6&>(address).sin6_port
                     : reinterpret_cast<const sockaddr_in&>(address).sin_port);
}

/// A listening socket, or nullopt with the reason in errno. With `ipv6_alone`, an IPv6 socket does
/// not accept IPv4 connections.
std::optional<Descriptor> open_socket(NetworkAddress address, int port, bool ipv6_alone) {
    set_port(address.bytes, port);
    Descriptor socket(
        ::socket(address.bytes.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP));
    if (socket.get() < 0) {
        return std::nullopt;
    }
    const int yes = 1;
    // Not SO_REUSEPORT, which would let two servers share the port unnoticed.
    ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    if (ipv6_alone && address.bytes.ss_family == AF_INET6) {
        ::setsockopt(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof(yes));
    }
    if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address.bytes), address.size) !=
            0 ||
        ::listen(socket.get(), backlog_connections_max) != 0) {
        const int error = errno;
        socket.reset();
        errno = error;
        return std::nullopt;
    }
    return socket;
}

/// An address on which the port cannot be opened.
struct Obstacle {
    int error = 0;
    std::string address;
    int port = 0;
};

/// Opens all sockets, or returns the first obstacle. With port 0, the first socket chooses the port
/// and the others use the same one.
std::optional<Obstacle> open_all(const std::vector<NetworkAddress>& addresses, int port,
                                 ListeningSockets& opened) {
    // A socket for [::] accepts connections of both families unless it is limited to IPv6, as is
    // needed if there is also one for 0.0.0.0.
    const bool ipv6_alone = std::any_of(addresses.begin(), addresses.end(), is_ipv4);
    opened = {};
    opened.port = port;
    for (const NetworkAddress& address : addresses) {
        std::string text = address.text();
        auto socket = open_socket(address, opened.port, ipv6_alone);
        if (!socket && !is_unavailable(errno)) {
            return Obstacle{errno, std::move(text), opened.port};
        }
        if (!socket) {
            opened.unavailable.push_back(std::move(text));
            continue;
        }
        opened.port = port_of(socket->get());
        opened.sockets.push_back(*std::move(socket));
        opened.addresses.push_back(std::move(text));
    }
    if (opened.sockets.empty()) {
        return Obstacle{EADDRNOTAVAIL, {}, port};
    }
    return std::nullopt;
}

}  // namespace

std::string NetworkAddress::text() const {
    std::array<char, NI_MAXHOST> host{};
    if (::getnameinfo(reinterpret_cast<const sockaddr*>(&bytes), size, host.data(), host.size(),
                      nullptr, 0, NI_NUMERICHOST) != 0) {
        return {};
    }
    return host.data();
}

std::vector<NetworkAddress> addresses_of_host(const std::string& host) {
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_PASSIVE;
    addrinfo* list = nullptr;
    // A null host requests the wildcard addresses; getaddrinfo() then requires a service.
    const int error = ::getaddrinfo(host == "*" ? nullptr : host.c_str(), "0", &hints, &list);
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(list, &::freeaddrinfo);
    std::vector<NetworkAddress> addresses;
    for (const addrinfo* info = error == 0 ? list : nullptr; info != nullptr;
         info = info->ai_next) {
        NetworkAddress address{.bytes = {}, .size = info->ai_addrlen};
        std::memcpy(&address.bytes, info->ai_addr, info->ai_addrlen);
        const auto is_same = [&](const NetworkAddress& other) {
            return other.size == address.size &&
                   std::memcmp(&other.bytes, &address.bytes, address.size) == 0;
        };
        if (std::none_of(addresses.begin(), addresses.end(), is_same)) {
            addresses.push_back(address);
        }
    }
    if (addresses.empty()) {
        throw std::runtime_error(
            fmt::format("cannot listen on {}: the host is not an address of this machine, nor the "
                        "name of one: {}",
                        host, error == 0 ? "it has no address" : ::gai_strerror(error)));
    }
    return addresses;
}

ListeningSockets listen_on(const std::vector<NetworkAddress>& addresses, const std::string& host,
                           int port) {
    ListeningSockets opened;
    std::optional<Obstacle> obstacle;
    for (int attempt = 0; attempt < free_port_attempts_max; ++attempt) {
        obstacle = open_all(addresses, port, opened);
        if (!obstacle) {
            return opened;
        }
        if (port != 0 || obstacle->error != EADDRINUSE) {
            break;
        }
    }
    std::string why = reason(obstacle->error);
    if (!obstacle->address.empty() && obstacle->address != host) {
        why += " on " + obstacle->address;
    }
    throw std::runtime_error(fmt::format("cannot listen on {}:{}: {}", host, obstacle->port, why));
}

}  // namespace threatatlas::net
