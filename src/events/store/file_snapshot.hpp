#pragma once

// A still picture of a database's files beside a process that writes to it, for reading only.
//
// What a manifest names never changes, but the writer replaces it: it moves rows to new files,
// notes that in the manifest, and then deletes the old ones. So a picture is good if the manifest
// was the same before and after: the write-ahead logs only grew at their end meanwhile, which
// leaves each copy a beginning of the log, and the log is cut between groups, never within one.

#include <cstdint>
#include <filesystem>
#include <string>

namespace threatatlas {

// Which manifest a database goes by, and how far it has been written.
struct ManifestState {
    std::string name;  // empty: it cannot be told at the moment
    std::uintmax_t bytes = 0;

    bool operator==(const ManifestState&) const = default;
};
ManifestState manifest_state(const std::filesystem::path& database);

// Links are good until the writer deletes what they name; copies outlast the database.
enum class TableFiles : std::uint8_t { linked, copied };

// Makes the directory `picture`: copies of the manifest and the write-ahead logs (some tens of MB
// at most), links to the tables or copies of them. False, with an unfinished directory, where the
// files changed meanwhile or the manifest cannot be told. Throws StorageError where the picture
// cannot be written.
bool take_still_picture(const std::filesystem::path& database, const std::filesystem::path& picture,
                        TableFiles tables = TableFiles::linked);

}  // namespace threatatlas
