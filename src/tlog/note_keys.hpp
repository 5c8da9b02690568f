#pragma once

/// @file
/// The Ed25519 keys of signed notes: keys of logs, and keys of witnesses that cosign checkpoints
/// (C2SP signed-note and tlog-cosignature).

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tlog/ed25519.hpp"
#include "tlog/note.hpp"

namespace threatatlas::tlog {

/// The kind of a key, which determines what it signs.
enum class NoteKeyKind : std::uint8_t {
    log = 0x01,     ///< signs the text
    witness = 0x04  ///< signs the text and the time, in seconds, at which it was seen
};

/// The decoded parts of "name+01234567+base64".
struct NoteKeyParts {
    std::string name;
    std::uint32_t key_id = 0;
    std::string typed_key;  ///< one byte for the kind, followed by the public key
};

/// Verifies signatures of one key. Thread-safe.
class NoteVerifier {
  public:
    /// Parses a verifier key ("vkey") of the form "name+01234567+base64". Throws BadNote.
    explicit NoteVerifier(std::string_view vkey);

    const std::string& name() const { return name_; }
    std::uint32_t key_id() const { return key_id_; }
    NoteKeyKind kind() const { return kind_; }

    /// True if the signature claims to be made by this key (same name and key id). It may still be
    /// invalid.
    bool is_named_by(const NoteSignature& signature) const;
    /// True if the signature is valid for `text`. Any input is safe.
    bool verifies(std::string_view text, const NoteSignature& signature) const;

  private:
    explicit NoteVerifier(const NoteKeyParts& parts);

    std::string name_;
    std::uint32_t key_id_;
    NoteKeyKind kind_;
    Ed25519PublicKey key_;
};

/// Signs notes with the key of a log. Thread-safe.
class NoteSigner {
  public:
    /// Parses a private key ("skey") of the form "PRIVATE+KEY+name+01234567+base64". Throws
    /// BadNote.
    static NoteSigner parse(std::string_view skey);
    /// Makes a key from its name and a seed of 32 bytes. Throws BadNote if the name is not a valid
    /// key name.
    NoteSigner(std::string name, std::string_view seed);

    const std::string& name() const { return name_; }
    std::uint32_t key_id() const { return key_id_; }
    std::string vkey() const;
    /// The encoded private key. Secret.
    std::string skey() const;

    NoteSignature sign(std::string_view text) const;

  private:
    std::string name_;
    std::string seed_;
    Ed25519PrivateKey key_;
    std::uint32_t key_id_;
};

/// Returns the signatures of the note that were made by the given keys, at most one per key.
/// Signatures of other keys are ignored. Throws BadNote if one of them is invalid or if there is
/// none.
std::vector<NoteSignature> require_signed(const Note& note,
                                          const std::vector<NoteVerifier>& verifiers);

/// The time at which a witness states to have seen the text, in seconds since 1970. Only for a
/// witness signature that verifies.
std::uint64_t cosigned_at(const NoteSignature& signature);

}  // namespace threatatlas::tlog
