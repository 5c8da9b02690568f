#pragma once

// The token to begin with.

#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "commands/sequencer/sequencer.hpp"

namespace threatatlas {

// A new secret from the source.
std::string make_secret(const RandomSource& random);

// Records an admin token with this secret. Throws Refusal.
void issue_admin_token(Sequencer& sequencer, std::string_view name, std::string secret);

// The operator gave something that cannot be the first admin token. The text says what to give, and
// nothing of what was given.
class BadAdminToken : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

// Throws BadAdminToken unless the secret has its form, and looks as if it was drawn at random.
void require_good_secret(std::string_view secret);

// The secret in a file: a regular one, which not everybody can read. Throws BadAdminToken.
std::string read_admin_token(const std::filesystem::path& file);

// The value of the variable, which is in the environment no more then, not even in what
// /proc/<pid>/environ shows. Empty if it was not there. Before there is a second thread.
std::string take_from_environment(const char* name);

// The file in which systemd hands over the credential `name` (LoadCredential=). Nothing if there is
// none.
std::optional<std::filesystem::path> credential_file(std::string_view name);

// <data>/admin-token.
std::filesystem::path admin_token_file(const std::filesystem::path& data);

// Leaves the secret there, for its owner alone to read. Throws StorageError.
void write_admin_token(const std::filesystem::path& data, std::string_view secret);

}  // namespace threatatlas
