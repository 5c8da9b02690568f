#include "replay/log_source.hpp"

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <sys/stat.h>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "events/event_log.hpp"
#include "events/limits.hpp"
#include "events/log_cursor.hpp"
#include "events/log_sealer.hpp"
#include "events/text.hpp"
#include "replay/errors.hpp"
#include "replay/leaf_hashes.hpp"
#include "replay/signals.hpp"

namespace threatatlas::replay {
namespace {

class DirectorySource final : public LogSource {
  public:
    explicit DirectorySource(const std::filesystem::path& data)
        : store_(store::Store::open_beside(data, scratch_.path())),
          view_(*store_),
          total_(store::last_position(view_)),
          cursor_(view_) {}

    bool next() override { return cursor_.next(); }
    std::string_view line() const override { return cursor_.line(); }
    std::uint64_t number() const override { return cursor_.position(); }
    std::string place(std::uint64_t number) const override {
        return fmt::format("position {}", number);
    }
    bool is_checked() const override { return true; }
    std::string checkpoint() const override {
        const auto sealed = events::stored_checkpoint(view_);
        return sealed ? sealed->note : std::string();
    }
    bool may_wait() const override { return false; }
    Progress::Unit unit() const override { return Progress::Unit::events; }
    std::uint64_t total() const override { return total_; }

  private:
    ScratchDirectory scratch_;
    std::unique_ptr<store::Store> store_;
    store::ReadView view_;
    Position total_;
    events::LogCursor cursor_;
};

class FileSource final : public LogSource {
  public:
    FileSource(const std::string& path, std::uint64_t lines_min)
        : name_(path == "-" ? "stdin" : path),
          lines_min_(lines_min),
          file_(path == "-" ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
        if (file_ < 0) {
            refuse();
        }
        struct stat status {};
        if (::fstat(file_, &status) == 0 && S_ISREG(status.st_mode)) {
            total_ = static_cast<std::uint64_t>(status.st_size);
            is_regular_ = true;
        }
        buffer_.resize(buffer_bytes);
    }
    ~FileSource() override {
        if (file_ != STDIN_FILENO) {
            ::close(file_);
        }
    }
    FileSource(const FileSource&) = delete;
    FileSource& operator=(const FileSource&) = delete;

    bool next() override {
        if (number_ == 0) {
            begin();
        }
        std::size_t newline = find_newline(begin_);
        if (newline == std::string::npos && !at_end_) {
            fill();
            newline = find_newline(begin_);
        }
        if (newline == std::string::npos && begin_ == end_) {
            require_all_lines();
            return false;
        }
        ++number_;
        if (newline == std::string::npos && !at_end_) {
            throw CannotRead(fmt::format("{}, line {}: longer than {} bytes", name_, number_,
                                         events::limits::line_bytes_max));
        }
        if (newline == std::string::npos) {
            unterminated_ = number_;
        }
        const std::size_t line_end = newline == std::string::npos ? end_ : newline;
        line_ = std::string_view(buffer_).substr(begin_, line_end - begin_);
        // Event lines contain no carriage return: the file was converted to Windows line ends.
        line_.remove_suffix(line_.ends_with('\r') ? 1 : 0);
        begin_ = newline == std::string::npos ? end_ : newline + 1;
        return true;
    }

    std::string_view line() const override { return line_; }
    std::uint64_t number() const override { return number_; }
    std::string place(std::uint64_t number) const override {
        return fmt::format("{}, line {}", name_, number);
    }
    bool is_checked() const override { return false; }
    bool is_unterminated(std::uint64_t number) const override { return unterminated_ == number; }
    bool may_wait() const override { return !is_regular_; }
    Progress::Unit unit() const override { return Progress::Unit::bytes; }
    std::uint64_t total() const override { return total_; }

  private:
    // Many times the longest valid line.
    static constexpr std::size_t buffer_bytes = std::size_t{1} << 20U;

    // Checks the start of the file for a byte order mark.
    void begin() {
        fill();
        const std::string_view first = std::string_view(buffer_).substr(0, end_);
        if (const auto encoding = events::foreign_encoding(first)) {
            throw CannotRead(fmt::format(
                "{} is in {}, but exports are in UTF-8: convert it, or export again with -o", name_,
                *encoding));
        }
        begin_ = first.size() - events::without_byte_order_mark(first).size();
    }

    void require_all_lines() const {
        if (number_ < lines_min_) {
            throw CannotRead(
                fmt::format("{} ends at line {}, but the checkpoint beside it covers {} events: "
                            "the file was cut off, perhaps within a transaction. Copy or export it "
                            "again, or use --ignore-checkpoint to read it as it is",
                            name_, number_, lines_min_));
        }
    }

    [[noreturn]] void refuse() const {
        throw CannotRead(fmt::format("{} cannot be read: {}", name_, std::strerror(errno)));
    }

    std::size_t find_newline(std::size_t from) const {
        const void* found = std::memchr(buffer_.data() + from, '\n', end_ - from);
        return found == nullptr
                   ? std::string::npos
                   : static_cast<std::size_t>(static_cast<const char*>(found) - buffer_.data());
    }

    // Moves unread bytes to the front and fills the buffer after them, up to the end of the file.
    void fill() {
        std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
        end_ -= begin_;
        begin_ = 0;
        while (end_ < buffer_.size() && !at_end_) {
            const ssize_t got = ::read(file_, buffer_.data() + end_, buffer_.size() - end_);
            if (got < 0 && errno == EINTR) {
                check_signals();
                continue;
            }
            if (got < 0) {
                refuse();
            }
            at_end_ = got == 0;
            end_ += static_cast<std::size_t>(got);
        }
    }

    const std::string name_;
    const std::uint64_t lines_min_;
    int file_;
    std::string buffer_;
    std::size_t begin_ = 0;  // of the bytes that were not returned yet
    std::size_t end_ = 0;
    bool at_end_ = false;
    std::string_view line_;
    std::uint64_t number_ = 0;
    std::atomic<std::uint64_t> unterminated_ =
        0;  // number of the last line if it has no newline, else 0
    bool is_regular_ = false;
    std::uint64_t total_ = 0;
};

}  // namespace

ScratchDirectory::ScratchDirectory() {
    std::string name = std::filesystem::temp_directory_path() / "threatatlas-replay-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) {
        throw CannotRead(fmt::format(
            "cannot create a temporary directory: {}; set TMPDIR to a writable directory",
            std::strerror(errno)));
    }
    path_ = name;
}

ScratchDirectory::~ScratchDirectory() {
    std::error_code left_behind;
    std::filesystem::remove_all(path_, left_behind);
}

std::unique_ptr<LogSource> open_directory(const std::filesystem::path& data) {
    return std::make_unique<DirectorySource>(data);
}

std::unique_ptr<LogSource> open_export(const std::string& path, std::uint64_t lines_min) {
    return std::make_unique<FileSource>(path, lines_min);
}

std::unique_ptr<LogSource> open_log(const std::string& data, const std::string& events,
                                    const std::string& leaves, std::uint64_t lines_min) {
    auto source = data.empty() ? open_export(events, lines_min) : open_directory(data);
    return leaves.empty()
               ? std::move(source)
               : with_leaf_hashes(std::move(source), std::make_unique<LeafHashes>(leaves));
}

}  // namespace threatatlas::replay
