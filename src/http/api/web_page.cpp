#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "http/api/accept.hpp"
#include "http/api/call.hpp"
#include "http/api/calls.hpp"
#include "http/api/conditional.hpp"
#include "http/api/web_files.hpp"

namespace threatatlas::api {
namespace {

// The scripts and styles of the page are files of this server. Nothing else runs in it, nothing is
// sent elsewhere, and no other page may frame it or share a process with it.
constexpr std::array<std::pair<const char*, const char*>, 5> isolating_fields{{
    {"Content-Security-Policy",
     "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
     "connect-src 'self'; font-src 'self'; manifest-src 'self'; form-action 'none'; "
     "base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; "
     "trusted-types 'none'"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Referrer-Policy", "no-referrer"},
    {"Permissions-Policy", "camera=(), microphone=(), geolocation=()"},
}};

bool prefers_gzip(const httplib::Request& request) {
    const std::uint32_t weight = weight_of_coding(request, "gzip");
    return weight > 0 && weight >= weight_of_coding(request, "identity");
}

void answer_file(Call& call, const WebFile& file, const char* cache_control) {
    const bool packed = prefers_gzip(call.request);
    httplib::Headers& fields = call.response.headers;
    fields.emplace("Cache-Control", cache_control);
    fields.emplace("Vary", "Accept-Encoding");
    fields.insert(isolating_fields.begin(), isolating_fields.end());
    // A strong tag: the two forms have different bytes (RFC 9110 section 8.8.3.3).
    const std::string tag = fmt::format("\"{}{}\"", file.tag, packed ? "-gzip" : "");
    if (answered_not_modified(call.request, call.response, tag)) {
        return;
    }
    if (packed) {
        fields.emplace("Content-Encoding", "gzip");
    }
    answer(call.response, std::string(packed ? file.gzip : file.identity),
           std::string(file.content_type).c_str());
}

}  // namespace

void get_web_page(Call& call) {
    answer_file(call, web_files()->index, "no-cache");
}

void get_web_asset(Call& call) {
    const auto assets = web_files()->assets;
    const auto asset = std::ranges::find(assets, call.match.key, &WebFile::name);
    if (asset == assets.end()) {
        throw net::Rejection(
            {.status = 404, .detail = "The page has no such file. Load the page again."});
    }
    answer_file(call, *asset, "public, max-age=31536000, immutable");
}

}  // namespace threatatlas::api
