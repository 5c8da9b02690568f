#pragma once

#include <string>
#include <sys/socket.h>
#include <vector>

#include "http/net/transport.hpp"

namespace threatatlas::net {

/// An address of the network, without a port.
struct NetworkAddress {
    sockaddr_storage bytes{};
    socklen_t size = 0;

    /// As people write it: "127.0.0.1", "::1", "fe80::1%eth0".
    std::string text() const;
};

/// All addresses that a host stands for, none twice. "*" stands for all addresses of this machine,
/// of both families. Throws std::runtime_error with a sentence if there are none.
std::vector<NetworkAddress> addresses_of_host(const std::string& host);

/// Sockets that listen on one port.
struct ListeningSockets {
    std::vector<Descriptor> sockets;
    /// The address of each.
    std::vector<std::string> addresses;
    /// Addresses that this machine does not have, such as ::1 where IPv6 is switched off.
    std::vector<std::string> unavailable;
    int port = 0;
};

/// Listens on each of the addresses that this machine has, on the same port of all; port 0: one
/// that is free on all. `host` is what they stand for. Throws std::runtime_error with a sentence if
/// the machine has none of them, or if the port of one of them cannot be taken: a client that is
/// told a name may try any of its addresses, and must not reach another program there.
ListeningSockets listen_on(const std::vector<NetworkAddress>& addresses, const std::string& host,
                           int port);

}  // namespace threatatlas::net
