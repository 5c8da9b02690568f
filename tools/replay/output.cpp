#include "replay/output.hpp"

#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <sys/ioctl.h>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "base/own_file.hpp"
#include "replay/errors.hpp"
#include "replay/signals.hpp"

namespace threatatlas::replay {
namespace {

constexpr std::size_t buffer_bytes = std::size_t{256} << 10U;

[[noreturn]] void refuse(const std::string& path) {
    throw CannotRead(fmt::format("{} cannot be written: {}", path.empty() ? "the output" : path,
                                 std::strerror(errno)));
}

}  // namespace

Output::Output(const std::string& path) : path_(path == "-" ? "" : path) {
    if (path_.empty()) {
        return;
    }
    // Pipes and devices are written directly.
    const bool is_special =
        std::filesystem::exists(path_) && !std::filesystem::is_regular_file(path_);
    partial_ = is_special ? "" : path_ + ".partial";
    file_ = is_special ? ::open(path_.c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC)
                       : base::make_own_file_anew(partial_);
    if (file_ < 0) {
        partial_.clear();
        refuse(path_);
    }
}

Output::~Output() {
    if (!path_.empty() && file_ >= 0) {
        ::close(file_);
    }
    if (!partial_.empty()) {
        ::unlink(partial_.c_str());
    }
}

bool Output::is_terminal() const {
    return ::isatty(file_) == 1;
}

std::optional<std::size_t> Output::terminal_width() const {
    if (!is_terminal()) {
        return std::nullopt;
    }
    if (const char* const columns = std::getenv("COLUMNS")) {
        const std::string_view text = columns;
        std::size_t width = 0;
        const auto [stopped, error] =
            std::from_chars(text.data(), text.data() + text.size(), width);
        if (error == std::errc{} && stopped == text.data() + text.size() && width > 0) {
            return width;
        }
    }
    ::winsize size{};
    if (::ioctl(file_, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) {
        return std::nullopt;
    }
    return size.ws_col;
}

void Output::write(std::string_view text) {
    buffer_ += text;
    if (buffer_.size() >= buffer_bytes) {
        flush();
    }
}

void Output::flush() {
    std::string_view rest = buffer_;
    while (!rest.empty()) {
        const ssize_t written = ::write(file_, rest.data(), rest.size());
        if (written < 0 && errno == EPIPE) {
            throw Stopped{SIGPIPE};
        }
        if (written < 0 && errno == EINTR) {
            check_signals();
            continue;
        }
        if (written < 0) {
            refuse(path_);
        }
        rest.remove_prefix(static_cast<std::size_t>(written));
    }
    buffer_.clear();
}

void Output::finish() {
    flush();
    if (partial_.empty()) {
        return;
    }
    if (::fsync(file_) != 0 || ::rename(partial_.c_str(), path_.c_str()) != 0) {
        refuse(path_);
    }
    partial_.clear();
}

}  // namespace threatatlas::replay
