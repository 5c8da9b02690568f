#pragma once

// The keys of signed notes: those of logs, and those of witnesses that cosign checkpoints
// (C2SP signed-note and tlog-cosignature). Ed25519 both.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tlog/ed25519.hpp"
#include "tlog/note.hpp"

namespace threatatlas {

enum class NoteKeyKind : std::uint8_t {
    log = 0x01,     // signs the text
    witness = 0x04  // signs the text and the second at which it was seen
};

// "name+01234567+base64", taken apart.
struct NoteKeyParts {
    std::string name;
    std::uint32_t key_id = 0;
    std::string typed_key;  // a byte for the kind, and the key
};

// What tells a good signature from a false one. For any thread.
class NoteVerifier {
  public:
    // Of the form "name+01234567+base64", a "vkey". Throws BadNote.
    explicit NoteVerifier(std::string_view vkey);

    const std::string& name() const { return name_; }
    std::uint32_t key_id() const { return key_id_; }
    NoteKeyKind kind() const { return kind_; }

    // Whether the signature claims to be by this key.
    bool is_named_by(const NoteSignature& signature) const;
    // Whether it is.
    bool verifies(std::string_view text, const NoteSignature& signature) const;

  private:
    explicit NoteVerifier(const NoteKeyParts& parts);

    std::string name_;
    std::uint32_t key_id_;
    NoteKeyKind kind_;
    Ed25519PublicKey key_;
};

// The key of a log. For any thread.
class NoteSigner {
  public:
    // Of the form "PRIVATE+KEY+name+01234567+base64", an "skey". Throws BadNote.
    static NoteSigner parse(std::string_view skey);
    // A seed of 32 bytes. Throws BadNote.
    NoteSigner(std::string name, std::string_view seed);

    const std::string& name() const { return name_; }
    std::uint32_t key_id() const { return key_id_; }
    std::string vkey() const;
    // The secret.
    std::string skey() const;

    NoteSignature sign(std::string_view text) const;

  private:
    std::string name_;
    std::string seed_;
    Ed25519PrivateKey key_;
    std::uint32_t key_id_;
};

// The signatures of a note that are by one of the keys, one a key. Those by others are passed over.
// Throws BadNote where one is false or none is left.
std::vector<NoteSignature> require_signed(const Note& note,
                                          const std::vector<NoteVerifier>& verifiers);

// The second that a witness says it saw the text at, since 1970. Of a signature that verifies.
std::uint64_t cosigned_at(const NoteSignature& signature);

}  // namespace threatatlas
