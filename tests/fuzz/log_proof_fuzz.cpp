// Signed and proven data as an auditor receives it: notes, checkpoints, proof files, tile paths,
// keys.

#include <optional>
#include <string>

#include "base/base64.hpp"
#include "fuzz/fuzz_target.hpp"
#include "support/grown_tree.hpp"
#include "tlog/checkpoint.hpp"
#include "tlog/merkle.hpp"
#include "tlog/note_keys.hpp"
#include "tlog/proof_file.hpp"
#include "tlog/tile.hpp"

namespace threatatlas::fuzz {
namespace {

// The corpus contains a note and a checkpoint signed by these keys, whose secrets are not known
// here.
const tlog::NoteVerifier& note_key() {
    static const tlog::NoteVerifier key(
        "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k");
    return key;
}

const tlog::NoteVerifier& log_key() {
    static const tlog::NoteVerifier key(
        "example.com/threatlog+92e82821+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW");
    return key;
}

const testing::GrownTree& signed_tree() {
    static const testing::GrownTree tree(testing::classic_entries());
    return tree;
}

// nullopt if it was refused; any other exception is a fault.
template <class Parse>
auto parsed(const Parse& parse) -> std::optional<decltype(parse())> {
    try {
        return parse();
    } catch (const tlog::BadNote&) {
        return std::nullopt;
    }
}

bool is_signed_by(const tlog::NoteVerifier& key, const tlog::Note& note) {
    return parsed([&] { return tlog::require_signed(note, {key}); }).has_value();
}

void check_checkpoint(std::string_view text) {
    const auto checkpoint = parsed([&] { return tlog::parse_checkpoint(text); });
    if (!checkpoint) {
        return;
    }
    const std::string written = tlog::checkpoint_text(*checkpoint);
    require(text.starts_with(written), "a checkpoint begins with its three lines");
    require(tlog::parse_checkpoint(written) == *checkpoint, "a checkpoint survives a round trip");
}

void check_note(std::string_view bytes) {
    const auto note = parsed([&] { return tlog::parse_note(bytes); });
    if (!note) {
        return;
    }
    require(tlog::format_note(*note) == bytes, "a note survives a round trip");
    require(!note->signatures.empty() && note->text.ends_with('\n'),
            "a note has a text and signatures");
    for (const tlog::NoteSignature& signature : note->signatures) {
        require(tlog::is_key_name(signature.key_name), "a signature names its key");
    }
    require(!is_signed_by(note_key(), *note) || note->text == "This is an example message.\n",
            "notes cannot be forged");
    require(!is_signed_by(log_key(), *note) ||
                note->text == tlog::checkpoint_text({log_key().name(), signed_tree().size(),
                                                     signed_tree().frontier().root()}),
            "checkpoints cannot be forged");
    check_checkpoint(note->text);
}

void check_proof_file(std::string_view bytes) {
    const auto proof = parsed([&] { return tlog::parse_proof_file(bytes); });
    if (!proof) {
        return;
    }
    const tlog::ProofFile again = tlog::parse_proof_file(tlog::format_proof_file(*proof));
    require(again.extra == proof->extra && again.index == proof->index &&
                again.path == proof->path && again.checkpoint == proof->checkpoint,
            "a proof survives a round trip");
    require(bytes.ends_with(proof->checkpoint), "a proof contains its checkpoint unchanged");
    check_note(proof->checkpoint);
    const testing::GrownTree& tree = signed_tree();
    for (std::uint64_t i = 0; i < tree.size(); ++i) {
        const bool holds = tlog::proves_inclusion(proof->index, tree.size(), tree.level(0)[i],
                                                  proof->path, tree.frontier().root());
        require(!holds || (proof->index == i &&
                           proof->path == tlog::inclusion_proof(i, tree.size(), tree.nodes(8))),
                "an entry has only one valid index and proof");
    }
}

// Slow, simple reference: level, groups of three digits, width.
std::string plain_path(const tlog::TileName& name) {
    std::string digits = std::to_string(name.index);
    digits.insert(0, (3 - digits.size() % 3) % 3, '0');
    std::string path = "tile/" + (name.level ? std::to_string(*name.level) : "entries") + "/";
    for (std::size_t i = 0; i < digits.size(); i += 3) {
        path += (i + 3 < digits.size() ? "x" : "") + digits.substr(i, 3) +
                (i + 3 < digits.size() ? "/" : "");
    }
    return path + (name.width < 256 ? ".p/" + std::to_string(name.width) : "");
}

void check_tile_path(std::string_view path) {
    const auto name = tlog::parse_tile_path(path);
    if (!name) {
        return;
    }
    require(plain_path(*name) == path, "a tile has one path");
    require(!name->level || *name->level <= tlog::tile_level_max, "a level is below the limit");
    require(name->width >= 1 && name->width <= tlog::tile_width, "a tile has 1 to 256 nodes");
}

// Any bytes give the name of some tile.
void check_tile_name(std::string_view bytes) {
    tlog::TileName name;
    const std::uint8_t level = take_choice(bytes);
    name.level = level <= tlog::tile_level_max ? std::optional<unsigned>(level) : std::nullopt;
    name.width = 1U + take_choice(bytes);
    for (int i = 0; i < 8; ++i) {
        name.index = name.index << 8U | take_choice(bytes);
    }
    require(tlog::tile_path(name) == plain_path(name), "a path is written as specified");
    require(tlog::parse_tile_path(tlog::tile_path(name)) == name,
            "a path is parsed back to its tile");
}

void check_keys(std::string_view text) {
    if (const auto key = parsed([&] { return tlog::NoteVerifier(text); })) {
        require(tlog::is_key_name(key->name()) && text.starts_with(key->name() + '+'),
                "a key begins with its name");
    }
    if (const auto key = parsed([&] { return tlog::NoteSigner::parse(text); })) {
        require(key->skey() == text, "a secret key has one text form");
        const tlog::NoteVerifier verifier(key->vkey());
        require(verifier.name() == key->name() && verifier.key_id() == key->key_id(),
                "a secret key survives a round trip");
        require(verifier.verifies("text\n", key->sign("text\n")), "a key verifies what it signs");
    }
}

void check_base64(std::string_view text) {
    require(base::bytes_of_base64(base::base64_of(text)) == text, "base64 survives a round trip");
    const auto bytes = base::bytes_of_base64(text);
    require(!bytes || (base::base64_of(*bytes) == text &&
                       text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                              "0123456789+/=") == std::string_view::npos),
            "base64 has one text form");
}

}  // namespace
}  // namespace threatatlas::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace threatatlas::fuzz;
    const std::string_view text = bytes_of(data, size);
    check_note(text);
    check_checkpoint(text);
    check_proof_file(text);
    check_tile_path(text);
    check_tile_name(text);
    check_keys(text);
    check_base64(text);
    return 0;
}
