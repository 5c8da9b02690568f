#pragma once

// Whose request it is, where a proxy stands in between.

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

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

// A text that is neither an address nor a network. what() is a sentence without full stop that says
// what to give.
class BadNetwork : public std::invalid_argument {
  public:
    using std::invalid_argument::invalid_argument;
};

// The proxies whose word counts. Constant after construction; for any thread.
class TrustedProxies {
  public:
    TrustedProxies() = default;
    // Addresses ("10.0.0.7") and networks ("10.0.0.0/8", "fd00::/8"). A network's address has no
    // bits beyond its prefix. Throws BadNetwork.
    explicit TrustedProxies(std::span<const std::string> texts);

    // The client's address: of the connection's other end or, where that is a proxy that is
    // trusted, the last one of X-Forwarded-For, which is the one that this proxy saw. Those before
    // it may be the client's invention; so is the whole header where it comes from anyone else. A
    // header that does not end with an address counts as none.
    std::string client_of(const httplib::Request& request) const;

  private:
    struct Network {
        bool is_v4 = false;
        std::array<std::uint8_t, 16> bytes{};  // of an IPv4 address the first four
        unsigned prefix_bits = 0;
    };
    static Network parse(const std::string& text);
    bool trusts(const std::string& canonical) const;

    std::vector<Network> networks_;
};

}  // namespace threatatlas
