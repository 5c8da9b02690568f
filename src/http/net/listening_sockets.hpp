#pragma once

#include <string>
#include <sys/socket.h>
#include <vector>

#include "http/net/transport.hpp"

namespace threatatlas::net {

/// A network address without a port.
struct NetworkAddress {
    sockaddr_storage bytes{};
    socklen_t size = 0;

    /// The numeric form, such as "127.0.0.1", "::1" or "fe80::1%eth0".
    std::string text() const;
};

/// All addresses of a host, without duplicates. "*" stands for the wildcard addresses of both
/// families. Throws std::runtime_error with a sentence for the operator if there are none.
std::vector<NetworkAddress> addresses_of_host(const std::string& host);

/// Sockets that listen on the same port.
struct ListeningSockets {
    std::vector<Descriptor> sockets;
    /// The addresses of the sockets, in the same order.
    std::vector<std::string> addresses;
    /// Addresses that this machine does not have, such as ::1 if IPv6 is disabled.
    std::vector<std::string> unavailable;
    int port = 0;
};

/// Listens on each of the addresses that this machine has, with the same port on all of them. Port
/// 0 chooses a port that is free on all. `host` is the name used in messages. Throws
/// std::runtime_error with a sentence for the operator if the machine has none of the addresses, or
/// if the port is in use on one of them: a client may try any address of a name, and must not reach
/// another program there.
ListeningSockets listen_on(const std::vector<NetworkAddress>& addresses, const std::string& host,
                           int port);

}  // namespace threatatlas::net
