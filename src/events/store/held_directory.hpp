#pragma once

/// Holds the data directory that this process writes to by descriptors: the path may be given to
/// another directory at any time, and writes must not follow the path.

#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <sys/stat.h>
#include <vector>

namespace threatatlas::store {

/// Identifies a file or directory independently of its name.
struct FileIdentity {
    dev_t device = 0;
    ino_t inode = 0;

    bool operator==(const FileIdentity&) const = default;
};
/// nullopt if there is no such file or it cannot be examined.
std::optional<FileIdentity> identity_of(const std::filesystem::path& path);

/// Thread-safe.
class HeldDirectory {
  public:
    /// Creates the directory of the database if it is missing, and locks it. Throws StoreRefused if
    /// another store has it open, and StorageError.
    explicit HeldDirectory(std::filesystem::path data);
    ~HeldDirectory();
    HeldDirectory(const HeldDirectory&) = delete;
    HeldDirectory& operator=(const HeldDirectory&) = delete;

    /// Paths of the two directories that stay valid as long as this object. Without /proc, the
    /// usual paths.
    const std::filesystem::path& data() const { return own_data_; }
    const std::filesystem::path& database() const { return own_database_; }

    /// Returns the names of files that must exist in the directory of the database.
    using NeededFiles = std::function<std::vector<std::string>()>;

    /// The reason why nothing may be written any more, as a sentence without a path for the
    /// operator; nullopt if there is none. Takes a few system calls; files are checked only after
    /// entries were added to or removed from one of the directories.
    std::optional<std::string> fault(const NeededFiles& needed) const;
    /// The same without checking files.
    std::optional<std::string> name_fault() const;

  private:
    // The times at which entries were last added or removed.
    struct Stamp {
        timespec data{};
        timespec database{};
    };
    Stamp stamp() const;
    bool has_own_files() const;
    bool has_needed_files(const NeededFiles& needed) const;
    static bool is_there(int directory, const char* name);
    void close();

    // Constant after construction.
    const std::filesystem::path name_;
    int data_ = -1;
    int database_ = -1;
    FileIdentity data_identity_;
    FileIdentity database_identity_;
    std::filesystem::path own_data_;
    std::filesystem::path own_database_;

    mutable std::mutex mutex_;
    // Guarded by mutex_.
    mutable Stamp seen_;             // when all files were last found to exist
    mutable bool has_mark_ = false;  // a mark has been seen
};

/// Replaces paths such as "/proc/self/fd/7" by the current path of that directory, for messages.
std::string with_usual_names(std::string text);

}  // namespace threatatlas::store
