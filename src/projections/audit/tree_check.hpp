#pragma once

/// @file
/// Compares the stored Merkle tree and its checkpoint with the lines of the log: the tree is
/// rebuilt from the lines alone, and every stored tile and root must be equal.

#include <cstdint>
#include <future>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "events/log_sealer.hpp"
#include "events/log_tree.hpp"
#include "projections/audit/difference.hpp"

namespace threatatlas::audit {

/// The relation of the log to a given checkpoint.
enum class Growth : std::uint8_t {
    grew,       ///< the log begins with the events of the checkpoint
    rewritten,  ///< it begins with other events
    shorter     ///< it has fewer events than the checkpoint
};

/// For use by one thread; a second thread hashes the lines added so far. `view` must outlive the
/// check.
class TreeCheck {
  public:
    /// `kept`: checkpoints to compare the log with, of any sizes and in any order.
    TreeCheck(const store::ReadView& view, const std::vector<tlog::Checkpoint>& kept);

    /// Adds the next line of the log, from position 1 on.
    void add(std::string_view line);
    /// Call after the last line.
    void finish();
    /// Call instead of finish() if the lines end prematurely: waits until all lines so far are
    /// processed.
    void settle();

    /// The functions below are valid after finish() or settle().

    /// True if the log was ever signed. Otherwise only the kept checkpoints are compared.
    bool is_signed() const { return stored_.has_value(); }
    /// The first difference found.
    const std::optional<Difference>& difference() const { return difference_; }
    std::uint64_t tiles_compared() const { return compared_; }
    /// In the order of `kept`.
    const std::vector<Growth>& growth() const { return growth_; }

  private:
    /// Lines, concatenated.
    struct Lines {
        std::string bytes;
        std::vector<std::size_t> ends;
    };

    void look_at_lines();
    void look_at(std::string_view line);
    void hold_against_kept();
    void compare(const events::Tile& tile);
    void note(std::string_view key, Position position, std::string detail);
    void note_checkpoint(std::string detail);
    void look_for_others();

    const store::ReadView& view_;
    std::optional<events::SealedLog> stored_;
    const std::vector<tlog::Checkpoint> kept_;
    std::vector<Growth> growth_;
    events::LogTree tree_;
    std::optional<Difference> difference_;
    std::uint64_t compared_ = 0;

    Lines gathered_;
    /// used by the second thread, like all members above, while it processes the lines
    Lines in_work_;
    std::future<void> looked_;  ///< last member: its destructor waits for the thread
};

}  // namespace threatatlas::audit
