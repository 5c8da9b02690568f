#include "tlog/note_keys.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/base64.hpp"
#include "base/be_bytes.hpp"
#include "base/digest.hpp"

namespace threatatlas::tlog {
namespace {

constexpr std::string_view private_begin = "PRIVATE+KEY+";
constexpr std::size_t time_bytes = sizeof(std::uint64_t);

char byte_of(NoteKeyKind kind) {
    return static_cast<char>(kind);
}

std::uint32_t key_id_of(std::string_view name, std::string_view typed_key) {
    const base::Digest digest = base::sha256({name, "\n", typed_key});
    return static_cast<std::uint32_t>(
        base::read_be(base::bytes_of(digest).substr(0, sizeof(std::uint32_t))));
}

std::uint32_t key_id_of(std::string_view name, NoteKeyKind kind, std::string_view public_key) {
    return key_id_of(name, byte_of(kind) + std::string(public_key));
}

NoteKeyParts parse_key(std::string_view text) {
    const std::size_t first = text.find('+');
    const std::size_t second = first == std::string_view::npos ? first : text.find('+', first + 1);
    if (second == std::string_view::npos) {
        throw BadNote("a key is written as name+01234567+base64");
    }
    NoteKeyParts parts;
    parts.name = text.substr(0, first);
    const std::string_view id = text.substr(first + 1, second - first - 1);
    constexpr std::size_t id_digits = 8;
    constexpr std::string_view digits = "0123456789abcdef";
    if (id.size() != id_digits || id.find_first_not_of(digits) != std::string_view::npos) {
        throw BadNote("a key's id is eight hexadecimal digits in lower case");
    }
    for (const char digit : id) {
        parts.key_id = parts.key_id << 4U | static_cast<std::uint32_t>(digits.find(digit));
    }
    const auto key = base::bytes_of_base64(text.substr(second + 1));
    if (!is_key_name(parts.name) || !key || key->size() != 1 + ed25519_key_bytes) {
        throw BadNote("a key has a name, and 33 bytes in base64");
    }
    parts.typed_key = *key;
    return parts;
}

NoteKeyKind kind_of(char byte) {
    for (const NoteKeyKind kind : {NoteKeyKind::log, NoteKeyKind::witness}) {
        if (byte == byte_of(kind)) {
            return kind;
        }
    }
    throw BadNote("unknown kind of key: only Ed25519 is supported");
}

const NoteKeyParts& require_own_id(const NoteKeyParts& parts) {
    if (key_id_of(parts.name, parts.typed_key) != parts.key_id) {
        throw BadNote("the key id does not match the key's name and bytes");
    }
    return parts;
}

// The common beginning of an encoded key: name and id.
std::string key_text(std::string_view name, std::uint32_t key_id) {
    return fmt::format("{}+{:08x}", name, key_id);
}

std::string cosigned_text(std::uint64_t seconds, std::string_view text) {
    return fmt::format("cosignature/v1\ntime {}\n{}", seconds, text);
}

}  // namespace

NoteVerifier::NoteVerifier(std::string_view vkey) : NoteVerifier(require_own_id(parse_key(vkey))) {}

NoteVerifier::NoteVerifier(const NoteKeyParts& parts)
    : name_(parts.name),
      key_id_(parts.key_id),
      kind_(kind_of(parts.typed_key.front())),
      key_(std::string_view(parts.typed_key).substr(1)) {}

bool NoteVerifier::is_named_by(const NoteSignature& signature) const {
    return signature.key_name == name_ && signature.key_id == key_id_;
}

bool NoteVerifier::verifies(std::string_view text, const NoteSignature& signature) const {
    if (!is_named_by(signature)) {
        return false;
    }
    if (kind_ == NoteKeyKind::log) {
        return key_.verifies(text, signature.bytes);
    }
    if (signature.bytes.size() != time_bytes + ed25519_signature_bytes) {
        return false;
    }
    const std::uint64_t seconds = cosigned_at(signature);
    return seconds != 0 && seconds >> 63U == 0 &&
           key_.verifies(cosigned_text(seconds, text), signature.bytes.substr(time_bytes));
}

NoteSigner::NoteSigner(std::string name, std::string_view seed)
    : name_(std::move(name)),
      seed_(seed),
      key_(seed),
      key_id_(key_id_of(name_, NoteKeyKind::log, key_.public_key())) {
    if (!is_key_name(name_)) {
        throw BadNote("the name of a log must not contain white space or \"+\"");
    }
}

NoteSigner NoteSigner::parse(std::string_view skey) {
    if (!skey.starts_with(private_begin)) {
        throw BadNote("a private key is written as PRIVATE+KEY+name+01234567+base64");
    }
    const NoteKeyParts parts = parse_key(skey.substr(private_begin.size()));
    if (kind_of(parts.typed_key.front()) != NoteKeyKind::log) {
        throw BadNote("not the private key of a log");
    }
    NoteSigner signer(parts.name, std::string_view(parts.typed_key).substr(1));
    if (signer.key_id_ != parts.key_id) {
        throw BadNote("the key id does not match the key's name and bytes");
    }
    return signer;
}

std::string NoteSigner::vkey() const {
    return fmt::format("{}+{}", key_text(name_, key_id_),
                       base::base64_of(byte_of(NoteKeyKind::log) + key_.public_key()));
}

std::string NoteSigner::skey() const {
    return fmt::format("{}{}+{:08x}+{}", private_begin, name_, key_id_,
                       base::base64_of(byte_of(NoteKeyKind::log) + seed_));
}

NoteSignature NoteSigner::sign(std::string_view text) const {
    return {name_, key_id_, key_.sign(text)};
}

std::vector<NoteSignature> require_signed(const Note& note,
                                          const std::vector<NoteVerifier>& verifiers) {
    std::vector<NoteSignature> good;
    for (const NoteVerifier& verifier : verifiers) {
        const auto found = std::find_if(
            note.signatures.begin(), note.signatures.end(),
            [&](const NoteSignature& signature) { return verifier.is_named_by(signature); });
        if (found == note.signatures.end()) {
            continue;
        }
        if (!verifier.verifies(note.text, *found)) {
            throw BadNote(fmt::format("the signature by {} is invalid",
                                      key_text(verifier.name(), verifier.key_id())));
        }
        good.push_back(*found);
    }
    if (good.empty()) {
        std::vector<std::string> signers;
        for (const NoteSignature& signature : note.signatures) {
            signers.push_back(key_text(signature.key_name, signature.key_id));
        }
        throw BadNote(fmt::format("it is signed by {}, but not by any of the given keys",
                                  fmt::join(signers, ", ")));
    }
    return good;
}

std::uint64_t cosigned_at(const NoteSignature& signature) {
    return base::read_be(std::string_view(signature.bytes).substr(0, time_bytes));
}

}  // namespace threatatlas::tlog
