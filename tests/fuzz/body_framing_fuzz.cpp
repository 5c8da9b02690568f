// Chunked and compressed bodies. The first byte selects the kind and the size of the pieces.

#include <algorithm>
#include <string>

#include "fuzz/fuzz_target.hpp"
#include "http/net/body_decoder.hpp"
#include "http/net/inflater.hpp"
#include "http/net/problem.hpp"

namespace threatatlas::fuzz {
namespace {

constexpr std::size_t unpacked_bytes_max = 100'000;

struct Outcome {
    int refused = 0;  // status, or 0
    bool done = false;
    std::size_t consumed = 0;
    std::string body;

    bool operator==(const Outcome&) const = default;
};

Outcome decode_chunks(std::string_view bytes, std::size_t piece_bytes) {
    net::RequestHead head;
    head.chunked = true;
    net::BodyDecoder decoder(head);
    Outcome outcome;
    try {
        while (!decoder.done() && outcome.consumed < bytes.size()) {
            const auto piece = bytes.substr(outcome.consumed, piece_bytes);
            const auto step = decoder.next(piece);
            require(step.consumed > 0 && step.consumed <= piece.size(), "each step consumes input");
            require(step.data.size() <= step.consumed, "body data comes from the input");
            outcome.consumed += step.consumed;
            outcome.body += step.data;
        }
        outcome.done = decoder.done();
    } catch (const net::Rejection& rejection) {
        outcome.refused = rejection.problem().status;
        require(outcome.refused == 400, "chunks are refused with 400");
        // The number of bytes consumed before a refusal depends on the pieces.
        outcome.consumed = 0;
        outcome.body.clear();
    }
    return outcome;
}

// Encodes the body in chunks of this size and expects it back.
void check_chunks_of(std::string_view body, std::size_t chunk_bytes) {
    std::string chunks;
    for (std::size_t i = 0; i < body.size(); i += chunk_bytes) {
        const auto part = body.substr(i, chunk_bytes);
        constexpr std::string_view digits = "0123456789abcdef";
        chunks += digits[part.size() / 16];
        chunks += digits[part.size() % 16];
        chunks += "\r\n" + std::string(part) + "\r\n";
    }
    chunks += "0\r\n\r\nnext";
    const Outcome outcome = decode_chunks(chunks, chunk_bytes);
    require(outcome.done && outcome.body == body, "a chunked body is decoded unchanged");
    require(outcome.consumed == chunks.size() - 4, "the next request begins after the chunks");
}

Outcome inflate(std::string_view packed, std::size_t piece_bytes) {
    net::Inflater inflater;
    Outcome outcome;
    try {
        for (std::size_t i = 0; i < packed.size(); i += piece_bytes) {
            inflater.add(packed.substr(i, piece_bytes), outcome.body, unpacked_bytes_max);
            require(outcome.body.size() <= unpacked_bytes_max, "the size limit is enforced");
        }
        inflater.finish();
        outcome.done = true;
    } catch (const net::Rejection& rejection) {
        outcome.refused = rejection.problem().status;
        outcome.body.clear();
        require(outcome.refused == 400 || outcome.refused == 413,
                "refusals have status 400 or 413");
    }
    return outcome;
}

}  // namespace
}  // namespace threatatlas::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace threatatlas::fuzz;
    std::string_view bytes = bytes_of(data, size);
    const std::uint8_t choice = take_choice(bytes);
    const std::size_t piece_bytes = 1 + choice / 2;
    const std::size_t all = std::max<std::size_t>(1, bytes.size());
    if (choice % 2 == 0) {
        require(decode_chunks(bytes, all) == decode_chunks(bytes, piece_bytes),
                "chunked bodies are parsed the same in any pieces");
        check_chunks_of(bytes, piece_bytes);
    } else {
        const Outcome whole = inflate(bytes, all);
        const Outcome pieces = inflate(bytes, piece_bytes);
        require(whole.done == pieces.done && whole.body == pieces.body,
                "compressed bodies are unpacked the same in any pieces");
    }
    return 0;
}
