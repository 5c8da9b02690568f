#pragma once

/// The client's address, also behind trusted proxies.

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <httplib.h>

namespace threatatlas::ops {

/// The canonical text of an IPv4 or IPv6 address. IPv4-mapped IPv6 addresses (RFC 4291 section
/// 2.5.5.2) become IPv4. nullopt if `text` is not an address.
std::optional<std::string> canonical_address(std::string_view text);

/// The addresses that one client controls: an IPv4 address itself, or the /64 of a canonical IPv6
/// address, in which a host may choose any address (RFC 4291 section 2.5.4). Any other text is
/// returned unchanged.
std::string client_network(const std::string& address);

/// True for addresses and names that only this machine can reach.
bool is_loopback(std::string_view host);

/// A text that is neither an address nor a network. what() says what to give, without a full stop.
class BadNetwork : public std::invalid_argument {
  public:
    using std::invalid_argument::invalid_argument;
};

/// Proxies whose X-Forwarded-For is trusted. Immutable; for any thread.
class TrustedProxies {
  public:
    TrustedProxies() = default;
    /// Takes addresses ("10.0.0.7") and networks ("10.0.0.0/8", "fd00::/8"); a network has no bits
    /// set after its prefix. Throws BadNetwork.
    explicit TrustedProxies(std::span<const std::string> texts);

    /// The peer's address or, if the peer is a trusted proxy, the last address in X-Forwarded-For,
    /// which that proxy added. Earlier entries, and the whole header from other peers, can be
    /// forged. A header that does not end with an address is ignored.
    std::string client_of(const httplib::Request& request) const;

  private:
    struct Network {
        bool is_v4 = false;
        std::array<std::uint8_t, 16> bytes{};  // IPv4: the first four
        unsigned prefix_bits = 0;
    };
    static Network parse(const std::string& text);
    bool trusts(const std::string& canonical) const;

    std::vector<Network> networks_;
};

}  // namespace threatatlas::ops
