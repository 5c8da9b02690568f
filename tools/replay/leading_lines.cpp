#include "replay/leading_lines.hpp"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "replay/log_source.hpp"
#include "tlog/merkle.hpp"

namespace threatatlas::replay {
namespace {

// Access to the lines by ascending position.
class LinesByPosition {
  public:
    explicit LinesByPosition(const Options& options)
        : source_(open_log(options.data, options.events, {})),
          progress_("hashing", source_->unit()) {}

    // The line at `position`, which must not be lower than in the previous call; nullopt if it is
    // missing. Valid until the next call.
    std::optional<std::string_view> at(Position position) {
        while (!at_end_ && position_ < position && fault_.empty()) {
            advance();
        }
        return !at_end_ && fault_.empty() && position_ == position ? std::optional(source_->line())
                                                                   : std::nullopt;
    }

    // Call it after at() has returned nullopt without a fault: no line up to this position exists.
    Position last_without_line() const {
        return at_end_ ? std::numeric_limits<Position>::max() : position_ - 1;
    }

    // Why reading stopped; empty if it did not.
    const std::string& fault() const { return fault_; }
    std::string place() const { return source_->place(source_->number()); }

  private:
    void advance() {
        constexpr std::uint64_t progress_lines = 1024;
        if (!source_->next()) {
            at_end_ = true;
            return;
        }
        bytes_ += source_->line().size() + 1;
        if (source_->number() % progress_lines == 0) {
            progress_.update(source_->unit() == Progress::Unit::bytes ? bytes_ : source_->number(),
                             source_->total());
        }
        const auto position = position_in(source_->line());
        if (!position) {
            fault_ = fmt::format("{} is not an event", place());
        } else if (*position <= position_) {
            fault_ =
                fmt::format("{} has position {}, after position {}", place(), *position, position_);
        } else {
            position_ = *position;
        }
    }

    const std::unique_ptr<LogSource> source_;
    Progress progress_;
    Position position_ = 0;
    std::uint64_t bytes_ = 0;
    bool at_end_ = false;
    std::string fault_;
};

}  // namespace

LeadingLines read_leading_lines(const Options& options, Position count) {
    LeadingLines found;
    LinesByPosition lines(options);
    std::optional<LeafHashes> leaves;
    if (!options.leaves_file.empty()) {
        leaves.emplace(options.leaves_file);
    }
    tlog::MerkleFrontier tree;
    const auto append = [&tree](const base::Digest& leaf) {
        tree.append(leaf, [](unsigned, std::uint64_t, const base::Digest&) {});
    };
    for (Position position = 1; position <= count && found.fault.empty(); ++position) {
        const auto line = lines.at(position);
        found.fault = lines.fault();
        const auto leaf = leaves && position <= leaves->size() ? std::optional(leaves->at(position))
                                                               : std::nullopt;
        if (line) {
            const base::Digest own = tlog::leaf_digest(*line);
            if (leaf && *leaf != own) {
                found.fault =
                    fmt::format("{} is not the line at position {}: its leaf hash differs",
                                lines.place(), position);
            }
            append(own);
        } else if (leaf) {
            found.hidden.add(position);
            append(*leaf);
        } else if (found.fault.empty()) {
            // Skip the gap at once: `count` comes from an untrusted file and may be huge.
            const Position last = std::min(count, lines.last_without_line());
            found.missing.add(position, last);
            if (last == count) {
                break;
            }
            position = last;
        }
    }
    if (found.fault.empty() && found.missing.empty()) {
        found.root = tree.root();
    }
    return found;
}

}  // namespace threatatlas::replay
