#pragma once

// Where the event lines come from: a data directory, or an exported file. Nothing else of a
// directory is ever looked at.

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "events/store/ids.hpp"
#include "events/vocabulary.hpp"
#include "replay/progress.hpp"

namespace threatatlas {

// Behind the name of an export, the name of the checkpoint that was exported with it.
inline constexpr std::string_view checkpoint_ending = ".checkpoint";

class LogSource {
  public:
    virtual ~LogSource() = default;

    // Moves on to the next line; false at the end. Throws CannotRead or StorageError.
    virtual bool next() = 0;
    // Good until next() is called again.
    virtual std::string_view line() const = 0;
    // Its position, or its place in the file, from 1.
    virtual std::uint64_t number() const = 0;
    // Where a line of that number stands, for messages: "position 17". From any thread.
    virtual std::string place(std::uint64_t number) const = 0;

    // Whether the lines were checked before they were stored, so that their form can be trusted.
    virtual bool is_checked() const = 0;

    // The newest checkpoint that was signed for the log; empty where there is none.
    virtual std::string checkpoint() const { return {}; }

    // Lines up to this position may be missing: they are hidden, and only their leaf hashes are
    // known. From any thread.
    virtual Position known_up_to() const { return 0; }

    // Whether the line of that number ends with the file, and not with a newline. From any thread.
    virtual bool is_unterminated(std::uint64_t /*number*/) const { return false; }

    // Whether the next line may be long in coming.
    virtual bool may_wait() const = 0;

    // In what, and how much there is; total 0 = not known. From any thread.
    virtual Progress::Unit unit() const = 0;
    virtual std::uint64_t total() const = 0;
};

// A directory of RocksDB's own for opening a store beside its writer; goes with its owner.
class ScratchDirectory {
  public:
    ScratchDirectory();
    ~ScratchDirectory();
    ScratchDirectory(const ScratchDirectory&) = delete;
    ScratchDirectory& operator=(const ScratchDirectory&) = delete;

    const std::filesystem::path& path() const { return path_; }

  private:
    std::filesystem::path path_;
};

// Reads a directory, whether or not a server has it open. Throws StoreRefused or StorageError.
std::unique_ptr<LogSource> open_directory(const std::filesystem::path& data);
// Reads an export; "-" is stdin. If it ends before that many lines, its next() throws. Throws
// CannotRead.
std::unique_ptr<LogSource> open_export(const std::string& path, std::uint64_t lines_min = 0);
// The directory where one is named, else the export. `leaves` is a file with the leaf hashes of
// lines that the export does not have; empty if it has all of them.
std::unique_ptr<LogSource> open_log(const std::string& data, const std::string& events,
                                    const std::string& leaves, std::uint64_t lines_min = 0);

}  // namespace threatatlas
