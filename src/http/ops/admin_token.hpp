#pragma once

/// The first admin token: sources, checks and the file that it is written to.

#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "commands/sequencer/sequencer.hpp"

namespace threatatlas::ops {

/// A new token secret from `random`.
std::string make_secret(const base::RandomSource& random);

/// Records an admin token with this secret. Throws Refusal.
void issue_admin_token(sequencer::Sequencer& sequencer, std::string_view name, std::string secret);

/// The operator's value cannot be the first admin token. what() says what to give; it does not
/// contain the value.
class BadAdminToken : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// Throws BadAdminToken unless the secret has the form of a token and looks random.
void require_good_secret(std::string_view secret);

/// Reads the secret from a regular file that other users cannot read. Throws BadAdminToken.
std::string read_admin_token(const std::filesystem::path& path);

/// Returns the value of the variable and removes it from the environment and from
/// /proc/<pid>/environ. Empty if it is not set. Call it while the process has one thread.
std::string take_from_environment(const char* name);

/// The file of the systemd credential `name` (LoadCredential=); nullopt if there is none.
std::optional<std::filesystem::path> credential_file(std::string_view name);

/// <data>/admin-token.
std::filesystem::path admin_token_file(const std::filesystem::path& data);

/// Writes the secret to admin_token_file(data), readable only by its owner. Throws StorageError.
void write_admin_token(const std::filesystem::path& data, std::string_view secret);

}  // namespace threatatlas::ops
