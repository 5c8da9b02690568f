#include "replay/kept_notes.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "replay/errors.hpp"
#include "replay/log_source.hpp"

namespace threatatlas::replay {
namespace {

// True for the text of a checkpoint without any signature.
bool is_unsigned_checkpoint(std::string_view note) {
    if (note.ends_with("\n\n")) {
        note.remove_suffix(1);
    }
    try {
        static_cast<void>(tlog::parse_checkpoint(note));
        // Signatures without the empty line before them are reported as another fault.
        return note.find("\n\n") == std::string_view::npos &&
               note.find("\n\xE2\x80\x94 ") == std::string_view::npos;
    } catch (const tlog::BadNote&) {
        return false;
    }
}

std::optional<NoteFault> fault_of_signature(const tlog::Note& note, const std::string& origin,
                                            const tlog::NoteVerifier& key) {
    // Checked first: a log's key is valid only for that log, even if it signed another note.
    if (key.kind() == tlog::NoteKeyKind::log && key.name() != origin) {
        return NoteFault{NoteFaultKind::another_log,
                         fmt::format("this is a checkpoint of {}, but the key belongs to {}",
                                     origin, key.name())};
    }
    const std::string key_shown = key_text(key.name(), key.key_id());
    const auto named = std::find_if(
        note.signatures.begin(), note.signatures.end(),
        [&](const tlog::NoteSignature& signature) { return key.is_named_by(signature); });
    if (named != note.signatures.end()) {
        return key.verifies(note.text, *named)
                   ? std::nullopt
                   : std::optional(NoteFault{NoteFaultKind::bad_signature,
                                             fmt::format("invalid signature by {}: the signature "
                                                         "or the signed text was damaged or forged",
                                                         key_shown)});
    }
    std::vector<std::string> signers;
    for (const tlog::NoteSignature& signature : note.signatures) {
        signers.push_back(key_text(signature.key_name, signature.key_id));
    }
    return NoteFault{NoteFaultKind::another_key,
                     fmt::format("it is signed by {}, but not by the given key, {}",
                                 fmt::join(signers, ", "), key_shown)};
}

}  // namespace

std::string key_text(std::string_view name, std::uint32_t key_id) {
    return fmt::format("{}+{:08x}", name, key_id);
}

std::vector<tlog::NoteVerifier> parse_keys(const Options& options) {
    std::vector<tlog::NoteVerifier> keys;
    for (const std::string& key : options.keys) {
        try {
            keys.emplace_back(key);
        } catch (const tlog::BadNote& error) {
            throw UsageError(fmt::format("--vkey: {}", error.what()));
        }
    }
    return keys;
}

std::string read_whole_file(const std::string& path, std::size_t bytes_max) {
    std::ifstream file;
    if (path != "-") {
        file.open(path, std::ios::binary);
    }
    std::istream& stream = path == "-" ? std::cin : file;
    std::string content(bytes_max + 1, '\0');
    stream.read(content.data(), static_cast<std::streamsize>(content.size()));
    content.resize(static_cast<std::size_t>(stream.gcount()));
    if (stream.bad() || content.empty() || content.size() > bytes_max) {
        throw CannotRead(fmt::format("{} cannot be read, is empty or is too large", path));
    }
    return content;
}

std::optional<NoteFault> fault_of_signatures(const std::string& note,
                                             const std::vector<tlog::NoteVerifier>& keys) {
    if (is_unsigned_checkpoint(note)) {
        return NoteFault{NoteFaultKind::unsigned_note, "it has no signature"};
    }
    try {
        const tlog::Note parsed = tlog::parse_note(note);
        const std::string origin = tlog::parse_checkpoint(parsed.text).origin;
        for (const tlog::NoteVerifier& key : keys) {
            if (auto fault = fault_of_signature(parsed, origin, key)) {
                return fault;
            }
        }
        return std::nullopt;
    } catch (const tlog::BadNote& error) {
        return NoteFault{NoteFaultKind::not_a_checkpoint, error.what()};
    }
}

tlog::Checkpoint read_checkpoint(const std::string& path,
                                 const std::vector<tlog::NoteVerifier>& keys) {
    const std::string note = read_whole_file(path);
    if (const auto fault = fault_of_signatures(note, keys)) {
        throw CannotRead(fmt::format("{}: {}", path, fault->sentence));
    }
    return tlog::parse_checkpoint(tlog::parse_note(note).text);
}

std::optional<tlog::Checkpoint> checkpoint_of_export(const std::string& file,
                                                     const Options& options) {
    const std::vector<tlog::NoteVerifier> keys = parse_keys(options);
    if (!options.checkpoint_file.empty()) {
        return read_checkpoint(options.checkpoint_file, keys);
    }
    const std::string beside = file + std::string(checkpoint_ending);
    if (file != "-" && std::filesystem::exists(beside)) {
        return read_checkpoint(beside, keys);
    }
    if (!keys.empty()) {
        throw UsageError(fmt::format(
            "--vkey: there is no checkpoint file beside {} to verify: name one with --checkpoint",
            file));
    }
    return std::nullopt;
}

}  // namespace threatatlas::replay
