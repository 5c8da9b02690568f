#pragma once

// Folding many events into the store, group by group: rebuild and import.

#include <optional>
#include <string_view>

#include "events/store/store.hpp"
#include "projections/fold.hpp"
#include "projections/overlay.hpp"

namespace threatatlas {

// Writes unsynced: what a crash leaves is to be thrown away and made anew. Memory is bounded by the
// size of a group. For use by one thread, which has the store to itself.
class FoldWriter {
  public:
    enum class Lines { are_stored, come_along };

    // The store is the caller's and outlives the writer; its projections are empty. Lines that come
    // along are stored in the same batches as the rows that they fold to.
    FoldWriter(Store& store, Lines lines);

    // Folds the next event of the log. Throws BadHistory or StorageError.
    void add(const Event& event, std::string_view line);
    // After the last event: everything is written, though not yet durably.
    void finish();

  private:
    void write_group();

    Store& store_;
    const Lines lines_;
    Overlay overlay_;
    LogFold fold_;
    LogAppend log_;
    ProjectionChanges projections_;
    std::size_t group_events_ = 0;
    std::size_t group_bytes_ = 0;
};

}  // namespace threatatlas
