#pragma once

/// @file
/// Reads the events of a log sequentially and ahead of the consumer: a second thread reads lines
/// and, once there are enough of them, helps to parse them. Whichever thread has less to do takes
/// the remaining work, so that reading keeps two processors busy.

#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "events/event.hpp"
#include "events/event_line.hpp"
#include "events/log_cursor.hpp"

namespace threatatlas::events {

/// One line of a log and its number: its position in the log, or its line number in a file.
struct NumberedLine {
    std::uint64_t number = 0;
    std::string_view text;
};

/// For use by one thread.
class PrefetchingReader {
  public:
    /// Returns the next line, valid until the next call, or nullopt at the end. Called on one
    /// thread, which need not be the owner's. If it throws, next() throws the same exception, after
    /// the events of all earlier lines.
    using Source = std::function<std::optional<NumberedLine>()>;

    /// How lines are parsed: LineReader::read_stored(), the same with Members::of_posture, or
    /// LineReader::read().
    enum class Reading { stored, stored_posture, strict };
    enum class Threads { one, two };

    /// With Threads::one nothing is read ahead; for a source that may block for long.
    PrefetchingReader(Source source, Reading reading, Threads threads = Threads::two);
    /// Blocks until a call of the source that is in progress returns.
    ~PrefetchingReader();
    PrefetchingReader(const PrefetchingReader&) = delete;
    PrefetchingReader& operator=(const PrefetchingReader&) = delete;

    /// Advances to the next event; returns false at the end. Throws BadLine, for the line that
    /// line() then returns, and anything that the source throws; after that there are no further
    /// events.
    bool next();

    /// The current line, and its event (only after next() returned true). Both valid until the next
    /// call of next().
    const NumberedLine& line() const;
    Event& event();
    /// The event that is `events` places after the current one, or null if it is not parsed yet.
    /// Valid until the next call of next().
    const Event* ahead(std::size_t events) const;

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

/// A source of the lines in a store. `cursor` must outlive the source.
PrefetchingReader::Source lines_of(LogCursor& cursor);

}  // namespace threatatlas::events
