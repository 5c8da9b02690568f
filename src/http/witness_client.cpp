#include "http/witness_client.hpp"

#include <fmt/format.h>
#include <httplib.h>

#include "tlog/base64.hpp"
#include "tlog/decimal.hpp"

namespace threatatlas {
namespace {

constexpr std::chrono::seconds connect_time_max{3};
constexpr std::chrono::seconds answer_time_max{5};
constexpr std::size_t answer_bytes_max = std::size_t{64} << 10U;

// Where the path of a URL begins.
std::size_t path_begin(const std::string& url) {
    const std::size_t host = url.find("://");
    return host == std::string::npos ? std::string::npos : url.find('/', host + 3);
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

struct WitnessClient::Response {
    int status = 0;  // 0: none came
    std::string body;
    std::string error;
};

WitnessClient::WitnessClient(WitnessAddress address) : address_(std::move(address)) {
    const std::string& url = address_.url;
    const std::size_t begin = path_begin(url);
    path_ = begin == std::string::npos ? "" : url.substr(begin);
    while (path_.ends_with('/')) {
        path_.pop_back();
    }
    path_ += "/add-checkpoint";
    client_ = std::make_unique<httplib::Client>(url.substr(0, begin));
    client_->set_connection_timeout(connect_time_max);
    client_->set_read_timeout(answer_time_max);
    client_->set_write_timeout(answer_time_max);
}

WitnessClient::~WitnessClient() = default;

void WitnessClient::stop() {
    client_->stop();
}

WitnessClient::Response WitnessClient::send(const SealedLog& sealed, const Prove& prove,
                                            std::uint64_t old_size) {
    std::string body = fmt::format("old {}\n", old_size);
    for (const Digest& digest : prove(old_size)) {
        body += base64_of(digest) + '\n';
    }
    body += '\n' + sealed.note;
    Response response;
    httplib::Request request;
    request.method = "POST";
    request.path = path_;
    request.body = std::move(body);
    request.set_header("Content-Type", "text/plain; charset=utf-8");
    request.content_receiver = [&response](const char* data, std::size_t size, std::uint64_t,
                                           std::uint64_t) {
        response.body.append(data, size);
        return response.body.size() <= answer_bytes_max;
    };
    const auto result = client_->send(request);
    if (result) {
        response.status = result->status;
    } else {
        response.error = httplib::to_string(result.error());
    }
    return response;
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
    Response response = send(sealed, prove, std::min(cosigned_size_, size));
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
                    .fault = fmt::format("it cannot be asked: {}", response.error)};
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
