#include "tlog/proof_file.hpp"

#include <fmt/format.h>

#include "base/base64.hpp"
#include "base/decimal.hpp"

namespace threatatlas::tlog {
namespace {

constexpr std::string_view first_line = "c2sp.org/tlog-proof@v1";
constexpr std::string_view extra_begin = "extra ";
constexpr std::string_view index_begin = "index ";
constexpr std::size_t file_bytes_max = std::size_t{2} << 20U;
constexpr std::size_t path_max = 64;  // enough for a tree of 2^64 leaves

std::string_view take_proof_line(std::string_view& bytes) {
    const std::size_t end = bytes.find('\n');
    if (end == std::string_view::npos) {
        throw BadNote("the proof ends too early");
    }
    const std::string_view line = bytes.substr(0, end);
    bytes.remove_prefix(end + 1);
    return line;
}

}  // namespace

std::string format_proof_file(const ProofFile& proof) {
    std::string bytes = fmt::format("{}\n", first_line);
    if (!proof.extra.empty()) {
        bytes += fmt::format("{}{}\n", extra_begin, base::base64_of(proof.extra));
    }
    bytes += fmt::format("{}{}\n", index_begin, proof.index);
    for (const base::Digest& digest : proof.path) {
        bytes += fmt::format("{}\n", base::base64_of(digest));
    }
    return bytes + '\n' + proof.checkpoint;
}

ProofFile parse_proof_file(std::string_view bytes) {
    if (bytes.size() > file_bytes_max || take_proof_line(bytes) != first_line) {
        throw BadNote(fmt::format("a proof begins with the line {}", first_line));
    }
    ProofFile proof;
    std::string_view line = take_proof_line(bytes);
    if (line.starts_with(extra_begin)) {
        const auto extra = base::bytes_of_base64(line.substr(extra_begin.size()));
        if (!extra) {
            throw BadNote("the value of \"extra\" is not base64");
        }
        proof.extra = *extra;
        line = take_proof_line(bytes);
    }
    const auto index = line.starts_with(index_begin)
                           ? base::parse_decimal(line.substr(index_begin.size()))
                           : std::nullopt;
    if (!index) {
        throw BadNote("a proof must have a line \"index\" with a decimal number");
    }
    proof.index = *index;
    for (line = take_proof_line(bytes); !line.empty(); line = take_proof_line(bytes)) {
        const auto digest = base::digest_of_base64(line);
        if (!digest || proof.path.size() == path_max) {
            throw BadNote(
                "the path of a proof must be at most 64 lines, each the base64 of 32 bytes");
        }
        proof.path.push_back(*digest);
    }
    proof.checkpoint = bytes;
    return proof;
}

}  // namespace threatatlas::tlog
