#pragma once

/// A data directory that this process writes to, held by descriptors: its name can be given to
/// another directory at any moment, and writes must not follow the name.

#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <sys/stat.h>
#include <vector>

namespace threatatlas::store {

/// Identifies a file or directory whatever its name is.
struct FileIdentity {
    dev_t device = 0;
    ino_t inode = 0;

    bool operator==(const FileIdentity&) const = default;
};
/// Nothing if there is no such file, or it cannot be examined.
std::optional<FileIdentity> identity_of(const std::filesystem::path& path);

/// From any thread.
class HeldDirectory {
  public:
    /// Creates the directory of the database if there is none, and locks it. Throws StoreRefused
    /// if another store has it open, and StorageError.
    explicit HeldDirectory(std::filesystem::path data);
    ~HeldDirectory();
    HeldDirectory(const HeldDirectory&) = delete;
    HeldDirectory& operator=(const HeldDirectory&) = delete;

    /// The two directories under names that stay valid as long as this object. Without /proc the
    /// usual names.
    const std::filesystem::path& data() const { return own_data_; }
    const std::filesystem::path& database() const { return own_database_; }

    /// Names of files that have to be in the directory of the database.
    using NeededFiles = std::function<std::vector<std::string>()>;

    /// Why nothing may be written any more, a sentence without a path for the operator; nothing if
    /// all is well. Costs some system calls; files are checked only after entries of one of the
    /// directories were added or removed.
    std::optional<std::string> fault(const NeededFiles& needed) const;
    /// The same without checking files.
    std::optional<std::string> name_fault() const;

  private:
    // When entries were last added or removed.
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
    mutable Stamp seen_;             // when all files were last found
    mutable bool has_mark_ = false;  // a mark was found
};

/// Replaces "/proc/self/fd/7" by the present name of that directory, for messages.
std::string with_usual_names(std::string text);

}  // namespace threatatlas::store
