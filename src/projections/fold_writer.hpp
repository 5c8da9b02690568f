#pragma once

/// @file
/// Folds many events into the store, group by group, for rebuilds and imports.

#include <optional>
#include <string_view>

#include "events/store/store.hpp"
#include "projections/log_fold.hpp"
#include "projections/overlay.hpp"

namespace threatatlas::projections {

/// Writes without sync: after a crash the result must be discarded and rebuilt. Memory is bounded
/// by the size of a group. For use by one thread with exclusive use of the store.
class FoldWriter {
  public:
    enum class Lines { are_stored, come_along };

    /// `store` must outlive the writer, and its projections must be empty. With Lines::come_along,
    /// lines are stored in the same batches as the rows folded from them.
    FoldWriter(store::Store& store, Lines lines);

    /// Folds the next event of the log. Throws BadHistory or StorageError.
    void add(const events::Event& event, std::string_view line);
    /// Call after the last event: writes the remaining rows, unsynced.
    void finish();

  private:
    void write_group();

    store::Store& store_;
    const Lines lines_;
    Overlay overlay_;
    LogFold fold_;
    store::LogAppend log_;
    store::ProjectionChanges projections_;
    std::size_t group_events_ = 0;
    std::size_t group_bytes_ = 0;
};

}  // namespace threatatlas::projections
