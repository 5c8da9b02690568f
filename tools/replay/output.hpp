#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace threatatlas {

// Where a command's answer goes. Throws CannotRead where it cannot be written, Stopped where the
// reader of a pipe has gone.
class Output {
  public:
    // stdout where `path` is empty or "-". A file is written beside its place and put there by
    // finish(): what is at the path is whole, or what was there before.
    explicit Output(const std::string& path);
    // Removes what was not finished.
    ~Output();
    Output(const Output&) = delete;
    Output& operator=(const Output&) = delete;

    void write(std::string_view text);
    void finish();

    bool is_terminal() const;
    // Columns of the terminal: what COLUMNS says, else the terminal itself. Nothing where the
    // output is no terminal, or its width is not known.
    std::optional<std::size_t> terminal_width() const;
    // One that is there when it is finished, and was not before.
    bool is_file() const { return !partial_.empty(); }

  private:
    void flush();

    std::string path_;     // empty: stdout
    std::string partial_;  // what is written until finish(); empty: written in place
    int file_;
    std::string buffer_;
};

}  // namespace threatatlas
