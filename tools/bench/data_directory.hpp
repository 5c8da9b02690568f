#pragma once

/// Data directories for benchmarks.

#include <filesystem>
#include <functional>

#include "events/store/table.hpp"
#include "events/vocabulary.hpp"

namespace threatatlas::bench {

/// Events written so far, and in total.
using GenerateProgress = std::function<void(Position done, Position total)>;

/// Fills a new directory with a generated log of `events` events and all projections, as an import
/// does. Throws StoreRefused or StorageError.
void make_directory(const std::filesystem::path& data, std::uint64_t seed, Position events,
                    const GenerateProgress& progress = {});

/// Bytes of all files in the directory.
std::uint64_t directory_bytes(const std::filesystem::path& data);

/// Bytes of the files of one table, without the write-ahead log. No server may be running there.
std::uint64_t table_file_bytes(const std::filesystem::path& data, store::Table table);

}  // namespace threatatlas::bench
