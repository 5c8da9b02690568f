#include "http/net/request_head.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "http/net/ascii.hpp"
#include "http/net/problem.hpp"

namespace threatatlas::net {
namespace {

/// More digits than any accepted length has. The value fits into 64 bits.
constexpr std::size_t content_length_digits_max = 18;

[[noreturn]] void refuse(int status, std::string detail) {
    throw Rejection({.status = status, .detail = std::move(detail)});
}

constexpr bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
constexpr bool is_alpha(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
constexpr bool is_hex(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/// A table of the tchar characters of RFC 9110, section 5.6.2, indexed by byte.
constexpr auto token_chars = [] {
    std::array<bool, 256> table{};
    for (const char c : std::string_view("!#$%&'*+-.^_`|~")) {
        table[static_cast<unsigned char>(c)] = true;
    }
    for (int byte = 0; byte < 128; ++byte) {
        const auto c = static_cast<char>(byte);
        table[static_cast<std::size_t>(byte)] |= is_digit(c) || is_alpha(c);
    }
    return table;
}();
constexpr bool is_token_char(char c) {
    return token_chars[static_cast<unsigned char>(c)];
}

/// Whether the byte may be part of a field value (RFC 9110, section 5.5): visible characters,
/// space, tab, and bytes above ASCII.
constexpr bool is_value_char(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte == '\t' || (byte >= 0x20 && byte != 0x7f);
}

bool is_token(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), is_token_char);
}

std::string_view trim(std::string_view text) {
    const auto first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) {
        return {};
    }
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// Removes the next line and returns it without its line end. HeadScanner has checked that each
/// line ends in CR LF.
std::string_view take_line(std::string_view& rest) {
    const auto end = rest.find("\r\n");
    const auto line = rest.substr(0, end);
    rest.remove_prefix(end + 2);
    return line;
}

/// Calls `visit` with each element of a comma-separated list (RFC 9110, section 5.6.1).
template <typename Visit>
void for_each_element(std::string_view list, Visit visit) {
    while (!list.empty()) {
        const auto comma = list.find(',');
        if (const auto element = trim(list.substr(0, comma)); !element.empty()) {
            visit(element);
        }
        list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
    }
}

void check_method(std::string_view method) {
    // CONNECT is missing: it requests a tunnel, and its target has no path.
    static constexpr std::array<std::string_view, 8> known = {
        "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH"};
    if (!is_token(method)) {
        refuse(400, "The request line does not begin with a method.");
    }
    if (std::find(known.begin(), known.end(), method) == known.end()) {
        refuse(501, "This method is not known here.");
    }
}

/// Returns true for HTTP/1.1 and false for HTTP/1.0.
bool check_version(std::string_view version) {
    if (version == "HTTP/1.1") {
        return true;
    }
    if (version == "HTTP/1.0") {
        return false;
    }
    if (version.size() == 8 && version.starts_with("HTTP/") && is_digit(version[5]) &&
        version[6] == '.' && is_digit(version[7])) {
        refuse(505, "Use HTTP/1.1.");
    }
    refuse(400, "The request line is not: method, space, target, space, HTTP/1.1.");
}

void check_target_chars(std::string_view target) {
    for (std::size_t i = 0; i < target.size(); ++i) {
        const char c = target[i];
        if (c < 0x21 || c > 0x7e || c == '#') {
            refuse(400, "Percent-encode what is not plain ASCII in the request target.");
        }
        if (c == '%') {
            if (i + 2 >= target.size() || !is_hex(target[i + 1]) || !is_hex(target[i + 2])) {
                refuse(400, "A percent sign in the request target wants two hexadecimal digits.");
            }
            if (target[i + 1] == '0' && target[i + 2] == '0') {
                refuse(400, "The request target holds a zero byte.");
            }
        }
    }
}

/// Accepts each form of target that a server must accept (RFC 9112, section 3.2) and converts it to
/// origin-form.
void read_target(std::string_view method, std::string_view target, RequestHead& head) {
    check_target_chars(target);
    if (target == "*" && method == "OPTIONS") {
        head.target = target;
        head.path_bytes = 1;
        return;
    }
    for (const std::string_view scheme : {"http://", "https://"}) {
        if (target.size() > scheme.size() &&
            equal_ignoring_case(target.substr(0, scheme.size()), scheme)) {
            const auto path = target.find_first_of("/?", scheme.size());
            target = path == std::string_view::npos ? "/" : target.substr(path);
            break;
        }
    }
    if (target.starts_with('?')) {
        head.target = "/";
    } else if (!target.starts_with('/')) {
        refuse(400, "The request target does not begin with a slash.");
    }
    const auto mark = target.find('?');
    head.target += target.substr(0, mark);
    head.path_bytes = head.target.size();
    if (mark == std::string_view::npos) {
        return;
    }
    head.target += '?';
    // In a query, a question mark is a normal character (RFC 3986, section 3.4). It is always
    // encoded here, so that equal queries have equal targets.
    auto query = target.substr(mark + 1);
    for (auto next = query.find('?'); next != std::string_view::npos; next = query.find('?')) {
        head.target += query.substr(0, next);
        head.target += "%3F";
        query.remove_prefix(next + 1);
    }
    head.target += query;
}

void parse_request_line(std::string_view line, RequestHead& head) {
    const auto first = line.find(' ');
    const auto last = line.rfind(' ');
    if (first == std::string_view::npos || first == last) {
        refuse(400, "The request line is not: method, space, target, space, HTTP/1.1.");
    }
    const auto method = line.substr(0, first);
    head.version_1_1 = check_version(line.substr(last + 1));
    check_method(method);
    head.method = method;
    read_target(method, line.substr(first + 1, last - first - 1), head);
}

/// The framing fields, collected while reading and checked together at the end of the head.
struct Framing {
    std::size_t hosts = 0;
    std::size_t content_lengths = 0;
    std::size_t transfer_encodings = 0;
    bool close = false;
    bool keep_alive = false;
};

void read_content_length(std::string_view value, RequestHead& head) {
    if (value.empty() || !std::all_of(value.begin(), value.end(), is_digit)) {
        refuse(400, "Content-Length is not a number.");
    }
    if (value.size() > content_length_digits_max) {
        refuse(413, "The body is too long.");
    }
    std::uint64_t length = 0;
    std::from_chars(value.data(), value.data() + value.size(), length);
    head.content_length = length;
}

void read_transfer_encoding(std::string_view value, RequestHead& head) {
    for_each_element(value, [&](std::string_view coding) {
        if (head.chunked) {
            refuse(400, "Transfer-Encoding must end with chunked, once.");
        }
        if (!equal_ignoring_case(coding, "chunked")) {
            refuse(501, "The only transfer coding known here is chunked.");
        }
        head.chunked = true;
    });
    if (!head.chunked) {
        refuse(400, "Transfer-Encoding is empty.");
    }
}

void check_host(std::string_view value) {
    const bool plain = std::all_of(value.begin(), value.end(), [](char c) {
        return is_digit(c) || is_alpha(c) ||
               std::string_view("-._~!$&'()*+;=:[]%").find(c) != std::string_view::npos;
    });
    if (!plain) {
        refuse(400, "Host is not a host name with an optional port.");
    }
}

/// Returns true if the field is passed to the handler.
bool read_field(std::string_view name, std::string_view value, RequestHead& head,
                Framing& framing) {
    const auto is = [name](std::string_view other) { return equal_ignoring_case(name, other); };
    if (is("Host")) {
        ++framing.hosts;
        check_host(value);
        return true;
    }
    if (is("Content-Length")) {
        ++framing.content_lengths;
        read_content_length(value, head);
        return true;
    }
    if (is("Transfer-Encoding")) {
        ++framing.transfer_encodings;
        read_transfer_encoding(value, head);
        return true;
    }
    if (is("Content-Encoding")) {
        for_each_element(value, [&head](std::string_view coding) {
            head.content_coding += head.content_coding.empty() ? "" : ", ";
            std::transform(coding.begin(), coding.end(), std::back_inserter(head.content_coding),
                           ascii_lower);
        });
        return true;
    }
    if (is("Connection")) {
        for_each_element(value, [&framing](std::string_view option) {
            framing.close |= equal_ignoring_case(option, "close");
            framing.keep_alive |= equal_ignoring_case(option, "keep-alive");
        });
        return false;
    }
    if (is("Expect")) {
        if (!equal_ignoring_case(value, "100-continue")) {
            refuse(417, "The only expectation known here is 100-continue.");
        }
        head.expects_continue = true;
        return false;
    }
    return !(is("REMOTE_ADDR") || is("REMOTE_PORT") || is("LOCAL_ADDR") || is("LOCAL_PORT"));
}

void parse_field(std::string_view line, RequestHead& head, Framing& framing) {
    if (line.front() == ' ' || line.front() == '\t') {
        refuse(400, "A header field is folded over two lines.");
    }
    const auto colon = line.find(':');
    if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) {
        refuse(400, "A header line is not: name, colon, value.");
    }
    const auto name = line.substr(0, colon);
    const auto value = trim(line.substr(colon + 1));
    if (!std::all_of(value.begin(), value.end(), is_value_char)) {
        refuse(400, "A header value holds a control character.");
    }
    if (read_field(name, value, head, framing)) {
        head.fields.emplace(name, value);
    }
}

void check_framing(const Framing& framing, RequestHead& head) {
    if (framing.hosts > 1 || (framing.hosts == 0 && head.version_1_1)) {
        refuse(400, "Exactly one Host header is needed.");
    }
    if (framing.content_lengths > 1) {
        refuse(400, "Content-Length is given more than once.");
    }
    if (framing.transfer_encodings > 1) {
        refuse(400, "Transfer-Encoding is given more than once.");
    }
    if (head.chunked && head.content_length) {
        refuse(400, "Content-Length and Transfer-Encoding exclude each other.");
    }
    if (head.chunked && !head.version_1_1) {
        refuse(400, "HTTP/1.0 has no Transfer-Encoding.");
    }
    head.expects_continue = head.expects_continue && head.version_1_1;
    head.keep_alive = !framing.close && (head.version_1_1 || framing.keep_alive);
}

}  // namespace

std::optional<std::size_t> HeadScanner::scan(std::string_view bytes) {
    if (scanned_ == 0 && !bytes.empty() && !is_token_char(bytes.front())) {
        refuse(400, "This is not an HTTP request.");
    }
    for (;;) {
        const auto feed = bytes.find('\n', scanned_);
        if (feed == std::string_view::npos) {
            scanned_ = bytes.size();
            // If the last byte is a carriage return, it belongs to the line end, whose line feed
            // was not received yet.
            const std::size_t carriage_return = bytes.ends_with('\r') ? 1 : 0;
            check_line(bytes.size() - line_begin_ - carriage_return);
            return std::nullopt;
        }
        if (feed == line_begin_ || bytes[feed - 1] != '\r') {
            refuse(400, "A line does not end in CR LF.");
        }
        const auto line_bytes = feed - 1 - line_begin_;
        if (line_bytes == 0) {
            return feed + 1;
        }
        check_line(line_bytes);
        ++lines_;
        line_begin_ = scanned_ = feed + 1;
        if (lines_ > limits_.header_count_max + 1) {
            refuse(431, fmt::format("Send at most {} header fields.", limits_.header_count_max));
        }
        if (scanned_ > limits_.request_line_bytes_max + limits_.header_bytes_max) {
            refuse(431, fmt::format("The header fields together are longer than {} bytes.",
                                    limits_.header_bytes_max));
        }
    }
}

void HeadScanner::check_line(std::size_t line_bytes) const {
    if (lines_ == 0 && line_bytes > limits_.request_line_bytes_max) {
        refuse(414, fmt::format("The request line is longer than {} bytes.",
                                limits_.request_line_bytes_max));
    }
    if (lines_ > 0 && line_bytes > limits_.header_line_bytes_max) {
        refuse(431, fmt::format("A header field is longer than {} bytes.",
                                limits_.header_line_bytes_max));
    }
}

RequestHead parse_head(std::string_view head, const HeadLimits& limits) {
    RequestHead result;
    parse_request_line(take_line(head), result);
    if (head.size() > limits.header_bytes_max) {
        refuse(431, fmt::format("The header fields together are longer than {} bytes.",
                                limits.header_bytes_max));
    }
    Framing framing;
    for (auto line = take_line(head); !line.empty(); line = take_line(head)) {
        parse_field(line, result, framing);
    }
    check_framing(framing, result);
    return result;
}

}  // namespace threatatlas::net
