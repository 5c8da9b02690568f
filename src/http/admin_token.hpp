#pragma once

// The token to begin with.

#include <filesystem>
#include <string>
#include <string_view>

#include "commands/sequencer.hpp"

namespace threatatlas {

// A new secret from the source.
std::string make_secret(const RandomSource& random);

// Records an admin token with this secret. Throws Refusal.
void issue_admin_token(Sequencer& sequencer, std::string_view name, std::string secret);

// <data>/admin-token.
std::filesystem::path admin_token_file(const std::filesystem::path& data);

// Leaves the secret there, for its owner alone to read. Throws StorageError.
void write_admin_token(const std::filesystem::path& data, std::string_view secret);

}  // namespace threatatlas
