#include "http/client_address.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cstdint>
#include <iterator>
#include <netinet/in.h>

namespace threatatlas {
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

// What stands behind the last comma of the last such field.
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

std::string TrustedProxies::client_of(const httplib::Request& request) const {
    std::string peer = canonical_address(request.remote_addr).value_or(request.remote_addr);
    if (!addresses_.contains(peer)) {
        return peer;
    }
    return canonical_address(last_forwarded(request)).value_or(std::move(peer));
}

}  // namespace threatatlas
