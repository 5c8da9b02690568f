// Heads of requests that arrive in pieces.

#include <algorithm>
#include <array>
#include <string>

#include "fuzz/fuzz_target.hpp"
#include "http/net/problem.hpp"
#include "http/net/request_head.hpp"

namespace threatatlas::fuzz {
namespace {

// Small limits, so that small inputs exceed them.
constexpr net::HeadLimits head_limits{200, 200, 400, 10};

struct Scan {
    int refused = 0;  // status, or 0
    std::optional<std::size_t> size;

    bool operator==(const Scan&) const = default;
};

Scan scan(std::string_view bytes, std::size_t piece_bytes) {
    net::HeadScanner scanner(head_limits);
    Scan result;
    try {
        std::size_t come = 0;
        do {
            come = std::min(bytes.size(), come + piece_bytes);
            result.size = scanner.scan(bytes.substr(0, come));
        } while (!result.size && come < bytes.size());
    } catch (const net::Rejection& rejection) {
        result.refused = rejection.problem().status;
    }
    return result;
}

bool is_one_of(int status, std::initializer_list<int> statuses) {
    return std::find(statuses.begin(), statuses.end(), status) != statuses.end();
}

void check_target(const net::RequestHead& head) {
    require(head.target == "*" ? head.method == "OPTIONS" : head.target.starts_with('/'),
            "a target is in origin-form");
    require(std::count(head.target.begin(), head.target.end(), '?') <= 1,
            "a target contains at most one question mark");
    require(std::all_of(head.target.begin(), head.target.end(),
                        [](char c) { return c > 0x20 && c < 0x7f; }),
            "a target contains only visible ASCII");
}

void check_fields(const net::RequestHead& head) {
    require(head.fields.count("Host") == 1 || (!head.version_1_1 && head.fields.count("Host") == 0),
            "a request has one Host");
    require(head.fields.count("Content-Length") <= 1 && head.fields.count("Transfer-Encoding") <= 1,
            "a body has one length");
    for (const auto* const name : {"REMOTE_ADDR", "REMOTE_PORT", "LOCAL_ADDR", "LOCAL_PORT"}) {
        require(head.fields.count(name) == 0, "clients cannot set the library's internal headers");
    }
    for (const auto& [name, value] : head.fields) {
        require(!name.empty() && name.find_first_of(" \t\r\n:") == std::string::npos,
                "a field name is a token");
        require(value.find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos,
                "a field value is one line");
    }
}

}  // namespace
}  // namespace threatatlas::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace threatatlas;
    using namespace threatatlas::fuzz;
    const std::string_view bytes = bytes_of(data, size);
    const Scan whole = scan(bytes, std::max<std::size_t>(1, bytes.size()));
    const Scan pieces = scan(bytes, 1);
    if (whole.refused == 0) {
        require(whole == pieces, "a head is parsed the same in any pieces");
    } else {
        // A head with two faults may be refused for either.
        require(pieces.refused != 0, "a head is refused in any pieces");
        require(is_one_of(whole.refused, {400, 414, 431}), "refusals have status 400, 414 or 431");
    }
    if (!whole.size) {
        return 0;
    }
    require(*whole.size <= bytes.size() && bytes.substr(0, *whole.size).ends_with("\r\n\r\n"),
            "a head ends with an empty line");
    try {
        const net::RequestHead head = net::parse_head(bytes.substr(0, *whole.size), head_limits);
        check_target(head);
        check_fields(head);
        require(!head.chunked || !head.content_length, "a body has one kind of framing");
        require(!head.chunked || head.version_1_1, "HTTP/1.0 has no chunks");
    } catch (const net::Rejection& rejection) {
        require(is_one_of(rejection.problem().status, {400, 413, 417, 431, 501, 505}),
                "a refusal has a known status");
    }
    return 0;
}
