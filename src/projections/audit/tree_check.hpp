#pragma once

// Holding the stored Merkle tree and its checkpoint against the lines of the log: the tree is built
// anew from the lines alone, and every stored tile and root must be the same.

#include <cstdint>
#include <future>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "events/log_sealer.hpp"
#include "events/log_tree.hpp"
#include "projections/audit/difference.hpp"

namespace threatatlas {

// What the log is to a checkpoint that somebody kept.
enum class Growth : std::uint8_t {
    grew,       // its first events are the ones that the checkpoint speaks of
    rewritten,  // they are not
    shorter     // it has fewer events than that
};

// For use by one thread, beside which a second one looks at the lines that were given. The view
// outlives the check.
class TreeCheck {
  public:
    // `kept`: roots to hold the log against; of any sizes, in any order.
    TreeCheck(const ReadView& view, const std::vector<Checkpoint>& kept);

    // The next line of the log, from position 1 on.
    void add(std::string_view line);
    // After the last one.
    void finish();
    // Where lines end too early: waits until all of them were looked at.
    void settle();

    // The rest after finish() or settle().

    // Whether the log was ever signed. If not there is nothing to compare, except what was kept.
    bool is_signed() const { return stored_.has_value(); }
    // The first one.
    const std::optional<Difference>& difference() const { return difference_; }
    std::uint64_t tiles_compared() const { return compared_; }
    // In the order of `kept`.
    const std::vector<Growth>& growth() const { return growth_; }

  private:
    // Lines, one behind the other.
    struct Lines {
        std::string bytes;
        std::vector<std::size_t> ends;
    };

    void look_at_lines();
    void look_at(std::string_view line);
    void hold_against_kept();
    void compare(const Tile& tile);
    void note(std::string_view key, Position position, std::string detail);
    void note_checkpoint(std::string detail);
    void look_for_others();

    const ReadView& view_;
    std::optional<SealedLog> stored_;
    const std::vector<Checkpoint> kept_;
    std::vector<Growth> growth_;
    LogTree tree_;
    std::optional<Difference> difference_;
    std::uint64_t compared_ = 0;

    Lines gathered_;
    Lines in_work_;             // the second thread's, as is all above, while it looks at them
    std::future<void> looked_;  // last: waits for the thread
};

}  // namespace threatatlas
