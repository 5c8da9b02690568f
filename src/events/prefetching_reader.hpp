#pragma once

// The events of a log one after the other, read ahead: a second thread brings lines and, when there
// are enough of them, helps to take them apart. Whoever is ahead takes the work that is left, so
// that reading uses two processors whichever of the two has less to do.

#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "events/event.hpp"
#include "events/event_line.hpp"
#include "events/log_cursor.hpp"

namespace threatatlas {

// One line of a log and its number: its position, or its place in a file.
struct NumberedLine {
    std::uint64_t number = 0;
    std::string_view text;
};

// For use by one thread.
class PrefetchingReader {
  public:
    // The next line, good until the next call; nothing at the end. Called on one thread, not always
    // the owner's. What it throws next() throws, behind the events of the lines before.
    using Source = std::function<std::optional<NumberedLine>()>;

    // LineReader::read_stored(), the same for the posture alone, or read().
    enum class Reading { stored, stored_posture, strict };
    enum class Threads { one, two };

    // With one thread nothing is read ahead: for a source that may keep its reader waiting.
    PrefetchingReader(Source source, Reading reading, Threads threads = Threads::two);
    // Waits for the source to give the line it was asked for.
    ~PrefetchingReader();
    PrefetchingReader(const PrefetchingReader&) = delete;
    PrefetchingReader& operator=(const PrefetchingReader&) = delete;

    // Moves on to the next event; false at the end. Throws BadLine, with the line standing below,
    // and what the source throws; then there is nothing more to come.
    bool next();

    // Both good until next() is called again; the event only where next() said true.
    const NumberedLine& line() const;
    Event& event();
    // The event so many behind the one that next() gave, where it is known already; else null. Good
    // until next() is called again.
    const Event* ahead(std::size_t events) const;

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

// The lines of the log in a store. The cursor is the caller's and outlives the source.
PrefetchingReader::Source lines_of(LogCursor& cursor);

}  // namespace threatatlas
