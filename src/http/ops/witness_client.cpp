#include "http/ops/witness_client.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/base64.hpp"
#include "base/decimal.hpp"

namespace threatatlas::ops {
namespace {

// The index at which the path of the URL begins.
std::size_t path_begin(const std::string& url) {
    const std::size_t host = url.find("://");
    return host == std::string::npos ? std::string::npos : url.find('/', host + 3);
}

// The path of its add-checkpoint endpoint.
std::string path_of(const std::string& url) {
    const std::size_t begin = path_begin(url);
    std::string path = begin == std::string::npos ? "" : url.substr(begin);
    while (path.ends_with('/')) {
        path.pop_back();
    }
    return path + "/add-checkpoint";
}

std::string_view without_line_end(std::string_view text) {
    return text.ends_with('\n') ? text.substr(0, text.size() - 1) : text;
}

}  // namespace

WitnessAddress parse_witness(std::string_view text) {
    const std::size_t space = text.find(' ');
    if (space == std::string_view::npos) {
        throw tlog::BadNote("write a witness as its key, a space and its URL");
    }
    WitnessAddress address{tlog::NoteVerifier(text.substr(0, space)),
                           std::string(text.substr(space + 1))};
    if (address.key.kind() != tlog::NoteKeyKind::witness) {
        throw tlog::BadNote("the key is not a witness key");
    }
    if (!address.url.starts_with("http://") && !address.url.starts_with("https://")) {
        throw tlog::BadNote("the URL of a witness must begin with https:// or http://");
    }
    return address;
}

WitnessClient::WitnessClient(WitnessAddress address, const net::ExchangeLimits& limits)
    : address_(std::move(address)),
      path_(path_of(address_.url)),
      client_(address_.url.substr(0, path_begin(address_.url)), limits) {}

net::BoundedClient::Answer WitnessClient::send(const events::SealedLog& sealed, const Prove& prove,
                                               std::uint64_t old_size) {
    std::string body = fmt::format("old {}\n", old_size);
    for (const base::Digest& digest : prove(old_size)) {
        body += base::base64_of(digest) + '\n';
    }
    body += '\n' + sealed.note;
    return client_.post(path_, "text/plain; charset=utf-8", body);
}

WitnessAnswer WitnessClient::read_cosignature(const events::SealedLog& sealed,
                                              const std::string& body) {
    const std::string text = tlog::checkpoint_text(sealed.checkpoint);
    try {
        const tlog::Note note = tlog::parse_note(text + '\n' + body);
        WitnessAnswer answer;
        answer.cosignature = tlog::require_signed(note, {address_.key}).front();
        cosigned_size_ = sealed.checkpoint.size;
        return answer;
    } catch (const tlog::BadNote& error) {
        return {.cosignature = std::nullopt,
                .fault = fmt::format("the response is not a valid cosignature: {}", error.what())};
    }
}

WitnessAnswer WitnessClient::cosign(const events::SealedLog& sealed, const Prove& prove) {
    const std::uint64_t size = sealed.checkpoint.size;
    net::BoundedClient::Answer response = send(sealed, prove, std::min(cosigned_size_, size));
    if (response.status == 409) {
        // Its last cosigned checkpoint has another size, which the response contains.
        const auto last = base::parse_decimal(without_line_end(response.body));
        if (!last) {
            return {.cosignature = std::nullopt,
                    .fault = "status 409 without the size of its last checkpoint"};
        }
        if (*last > size) {
            return {.cosignature = std::nullopt,
                    .fault = fmt::format("the witness has seen this log with {} events, but it has "
                                         "{} now: the log was replaced by an older copy",
                                         *last, size),
                    .contradicts = true};
        }
        cosigned_size_ = *last;
        response = send(sealed, prove, *last);
    }
    switch (response.status) {
        case 200:
            return read_cosignature(sealed, response.body);
        case 0:
            return {.cosignature = std::nullopt,
                    .fault = fmt::format("the witness cannot be reached: {}", response.fault)};
        case 403:
            return {.cosignature = std::nullopt,
                    .fault = "the witness does not know this log's key (403)"};
        case 404:
            return {.cosignature = std::nullopt,
                    .fault = "the witness does not know this log (404)"};
        case 422:
            return {.cosignature = std::nullopt,
                    .fault = "the log does not extend the one that the witness has seen (422)",
                    .contradicts = true};
        default:
            return {.cosignature = std::nullopt,
                    .fault = fmt::format("unexpected status {}", response.status)};
    }
}

}  // namespace threatatlas::ops
