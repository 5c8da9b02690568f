#pragma once

/// @file
/// Imports an exported log into a new store. Recorded positions and times are kept, every line is
/// checked, and all projections are built on the way.

#include <cstdint>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string_view>

#include "events/prefetching_reader.hpp"
#include "events/store/store.hpp"
#include "events/vocabulary.hpp"
#include "tlog/checkpoint.hpp"

namespace threatatlas::audit {

/// A line cannot be imported. what() names the line by its number, from 1.
class ImportRefused : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// Returns the next line without its newline, or nullopt at the end. The view is valid until the
/// next call. Called on one thread, not always the caller's.
using LineSupply = std::function<std::optional<std::string_view>()>;

/// What an import accepts.
struct ImportRules {
    /// A checkpoint signed for the log: the import must contain at least as many lines, and they
    /// must lead to its root.
    std::optional<tlog::Checkpoint> checkpoint = std::nullopt;
    /// Accept lines that do not match a checkpoint. If the lines are known to be truncated, the
    /// last transaction is left out: it may be incomplete, and would then give a state that the log
    /// never had.
    bool accepts_others = false;
    /// True if the line with this number ends with the end of its file instead of a newline.
    /// Thread-safe.
    std::function<bool(std::uint64_t)> is_unterminated = {};
    events::PrefetchingReader::Threads threads = events::PrefetchingReader::Threads::two;
};

/// The numbers of imported events and of events left out at the end.
struct Imported {
    Position events = 0;
    Position left_out = 0;
};

/// Fills a store whose log is empty, and writes the projection stamp. Everything is durable on
/// return. Throws ImportRefused or StorageError; lines written until then remain in the store, so
/// the caller must not present it as complete (StoreOptions).
Imported import_lines(store::Store& store, const LineSupply& next_line,
                      const ImportRules& rules = {});

}  // namespace threatatlas::audit
