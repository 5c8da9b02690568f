#pragma once

// An event's line: one CloudEvents 1.0 JSON object without a line break, the very bytes that are
// stored and exported. docs/FORMATS.md gives the order of its members.

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include "events/event.hpp"

namespace threatatlas {

// Appends the event's line, without a newline. The same event always gives the same bytes.
void append_line(std::string& out, const Event& event);

// What is wrong with a line that is not an event of this program's format.
class BadLine : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

// What the parser may look at behind a line.
inline constexpr std::size_t line_bytes_behind = 64;

// What of a stored line is taken in: all of it, or what the posture of a product depends on. Then
// texts are left out, but for those of the product itself and the names of elements, and so is who
// recorded it and why.
enum class Members { all, of_posture };

// Reads lines back. Keeps its buffers from line to line; not for use by two threads at once.
class LineReader {
  public:
    LineReader();
    ~LineReader();
    LineReader(LineReader&&) noexcept;
    LineReader& operator=(LineReader&&) noexcept;

    // The event of a line. Throws BadLine where the line is not the one that append_line() would
    // have made of an event without a fault (event_rules.hpp): unknown types or members, missing
    // ones, values out of range. A line may have U+2028 and U+2029 as they are, as append_line()
    // of earlier versions left them.
    Event read(std::string_view line);

    // The same for a line that this program stored itself: members are read but their order,
    // spelling and completeness are taken on trust. For folds over the whole log.
    Event read_stored(std::string_view line);

    // The same two into an event of the caller's, whose memory is used again; what was in it is
    // gone, also where the line is bad. Of the second one's line `bytes_behind` more bytes behind
    // its end can be read, whatever they are: from line_bytes_behind on it is read where it stands.
    void read(std::string_view line, Event& event);
    void read_stored(std::string_view line, Event& event, std::size_t bytes_behind = 0,
                     Members members = Members::all);

  private:
    struct Buffers;
    std::unique_ptr<Buffers> buffers_;
};

}  // namespace threatatlas
