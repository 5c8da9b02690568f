#pragma once

/// A read-only snapshot of a database's files while another process writes to it.
///
/// The files that a manifest lists never change, but the writer replaces them: it moves rows to new
/// files, records that in the manifest, and then deletes the old files. A snapshot is therefore
/// valid if the manifest was the same before and after. The write-ahead logs can only have grown at
/// their end meanwhile: each copy is a prefix of its log, and reading a log stops between groups,
/// never within one.

#include <cstdint>
#include <filesystem>
#include <string>

namespace threatatlas::store {

/// The manifest that a database uses, and its length.
struct ManifestState {
    std::string name;  ///< empty: could not be read
    std::uintmax_t bytes = 0;

    bool operator==(const ManifestState&) const = default;
};
ManifestState manifest_state(const std::filesystem::path& database);

/// Links are valid until the writer deletes their targets; copies outlive the database.
enum class TableFiles : std::uint8_t { linked, copied };

/// Creates the directory `snapshot` with copies of the manifest and the write-ahead logs (some tens
/// of MB at most), and with links to the table files or copies of them. Returns false and leaves an
/// unfinished directory if the files changed meanwhile or the manifest could not be read. Throws
/// StorageError if the snapshot cannot be written.
bool snapshot_files(const std::filesystem::path& database, const std::filesystem::path& snapshot,
                    TableFiles tables = TableFiles::linked);

}  // namespace threatatlas::store
