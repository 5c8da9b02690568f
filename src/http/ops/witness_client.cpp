#include "http/ops/witness_client.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/base64.hpp"
#include "base/decimal.hpp"

namespace threatatlas {
namespace {

// Where the path of a URL begins.
std::size_t path_begin(const std::string& url) {
    const std::size_t host = url.find("://");
    return host == std::string::npos ? std::string::npos : url.find('/', host + 3);
}

// Where it takes checkpoints.
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
        throw BadNote("a witness is given as its key, a space and its URL");
    }
    WitnessAddress address{NoteVerifier(text.substr(0, space)),
                           std::string(text.substr(space + 1))};
    if (address.key.kind() != NoteKeyKind::witness) {
        throw BadNote("the key is not one of a witness");
    }
    if (!address.url.starts_with("http://") && !address.url.starts_with("https://")) {
        throw BadNote("the URL of a witness begins with https:// or http://");
    }
    return address;
}

WitnessClient::WitnessClient(WitnessAddress address, const ExchangeLimits& limits)
    : address_(std::move(address)),
      path_(path_of(address_.url)),
      client_(address_.url.substr(0, path_begin(address_.url)), limits) {}

BoundedClient::Answer WitnessClient::send(const SealedLog& sealed, const Prove& prove,
                                          std::uint64_t old_size) {
    std::string body = fmt::format("old {}\n", old_size);
    for (const Digest& digest : prove(old_size)) {
        body += base64_of(digest) + '\n';
    }
    body += '\n' + sealed.note;
    return client_.post(path_, "text/plain; charset=utf-8", std::move(body));
}

WitnessAnswer WitnessClient::read_cosignature(const SealedLog& sealed, const std::string& body) {
    const std::string text = checkpoint_text(sealed.checkpoint);
    try {
        const Note note = parse_note(text + '\n' + body);
        WitnessAnswer answer;
        answer.cosignature = require_signed(note, {address_.key}).front();
        cosigned_size_ = sealed.checkpoint.size;
        return answer;
    } catch (const BadNote& error) {
        return {.cosignature = std::nullopt,
                .fault = fmt::format("its answer is no cosignature: {}", error.what())};
    }
}

WitnessAnswer WitnessClient::cosign(const SealedLog& sealed, const Prove& prove) {
    const std::uint64_t size = sealed.checkpoint.size;
    BoundedClient::Answer response = send(sealed, prove, std::min(cosigned_size_, size));
    if (response.status == 409) {
        // It signed another one last, and says of which size.
        const auto last = parse_decimal(without_line_end(response.body));
        if (!last) {
            return {.cosignature = std::nullopt, .fault = "it answers 409 and says no size"};
        }
        if (*last > size) {
            return {
                .cosignature = std::nullopt,
                .fault = fmt::format("it has seen this log with {} events, and there are {}: an "
                                     "older copy was put in place of the log",
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
                    .fault = fmt::format("it cannot be asked: {}", response.fault)};
        case 403:
            return {.cosignature = std::nullopt,
                    .fault = "it does not know the key of this log (403)"};
        case 404:
            return {.cosignature = std::nullopt, .fault = "it does not know this log (404)"};
        case 422:
            return {.cosignature = std::nullopt,
                    .fault = "the log did not grow from the one that it has seen (422)",
                    .contradicts = true};
        default:
            return {.cosignature = std::nullopt,
                    .fault = fmt::format("it answers {}", response.status)};
    }
}

}  // namespace threatatlas
