#include "http/ops/client_address.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(client_address_test)

using namespace std::string_literals;
using namespace threatatlas;
using namespace threatatlas::ops;

namespace {

const TrustedProxies two_proxies(std::vector<std::string>{"10.0.0.7", "2001:db8::7"});

std::string client(const std::string& peer, std::initializer_list<std::string> forwarded,
                   const TrustedProxies& proxies = two_proxies) {
    httplib::Request request;
    request.remote_addr = peer;
    for (const auto& value : forwarded) {
        request.headers.emplace("x-forwarded-for", value);
    }
    return proxies.client_of(request);
}

}  // namespace

BOOST_AUTO_TEST_CASE(an_address_has_one_text) {
    BOOST_TEST(canonical_address("10.0.0.7").value() == "10.0.0.7");
    BOOST_TEST(canonical_address("2001:0DB8:0:0::7").value() == "2001:db8::7");
    BOOST_TEST(canonical_address("::ffff:10.0.0.7").value() == "10.0.0.7");
    BOOST_TEST(canonical_address("::FFFF:0a00:0007").value() == "10.0.0.7");
    for (const auto& text : {""s, "10.0.0"s, "10.0.0.256"s, "010.0.0.7"s, "10.0.0.7 "s,
                             "10.0.0.7:80"s, "[::1]"s, "::1%lo"s, "a"s, "10.0.0.7\0x"s}) {
        BOOST_TEST(!canonical_address(text).has_value(), text);
    }
}

BOOST_AUTO_TEST_CASE(an_ipv6_client_is_a_network) {
    BOOST_TEST(client_network("192.0.2.1") == "192.0.2.1");
    BOOST_TEST(client_network("2001:db8:1:2:3:4:5:6") == "2001:db8:1:2::/64");
    BOOST_TEST(client_network("2001:db8:1:2::") == "2001:db8:1:2::/64");
    BOOST_TEST(client_network("2001:db8:1:3::") == "2001:db8:1:3::/64");
    BOOST_TEST(client_network("::1") == "::/64");
    BOOST_TEST(client_network("") == "");
    BOOST_TEST(client_network("somewhere") == "somewhere");
}

BOOST_AUTO_TEST_CASE(only_this_machine_is_loopback) {
    for (const auto* const host :
         {"127.0.0.1", "127.9.9.9", "::1", "localhost", "::ffff:127.0.0.1"}) {
        BOOST_TEST(is_loopback(host), host);
    }
    for (const auto* const host :
         {"0.0.0.0", "::", "10.0.0.7", "example.org", "127.example.org", ""}) {
        BOOST_TEST(!is_loopback(host), host);
    }
}

BOOST_AUTO_TEST_CASE(a_trusted_proxy_names_the_client) {
    BOOST_TEST(client("10.0.0.7", {"192.0.2.1"}) == "192.0.2.1");
    BOOST_TEST(client("::ffff:10.0.0.7", {"192.0.2.1"}) == "192.0.2.1");
    BOOST_TEST(client("2001:db8::7", {"2001:DB8::1"}) == "2001:db8::1");
    BOOST_TEST(client("10.0.0.7", {}) == "10.0.0.7");
}

BOOST_AUTO_TEST_CASE(the_last_of_many_addresses_is_used) {
    BOOST_TEST(client("10.0.0.7", {"198.51.100.1, 192.0.2.1"}) == "192.0.2.1");
    BOOST_TEST(client("10.0.0.7", {"10.0.0.7,\t192.0.2.1"}) == "192.0.2.1");
    BOOST_TEST(client("10.0.0.7", {"198.51.100.1", "192.0.2.1"}) == "192.0.2.1");
}

BOOST_AUTO_TEST_CASE(a_malformed_header_is_ignored) {
    for (const auto* const value :
         {"", ",", "192.0.2.1,", "unknown", "192.0.2.1:1234", "[2001:db8::1]", "for=192.0.2.1",
          "192.0.2.1, _hidden", "999.0.2.1"}) {
        BOOST_TEST(client("10.0.0.7", {value}) == "10.0.0.7", value);
    }
}

BOOST_AUTO_TEST_CASE(headers_of_untrusted_clients_are_ignored) {
    BOOST_TEST(client("10.0.0.8", {"192.0.2.1"}) == "10.0.0.8");
    BOOST_TEST(client("192.0.2.1", {"10.0.0.7"}) == "192.0.2.1");
}

BOOST_AUTO_TEST_CASE(every_address_of_a_trusted_network_is_trusted) {
    const TrustedProxies networks(
        std::vector<std::string>{"10.0.0.0/8", "172.16.0.0/12", "192.0.2.128/25", "198.51.100.7/32",
                                 "fd00::/8", "2001:db8:0:8000::/49", "::1/128"});
    for (const auto* const proxy :
         {"10.0.0.0", "10.255.255.255", "::ffff:10.1.2.3", "172.16.0.1", "172.31.255.255",
          "192.0.2.128", "192.0.2.255", "198.51.100.7", "fd00::1", "fdff:ffff::1",
          "2001:db8:0:8000::", "2001:db8:0:ffff::1", "::1"}) {
        BOOST_TEST(client(proxy, {"203.0.113.1"}, networks) == "203.0.113.1", proxy);
    }
    for (const auto* const other :
         {"9.255.255.255", "11.0.0.0", "172.15.255.255", "172.32.0.0", "192.0.2.127",
          "198.51.100.6", "fc00::1", "fe00::1", "2001:db8:0:7fff::1", "2001:db8:1::", "::2"}) {
        BOOST_TEST(client(other, {"203.0.113.1"}, networks) == other, other);
    }
}

BOOST_AUTO_TEST_CASE(a_network_of_no_bits_contains_all_addresses_of_its_family) {
    const TrustedProxies v4(std::vector<std::string>{"0.0.0.0/0"});
    BOOST_TEST(client("192.0.2.1", {"203.0.113.1"}, v4) == "203.0.113.1");
    BOOST_TEST(client("2001:db8::1", {"203.0.113.1"}, v4) == "2001:db8::1");
    const TrustedProxies v6(std::vector<std::string>{"::/0"});
    BOOST_TEST(client("192.0.2.1", {"203.0.113.1"}, v6) == "192.0.2.1");
    BOOST_TEST(client("2001:db8::1", {"203.0.113.1"}, v6) == "203.0.113.1");
}

BOOST_AUTO_TEST_CASE(a_malformed_network_is_refused) {
    const std::vector<std::pair<std::string, std::string>> faults{
        {"10.0.0.7/8", "give 10.0.0.0/8 for the network, or 10.0.0.7"},
        {"192.0.2.129/25", "give 192.0.2.128/25"},
        {"fd00::1/8", "give fd00::/8"},
        {"2001:db8:0:8000::1/49", "give 2001:db8:0:8000::/49"},
        {"10.0.0.0/33", "from 0 to 32"},
        {"fd00::/129", "from 0 to 128"},
        {"10.0.0.0/", "from 0 to 32"},
        {"10.0.0.0/08", "from 0 to 32"},
        {"10.0.0.0/+8", "from 0 to 32"},
        {"10.0.0.0/-1", "from 0 to 32"},
        {"10.0.0.0/8/8", "from 0 to 32"},
        {"10.0.0.0/255.0.0.0", "from 0 to 32"},
        {"10.0.0.0/ 8", "from 0 to 32"},
        {"::ffff:10.0.0.0/104", "as IPv4"},
        {"10/8", "is not an address"},
        {"/8", "is not an address"},
        {"", "is not an address"},
        {"proxy.example.org", "is not an address"},
    };
    for (const auto& [text, advice] : faults) {
        try {
            const TrustedProxies refused(std::vector<std::string>{text});
            BOOST_ERROR(text << " was taken");
        } catch (const BadNetwork& error) {
            BOOST_TEST(std::string(error.what()).find(advice) != std::string::npos, error.what());
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
