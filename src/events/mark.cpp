#include "events/mark.hpp"

#include <array>
#include <cstdio>
#include <optional>
#include <string>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "events/store.hpp"

namespace threatatlas {
namespace {

// One line of a fixed length, so that a new mark covers the old one whole.
constexpr std::size_t line_bytes = 80;

std::string line_of(const Mark& mark) {
    return fmt::format("position {:020} answered_until {}\n", mark.position,
                       format_instant(mark.answered_until))
        .append(line_bytes, ' ')
        .substr(0, line_bytes);
}

// Nothing where the line was not written by line_of().
bool read_line(std::string_view line, Mark& mark) {
    constexpr std::string_view position_name = "position ";
    constexpr std::size_t position_digits = 20;
    constexpr std::string_view instant_name = " answered_until ";
    constexpr std::size_t instant_chars = 27;
    Mark read;
    for (const char digit : line.substr(position_name.size(), position_digits)) {
        read.position = read.position * 10 + static_cast<Position>(digit - '0');
    }
    const auto instant = parse_instant(
        line.substr(position_name.size() + position_digits + instant_name.size(), instant_chars));
    if (!instant) {
        return false;
    }
    read.answered_until = *instant;
    mark = read;
    return line_of(read) == line;
}

int open_mark(const std::filesystem::path& path, int flags) {
    const int file = ::open(path.c_str(), flags | O_CLOEXEC, 0644);
    if (file < 0) {
        throw StorageError(fmt::format("{} cannot be opened", path.string()));
    }
    return file;
}

// Nothing where the file is empty or damaged; `bytes` says which.
std::optional<Mark> read_line_of(int file, ssize_t& bytes) {
    std::string line(line_bytes, '\0');
    bytes = ::pread(file, line.data(), line.size(), 0);
    Mark mark;
    const bool whole = bytes == static_cast<ssize_t>(line.size()) && read_line(line, mark);
    return whole ? std::optional(mark) : std::nullopt;
}

StorageError damaged(const std::filesystem::path& path) {
    return StorageError(fmt::format(
        "{} is damaged: compare the log with a backup, then remove the file", path.string()));
}

}  // namespace

Mark read_mark(const std::filesystem::path& data) {
    const auto path = data / "mark";
    if (!std::filesystem::exists(path)) {
        return {};
    }
    const int file = open_mark(path, O_RDONLY);
    // Whoever reads while it is written may see some bytes of one mark and some of the next: what
    // can be read twice was neither.
    constexpr int attempts_max = 1'000;
    ssize_t bytes = 0;
    auto mark = read_line_of(file, bytes);
    bool settled = false;
    for (int attempt = 0; !settled && attempt < attempts_max; ++attempt) {
        auto again = read_line_of(file, bytes);
        settled = again == mark && (again || bytes == 0);
        mark = std::move(again);
    }
    ::close(file);
    if (!settled) {
        throw damaged(path);
    }
    return mark.value_or(Mark{});
}

MarkFile::MarkFile(const std::filesystem::path& data) {
    const auto path = data / "mark";
    file_ = open_mark(path, O_RDWR | O_CREAT);
    ssize_t bytes = 0;
    const auto mark = read_line_of(file_, bytes);
    if (!mark && bytes != 0) {
        ::close(file_);
        throw damaged(path);
    }
    mark_ = mark.value_or(Mark{});
}

MarkFile::~MarkFile() {
    ::fdatasync(file_);
    ::close(file_);
}

void MarkFile::set(const Mark& mark) {
    const std::string line = line_of(mark);
    if (::pwrite(file_, line.data(), line.size(), 0) != static_cast<ssize_t>(line.size())) {
        throw StorageError("the mark cannot be written");
    }
    mark_ = mark;
}

}  // namespace threatatlas
