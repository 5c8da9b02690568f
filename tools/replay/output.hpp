#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include <unistd.h>

namespace threatatlas::replay {

/// The output of a command. Methods throw CannotRead if it cannot be written, and Stopped if the
/// reader of a pipe is gone.
class Output {
  public:
    /// Writes to stdout if `path` is empty or "-". A file is written under a temporary name and
    /// renamed by finish(), so `path` never holds a partial file.
    explicit Output(const std::string& path);
    /// Removes an unfinished file.
    ~Output();
    Output(const Output&) = delete;
    Output& operator=(const Output&) = delete;

    void write(std::string_view text);
    void finish();

    bool is_terminal() const;
    /// Width of the terminal, from COLUMNS or the terminal itself. nullopt if the output is not a
    /// terminal or its width is unknown.
    std::optional<std::size_t> terminal_width() const;
    /// True if the output is a file that finish() puts in place.
    bool is_file() const { return !partial_.empty(); }

  private:
    void flush();

    std::string path_;     // empty: stdout
    std::string partial_;  // temporary file until finish(); empty: written directly
    int file_ = STDOUT_FILENO;
    std::string buffer_;
};

}  // namespace threatatlas::replay
