#include "events/store/high_water_mark.hpp"

#include <array>
#include <cstdio>
#include <optional>
#include <string>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "base/base64.hpp"
#include "base/digest.hpp"
#include "events/store/errors.hpp"

namespace threatatlas::store {
namespace {

// One line of fixed length, so that a new mark overwrites the old one completely, followed by the
// first digits of its digest: a concurrent reader may see bytes of both the new and the old mark.
// Earlier versions wrote the line without a digest, and a shorter line before there was a root.
constexpr std::size_t line_bytes = 128;
constexpr std::size_t rootless_line_bytes = 80;
constexpr std::size_t digest_digits = 16;
constexpr std::size_t content_bytes = line_bytes + digest_digits + 1;
constexpr std::string_view root_name = " root ";

std::string line_of(const HighWaterMark& mark, std::size_t bytes) {
    return fmt::format("position {:020} answered_until {}{}\n", mark.position,
                       base::format_instant(mark.answered_until),
                       mark.root ? fmt::format("{}{}", root_name, base::base64_of(*mark.root)) : "")
        .append(line_bytes, ' ')
        .substr(0, bytes);
}

std::string digest_line_of(std::string_view line) {
    return base::hex_of(base::sha256(line)).substr(0, digest_digits) + '\n';
}

// False if the line was not written by line_of().
bool read_line(std::string_view line, HighWaterMark& mark) {
    constexpr std::string_view position_name = "position ";
    constexpr std::size_t position_digits = 20;
    constexpr std::string_view instant_name = " answered_until ";
    constexpr std::size_t instant_chars = 27;
    HighWaterMark read;
    for (const char digit : line.substr(position_name.size(), position_digits)) {
        read.position = read.position * 10 + static_cast<Position>(digit - '0');
    }
    const auto instant = base::parse_instant(
        line.substr(position_name.size() + position_digits + instant_name.size(), instant_chars));
    if (!instant) {
        return false;
    }
    read.answered_until = *instant;
    const std::size_t root = line.find(root_name);
    if (root != std::string_view::npos) {
        read.root = base::digest_of_base64(
            line.substr(root + root_name.size(), 4 * ((base::digest_bytes + 2) / 3)));
    }
    mark = read;
    return line_of(read, line.size()) == line;
}

int open_mark(const std::filesystem::path& path, int flags) {
    const int file = ::open(path.c_str(), flags | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0) {
        throw StorageError(fmt::format("{} cannot be opened", path.string()));
    }
    return file;
}

std::string content_of(int file) {
    std::string content(content_bytes, '\0');
    const ssize_t bytes = ::pread(file, content.data(), content.size(), 0);
    content.resize(bytes < 0 ? 0 : static_cast<std::size_t>(bytes));
    return content;
}

// All zero if the file is empty; nullopt if it is damaged.
std::optional<HighWaterMark> mark_in(std::string_view content) {
    HighWaterMark mark;
    if (content.empty()) {
        return mark;
    }
    std::string_view line = content;
    if (content.size() == content_bytes) {
        line = content.substr(0, line_bytes);
        if (content.substr(line_bytes) != digest_line_of(line)) {
            return std::nullopt;
        }
    }
    const bool has_form = line.size() == line_bytes || line.size() == rootless_line_bytes;
    return has_form && read_line(line, mark) ? std::optional(mark) : std::nullopt;
}

StorageError damaged(const std::filesystem::path& path) {
    return StorageError(fmt::format(
        "{} is damaged: compare the log with a backup, then remove the file", path.string()));
}

}  // namespace

HighWaterMark read_mark(const std::filesystem::path& data) {
    const auto path = data / "mark";
    if (!std::filesystem::exists(path)) {
        return {};
    }
    const int file = open_mark(path, O_RDONLY);
    // The file may be written concurrently. A torn line without a digest is detected because two
    // consecutive reads differ.
    constexpr int attempts_max = 100'000;
    std::string content = content_of(file);
    std::optional<HighWaterMark> mark;
    for (int attempt = 0; !mark && attempt < attempts_max; ++attempt) {
        std::string again = content_of(file);
        if (again == content) {
            mark = mark_in(content);
        }
        content = std::move(again);
    }
    ::close(file);
    if (!mark) {
        throw damaged(path);
    }
    return *mark;
}

HighWaterMarkFile::HighWaterMarkFile(const std::filesystem::path& data) {
    const auto path = data / "mark";
    file_ = open_mark(path, O_RDWR | O_CREAT);
    const auto mark = mark_in(content_of(file_));
    if (!mark) {
        ::close(file_);
        throw damaged(path);
    }
    mark_ = *mark;
}

HighWaterMarkFile::~HighWaterMarkFile() {
    ::fdatasync(file_);
    ::close(file_);
}

void HighWaterMarkFile::set(const HighWaterMark& mark) {
    std::string content = line_of(mark, line_bytes);
    content += digest_line_of(content);
    if (::pwrite(file_, content.data(), content.size(), 0) !=
        static_cast<ssize_t>(content.size())) {
        throw StorageError("the mark cannot be written");
    }
    mark_ = mark;
}

}  // namespace threatatlas::store
