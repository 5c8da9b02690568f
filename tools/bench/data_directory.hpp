#pragma once

// Data directories for measuring on.

#include <filesystem>
#include <functional>

#include "events/store/table.hpp"
#include "events/vocabulary.hpp"

namespace threatatlas::bench {

// Events done, and events in all.
using GenerateProgress = std::function<void(Position done, Position total)>;

// Fills a new directory with a made-up log of so many events and all projections, as an import
// leaves them. Throws StoreRefused or StorageError.
void make_directory(const std::filesystem::path& data, std::uint64_t seed, Position events,
                    const GenerateProgress& progress = {});

// Bytes of all files in it.
std::uint64_t directory_bytes(const std::filesystem::path& data);

// Of the files of one table; what is in the write-ahead log only does not count. While no server
// runs there.
std::uint64_t table_file_bytes(const std::filesystem::path& data, Table table);

}  // namespace threatatlas::bench
