#include "events/mark.hpp"

#include <array>
#include <cstdio>
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

}  // namespace

MarkFile::MarkFile(const std::filesystem::path& data) {
    const auto path = data / "mark";
    file_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (file_ < 0) {
        throw StorageError(fmt::format("{} cannot be opened", path.string()));
    }
    std::string line(line_bytes, '\0');
    const auto got = ::pread(file_, line.data(), line.size(), 0);
    if (got != 0 && (got != static_cast<ssize_t>(line.size()) || !read_line(line, mark_))) {
        ::close(file_);
        throw StorageError(fmt::format(
            "{} is damaged: compare the log with a backup, then remove the file", path.string()));
    }
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
