#include "http/net/response_head.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <stdexcept>

#include "http/net/ascii.hpp"

namespace threatatlas::net {
namespace {

constexpr std::string_view cache_control = "Cache-Control";
constexpr std::string_view content_type_options = "X-Content-Type-Options";
constexpr std::string_view line_end = "\r\n";

/// The fields that are set here and not by the handler.
bool is_set_here(std::string_view name) {
    static constexpr std::array<std::string_view, 5> names = {
        "Connection", "Content-Length", "Date", "Keep-Alive", "Transfer-Encoding"};
    return std::any_of(names.begin(), names.end(),
                       [name](std::string_view own) { return equal_ignoring_case(name, own); });
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
    out.append(name);
    out.append(": ");
    out.append(value);
    out.append(line_end);
}

void append_number(std::string& out, std::size_t number) {
    std::array<char, 20> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    out.append(digits.data(), end);
}

void require_one_line(std::string_view text) {
    if (std::any_of(text.begin(), text.end(),
                    [](char c) { return c == '\r' || c == '\n' || c == '\0'; })) {
        throw std::logic_error("a header field of a response holds a line break");
    }
}

}  // namespace

const std::string& HttpDate::now() {
    if (const auto second = std::time(nullptr); second != second_) {
        second_ = second;
        std::tm parts{};
        ::gmtime_r(&second, &parts);
        std::array<char, 64> text;
        const auto size =
            std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
        text_.assign(text.data(), size);
    }
    return text_;
}

bool closes_connection(const httplib::Response& response) {
    const auto [first, last] = response.headers.equal_range("Connection");
    return std::any_of(
        first, last, [](const auto& field) { return equal_ignoring_case(field.second, "close"); });
}

void append_response_head(std::string& out, const httplib::Response& response,
                          std::string_view date, const ConnectionTerms& terms) {
    for (const auto& [name, value] : response.headers) {
        require_one_line(name);
        require_one_line(value);
    }
    out.append("HTTP/1.1 ");
    append_number(out, static_cast<std::size_t>(response.status));
    out.push_back(' ');
    out.append(status_title(response.status));
    out.append(line_end);
    append_field(out, "Date", date);
    bool says_cache = false;
    bool says_options = false;
    bool says_type = false;
    for (const auto& [name, value] : response.headers) {
        if (is_set_here(name)) {
            continue;
        }
        says_cache = says_cache || equal_ignoring_case(name, cache_control);
        says_options = says_options || equal_ignoring_case(name, content_type_options);
        says_type = says_type || equal_ignoring_case(name, "Content-Type");
        append_field(out, name, value);
    }
    const bool has_content = !has_no_content(response.status);
    if (has_content && !says_type && !response.body.empty()) {
        append_field(out, "Content-Type", "text/plain");
    }
    // Responses are specific to this moment and client, so they must not be cached. Browsers must
    // not guess a type other than the stated one, as a body may contain text written by others. No
    // CORS field is sent, so pages of other origins cannot read responses.
    if (!says_cache) {
        append_field(out, cache_control, "no-store");
    }
    if (!says_options) {
        append_field(out, content_type_options, "nosniff");
    }
    if (has_content) {
        out.append("Content-Length: ");
        append_number(out, response.body.size());
        out.append(line_end);
    }
    if (!terms.keep_alive) {
        append_field(out, "Connection", "close");
    } else {
        // Connection must list Keep-Alive, which is a hop-by-hop field (RFC 9110, section 7.6.1).
        append_field(out, "Connection", "keep-alive");
        if (!terms.keep_alive_value.empty()) {
            append_field(out, "Keep-Alive", terms.keep_alive_value);
        }
    }
    out.append(line_end);
}

std::string closing_response(const Problem& problem) {
    httplib::Response response;
    answer(response, problem);
    HttpDate date;
    std::string bytes;
    append_response_head(bytes, response, date.now(), {.keep_alive = false});
    bytes += response.body;
    return bytes;
}

}  // namespace threatatlas::net
