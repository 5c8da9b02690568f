#pragma once

/// Commands for a data directory that no server is using.

#include <filesystem>

#include "app/server.hpp"

namespace threatatlas::app {

/// Copies a data directory into a new or empty directory and verifies the copy. On failure the
/// target is left empty.
ServerExit back_up_data(const std::filesystem::path& data, const std::filesystem::path& copy);

/// Copies a backup into a new or empty data directory and verifies the copy. The backup is not
/// changed.
ServerExit restore_data(const std::filesystem::path& backup, const std::filesystem::path& data);

}  // namespace threatatlas::app
