#pragma once

// Taking an exported log into a new store: recorded positions and times are kept, every line is
// checked, and all projections are made on the way.

#include <cstdint>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string_view>

#include "events/prefetching_reader.hpp"
#include "events/store/store.hpp"
#include "events/vocabulary.hpp"
#include "tlog/checkpoint.hpp"

namespace threatatlas {

// A line that cannot be taken in. The text names the line by its number, from 1.
class ImportRefused : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

// Gives the lines one after the other, without their newlines; nothing at the end. A view is good
// until the next call. Called on one thread, not always the caller's own.
using LineSupply = std::function<std::optional<std::string_view>()>;

struct ImportRules {
    // One that was signed for the log: there are as many lines at least, and they lead to its root.
    std::optional<Checkpoint> checkpoint = std::nullopt;
    // Take in other lines as well. Of lines that are known to be cut off the last transaction is
    // left out: it may be half, and its state is then one that the log never had.
    bool accepts_others = false;
    // Whether the line of that number ends with its file, and not with a newline. From any thread.
    std::function<bool(std::uint64_t)> is_unterminated = {};
    PrefetchingReader::Threads threads = PrefetchingReader::Threads::two;
};

struct Imported {
    Position events = 0;
    Position left_out = 0;
};

// Fills a store whose log is empty and stamps its projections. Everything is on the disk when it
// returns. Throws ImportRefused or StorageError; what was written until then stays, so the caller
// must not let the store pass for a whole one (StoreOptions).
Imported import_lines(Store& store, const LineSupply& next_line, const ImportRules& rules = {});

}  // namespace threatatlas
