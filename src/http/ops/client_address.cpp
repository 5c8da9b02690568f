#include "http/ops/client_address.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>
#include <iterator>
#include <netinet/in.h>

#include <fmt/format.h>

namespace threatatlas::ops {
namespace {

template <class Number>
std::optional<std::string> read_and_write(int family, const std::string& text, Number& number) {
    std::array<char, INET6_ADDRSTRLEN> written{};
    if (::inet_pton(family, text.c_str(), &number) != 1 ||
        ::inet_ntop(family, &number, written.data(), written.size()) == nullptr) {
        return std::nullopt;
    }
    return written.data();
}

using Bytes = std::array<std::uint8_t, 16>;

// `canonical` is an IPv6 address if it contains a colon.
Bytes bytes_of(const std::string& canonical) {
    Bytes bytes{};
    ::inet_pton(canonical.find(':') == std::string::npos ? AF_INET : AF_INET6, canonical.c_str(),
                bytes.data());
    return bytes;
}

std::string text_of(bool is_v4, const Bytes& bytes) {
    std::array<char, INET6_ADDRSTRLEN> written{};
    ::inet_ntop(is_v4 ? AF_INET : AF_INET6, bytes.data(), written.data(), written.size());
    return written.data();
}

// The bytes with all bits after the prefix cleared.
Bytes cut_to(const Bytes& bytes, unsigned prefix_bits) {
    Bytes kept{};
    for (unsigned i = 0; i < kept.size() && prefix_bits > 0; ++i) {
        const unsigned bits = std::min(prefix_bits, 8U);
        kept[i] = static_cast<std::uint8_t>(bytes[i] & (0xFFU << (8 - bits)));
        prefix_bits -= bits;
    }
    return kept;
}

// A prefix length without sign or leading zeros; nullopt if it is malformed or larger than
// `bits_max`.
std::optional<unsigned> parse_prefix(std::string_view text, unsigned bits_max) {
    unsigned bits = 0;
    const char* const end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, bits);
    const bool has_zero_in_front = text.size() > 1 && text.front() == '0';
    if (error != std::errc{} || stopped != end || bits > bits_max || has_zero_in_front) {
        return std::nullopt;
    }
    return bits;
}

// The text after the last comma of the last X-Forwarded-For field.
std::string_view last_forwarded(const httplib::Request& request) {
    const auto [first, end] = request.headers.equal_range("X-Forwarded-For");
    if (first == end) {
        return {};
    }
    std::string_view last = std::prev(end)->second;
    last.remove_prefix(last.rfind(',') + 1);
    const auto begin = std::min(last.find_first_not_of(" \t"), last.size());
    last.remove_prefix(begin);
    return last;
}

}  // namespace

std::optional<std::string> canonical_address(std::string_view text) {
    const std::string whole(text);
    if (whole.find('\0') != std::string::npos) {
        return std::nullopt;
    }
    ::in_addr v4{};
    if (auto written = read_and_write(AF_INET, whole, v4)) {
        return written;
    }
    ::in6_addr v6{};
    auto written = read_and_write(AF_INET6, whole, v6);
    constexpr std::string_view mapped = "::ffff:";
    if (written && IN6_IS_ADDR_V4MAPPED(&v6)) {
        return written->substr(mapped.size());
    }
    return written;
}

std::string client_network(const std::string& address) {
    ::in6_addr v6{};
    if (::inet_pton(AF_INET6, address.c_str(), &v6) != 1) {
        return address;
    }
    constexpr std::size_t network_bytes = 8;
    std::fill(std::begin(v6.s6_addr) + network_bytes, std::end(v6.s6_addr), std::uint8_t{0});
    std::array<char, INET6_ADDRSTRLEN> written{};
    ::inet_ntop(AF_INET6, &v6, written.data(), written.size());
    return std::string(written.data()) + "/64";
}

bool is_loopback(std::string_view host) {
    const auto address = canonical_address(host);
    return address ? *address == "::1" || address->starts_with("127.") : host == "localhost";
}

TrustedProxies::TrustedProxies(std::span<const std::string> texts) {
    for (const std::string& text : texts) {
        networks_.push_back(parse(text));
    }
}

TrustedProxies::Network TrustedProxies::parse(const std::string& text) {
    const std::size_t slash = text.find('/');
    const auto address = canonical_address(text.substr(0, slash));
    if (!address) {
        throw BadNetwork(
            fmt::format("\"{}\" is not an address or network: give an address (10.0.0.7, "
                        "2001:db8::7) or a network (10.0.0.0/8, fd00::/8)",
                        text));
    }
    Network network{.is_v4 = address->find(':') == std::string::npos, .bytes = bytes_of(*address)};
    const unsigned bits_max = network.is_v4 ? 32 : 128;
    network.prefix_bits = bits_max;
    if (slash == std::string::npos) {
        return network;
    }
    if (network.is_v4 && text.find(':') < slash) {
        throw BadNetwork(fmt::format(
            "\"{}\" is an IPv4 network written as IPv6: write it as IPv4, for example 10.0.0.0/8",
            text));
    }
    const auto prefix_bits = parse_prefix(std::string_view(text).substr(slash + 1), bits_max);
    if (!prefix_bits) {
        throw BadNetwork(fmt::format("\"{}\" needs a prefix length from 0 to {} after the slash",
                                     text, bits_max));
    }
    network.prefix_bits = *prefix_bits;
    const Bytes right = cut_to(network.bytes, *prefix_bits);
    if (right != network.bytes) {
        throw BadNetwork(
            fmt::format("\"{}\" has bits set after its prefix: give {}/{} for the network, or {} "
                        "for the address alone",
                        text, text_of(network.is_v4, right), *prefix_bits, *address));
    }
    return network;
}

bool TrustedProxies::trusts(const std::string& canonical) const {
    const bool is_v4 = canonical.find(':') == std::string::npos;
    const Bytes bytes = bytes_of(canonical);
    return std::any_of(networks_.begin(), networks_.end(), [&](const Network& network) {
        return network.is_v4 == is_v4 && cut_to(bytes, network.prefix_bits) == network.bytes;
    });
}

std::string TrustedProxies::client_of(const httplib::Request& request) const {
    auto peer = canonical_address(request.remote_addr);
    if (!peer || !trusts(*peer)) {
        return peer.value_or(request.remote_addr);
    }
    return canonical_address(last_forwarded(request)).value_or(*peer);
}

}  // namespace threatatlas::ops
