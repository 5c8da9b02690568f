#pragma once

// Taking an exported log into a new store: recorded positions and times are kept, every line is
// checked, and all projections are made on the way.

#include <functional>
#include <optional>
#include <stdexcept>
#include <string_view>

#include "events/event_ahead.hpp"
#include "events/store.hpp"
#include "events/vocabulary.hpp"

namespace threatatlas {

// A line that cannot be taken in. The text names the line by its number, from 1.
class ImportRefused : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

// Gives the lines one after the other, without their newlines; nothing at the end. A view is good
// until the next call. Called on one thread, not always the caller's own.
using LineSupply = std::function<std::optional<std::string_view>()>;

// Fills a store whose log is empty and stamps its projections; returns how many events were taken.
// Everything is on the disk when it returns. Throws ImportRefused or StorageError; what was written
// until then stays, so the caller must not let the store pass for a whole one (StoreOptions).
Position import_lines(Store& store, const LineSupply& next_line,
                      EventAhead::Threads threads = EventAhead::Threads::two);

}  // namespace threatatlas
