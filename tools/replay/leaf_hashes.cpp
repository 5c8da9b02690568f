#include "replay/leaf_hashes.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "replay/errors.hpp"
#include "tlog/merkle.hpp"

namespace threatatlas::replay {
namespace {

class PartialSource final : public LogSource {
  public:
    PartialSource(std::unique_ptr<LogSource> lines, std::unique_ptr<LeafHashes> leaves)
        : lines_(std::move(lines)), leaves_(std::move(leaves)), size_(leaves_->size()) {}

    bool next() override {
        if (!lines_->next()) {
            return false;
        }
        const auto position = position_in(line());
        if (position && *position >= 1 && *position <= size_ &&
            leaves_->at(*position) != tlog::leaf_digest(line())) {
            throw CannotRead(
                fmt::format("{}: this is not the line at position {}: its leaf hash differs",
                            place(number()), *position));
        }
        return true;
    }
    std::string_view line() const override { return lines_->line(); }
    std::uint64_t number() const override { return lines_->number(); }
    std::string place(std::uint64_t number) const override { return lines_->place(number); }
    bool is_checked() const override { return lines_->is_checked(); }
    Position known_up_to() const override { return size_; }
    bool may_wait() const override { return lines_->may_wait(); }
    Progress::Unit unit() const override { return lines_->unit(); }
    std::uint64_t total() const override { return lines_->total(); }

  private:
    const std::unique_ptr<LogSource> lines_;
    const std::unique_ptr<LeafHashes> leaves_;
    const Position size_;
};

}  // namespace

LeafHashes::LeafHashes(const std::string& path) : path_(path), file_(path, std::ios::binary) {
    file_.seekg(0, std::ios::end);
    const std::streamoff bytes = file_.tellg();
    file_.seekg(0);
    if (!file_ || bytes < 0) {
        throw CannotRead(fmt::format("{} cannot be read", path));
    }
    if (bytes % static_cast<std::streamoff>(base::digest_bytes) != 0) {
        throw CannotRead(
            fmt::format("{} must contain leaf hashes of {} bytes each: concatenate the tiles "
                        "/tile/0/000, /tile/0/001 and so on, without anything else",
                        path, base::digest_bytes));
    }
    size_ = static_cast<Position>(bytes) / base::digest_bytes;
}

base::Digest LeafHashes::at(Position position) {
    if (position != next_) {
        file_.seekg(static_cast<std::streamoff>((position - 1) * base::digest_bytes));
    }
    base::Digest digest{};
    file_.read(reinterpret_cast<char*>(digest.data()), base::digest_bytes);
    if (!file_) {
        throw CannotRead(fmt::format("{} cannot be read at position {}", path_, position));
    }
    next_ = position + 1;
    return digest;
}

// Quotes inside a JSON text are escaped, so the first match is the member.
std::optional<Position> position_in(std::string_view line) {
    constexpr std::string_view member = R"(,"position":)";
    const std::size_t found = line.find(member);
    if (found == std::string_view::npos) {
        return std::nullopt;
    }
    Position position = 0;
    const char* const begin = line.data() + found + member.size();
    const auto read = std::from_chars(begin, line.data() + line.size(), position);
    return read.ec == std::errc() ? std::optional(position) : std::nullopt;
}

void PositionRanges::add(Position first, Position last) {
    count_ += last - first + 1;
    if (!ranges_.empty() && ranges_.back().last + 1 == first) {
        ranges_.back().last = last;
    } else {
        ranges_.push_back({first, last});
    }
}

std::string PositionRanges::text() const {
    constexpr std::size_t ranges_shown = 20;
    std::vector<std::string> texts;
    std::uint64_t shown = 0;
    for (std::size_t i = 0; i < std::min(ranges_.size(), ranges_shown); ++i) {
        const auto [first, last] = ranges_[i];
        const std::string_view between = first + 1 == last ? ", " : " to ";
        texts.push_back(first == last ? std::to_string(first)
                                      : fmt::format("{}{}{}", first, between, last));
        shown += last - first + 1;
    }
    if (shown < count_) {
        texts.push_back(fmt::format("and {} more", count_ - shown));
    }
    return fmt::format("{}", fmt::join(texts, ", "));
}

std::unique_ptr<LogSource> with_leaf_hashes(std::unique_ptr<LogSource> lines,
                                            std::unique_ptr<LeafHashes> leaves) {
    return std::make_unique<PartialSource>(std::move(lines), std::move(leaves));
}

}  // namespace threatatlas::replay
