#include "replay/kept_notes.hpp"

#include <fstream>
#include <iostream>
#include <sstream>

#include <fmt/format.h>

#include "replay/errors.hpp"

namespace threatatlas {

std::vector<NoteVerifier> parse_keys(const Options& options) {
    std::vector<NoteVerifier> keys;
    for (const std::string& key : options.keys) {
        try {
            keys.emplace_back(key);
        } catch (const BadNote& error) {
            throw UsageError(fmt::format("--vkey: {}", error.what()));
        }
    }
    return keys;
}

std::string read_whole_file(const std::string& path) {
    constexpr std::size_t bytes_max = std::size_t{4} << 20U;
    std::ifstream file;
    if (path != "-") {
        file.open(path, std::ios::binary);
    }
    std::istream& stream = path == "-" ? std::cin : file;
    std::string content(bytes_max + 1, '\0');
    stream.read(content.data(), static_cast<std::streamsize>(content.size()));
    content.resize(static_cast<std::size_t>(stream.gcount()));
    if (stream.bad() || content.empty() || content.size() > bytes_max) {
        throw CannotRead(fmt::format("{} cannot be read, is empty or too large", path));
    }
    return content;
}

std::optional<std::string> fault_of_signatures(const std::string& note,
                                               const std::vector<NoteVerifier>& keys) {
    try {
        const Note parsed = parse_note(note);
        const std::string origin = parse_checkpoint(parsed.text).origin;
        for (const NoteVerifier& key : keys) {
            if (key.kind() == NoteKeyKind::log && key.name() != origin) {
                return fmt::format("it is a checkpoint of {}, and the key is of {}", origin,
                                   key.name());
            }
            static_cast<void>(require_signed(parsed, {key}));
        }
        return std::nullopt;
    } catch (const BadNote& error) {
        return error.what();
    }
}

Checkpoint read_checkpoint(const std::string& path, const std::vector<NoteVerifier>& keys) {
    const std::string note = read_whole_file(path);
    if (const auto fault = fault_of_signatures(note, keys)) {
        throw CannotRead(fmt::format("{}: {}", path, *fault));
    }
    return parse_checkpoint(parse_note(note).text);
}

}  // namespace threatatlas
