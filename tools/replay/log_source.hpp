#pragma once

/// Sources of event lines: a data directory or an exported file. Nothing else in a directory is
/// read.

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "events/store/ids.hpp"
#include "events/vocabulary.hpp"
#include "replay/progress.hpp"

namespace threatatlas::replay {

/// Appended to the name of an export: the file of the checkpoint that was exported with it.
inline constexpr std::string_view checkpoint_ending = ".checkpoint";

class LogSource {
  public:
    virtual ~LogSource() = default;

    /// Advances to the next line; false at the end. Throws CannotRead or StorageError.
    virtual bool next() = 0;
    /// The current line; valid until the next call of next().
    virtual std::string_view line() const = 0;
    /// Its position (directory) or line number (file), from 1.
    virtual std::uint64_t number() const = 0;
    /// Describes a line for messages: "position 17". Thread-safe.
    virtual std::string place(std::uint64_t number) const = 0;

    /// True if lines were validated before they were stored and need not be validated again.
    virtual bool is_checked() const = 0;

    /// The log's newest signed checkpoint; empty if there is none.
    virtual std::string checkpoint() const { return {}; }

    /// Lines up to this position may be missing, because only their leaf hashes are known. From any
    /// thread.
    virtual Position known_up_to() const { return 0; }

    /// True if the line ends at the end of the file without a newline. Thread-safe.
    virtual bool is_unterminated(std::uint64_t /*number*/) const { return false; }

    /// True if next() may block for long, as on a pipe.
    virtual bool may_wait() const = 0;

    /// Unit of the progress, and its total; 0 if unknown. Thread-safe.
    virtual Progress::Unit unit() const = 0;
    virtual std::uint64_t total() const = 0;
};

/// Temporary directory for a RocksDB secondary instance; removed by the destructor.
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

/// Reads a directory, even while a server has it open. Throws StoreRefused or StorageError.
std::unique_ptr<LogSource> open_directory(const std::filesystem::path& data);
/// Reads an export; "-" is stdin. next() throws if it ends before `lines_min` lines. Throws
/// CannotRead.
std::unique_ptr<LogSource> open_export(const std::string& path, std::uint64_t lines_min = 0);
/// Opens the directory `data` if not empty, else the export `events`. `leaves` is a file with leaf
/// hashes of lines that the export lacks, or empty.
std::unique_ptr<LogSource> open_log(const std::string& data, const std::string& events,
                                    const std::string& leaves, std::uint64_t lines_min = 0);

}  // namespace threatatlas::replay
