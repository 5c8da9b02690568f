#pragma once

// Whose request it is, where a proxy stands in between.

#include <optional>
#include <set>
#include <string>
#include <string_view>

#include <httplib.h>

namespace threatatlas {

// An IPv4 or IPv6 address as a number would be: one text for each, and IPv4 in IPv6 (RFC 4291
// section 2.5.5.2) is IPv4. Nothing where the text is no address.
std::optional<std::string> canonical_address(std::string_view text);

// What one client has to itself: an IPv4 address, or the /64 that an IPv6 address (canonical) lies
// in, of which every host may take any address (RFC 4291 section 2.5.4). Any other text is itself.
std::string client_network(const std::string& address);

// Whether it is an address, or the name, by which only this machine is reached.
bool is_loopback(std::string_view host);

// The proxies whose word counts. Constant after construction; for any thread.
class TrustedProxies {
  public:
    TrustedProxies() = default;
    // Canonical addresses.
    explicit TrustedProxies(std::set<std::string> addresses) : addresses_(std::move(addresses)) {}

    // The client's address: of the connection's other end or, where that is a proxy that is
    // trusted, the last one of X-Forwarded-For, which is the one that this proxy saw. Those before
    // it may be the client's invention; so is the whole header where it comes from anyone else. A
    // header that does not end with an address counts as none.
    std::string client_of(const httplib::Request& request) const;

  private:
    std::set<std::string> addresses_;
};

}  // namespace threatatlas
