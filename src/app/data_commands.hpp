#pragma once

// What is done to a data directory while no server runs on it.

#include <filesystem>

#include "app/server.hpp"

namespace threatatlas {

// Copies a data directory into a new or empty one, and verifies the copy. What fails leaves nothing
// there.
ServerExit back_up_data(const std::filesystem::path& data, const std::filesystem::path& copy);

// The same with a backup, which stays as it is.
ServerExit restore_data(const std::filesystem::path& backup, const std::filesystem::path& data);

}  // namespace threatatlas
