#pragma once

/// @file
/// The line of an event: one CloudEvents 1.0 JSON object without line breaks. These exact bytes are
/// stored, hashed and exported. docs/FORMATS.md specifies the order of the members.

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include "events/event.hpp"

namespace threatatlas::events {

/// Appends the event's line, without a newline. Deterministic: equal events give equal bytes.
void append_line(std::string& out, const Event& event);

/// The line is not an event in this program's format. what() gives the reason.
class BadLine : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// The number of readable bytes the parser needs after the end of a line.
inline constexpr std::size_t line_bytes_behind = 64;

/// Which members of a stored line are read: all of them, or only those that a product's posture
/// depends on. The latter skips all texts except those of products and the names of elements, and
/// skips the members that describe the recording (id, actor, reason and similar).
enum class Members { all, of_posture };

/// Parses lines. Reuses its buffers between calls; not thread-safe.
class LineReader {
  public:
    LineReader();
    ~LineReader();
    LineReader(LineReader&&) noexcept;
    LineReader& operator=(LineReader&&) noexcept;

    /// Parses a line strictly. Throws BadLine unless the line is what append_line() would write for
    /// a valid event (event_rules.hpp); so unknown types or members, missing members and values out
    /// of range are rejected. U+2028 and U+2029 may be unescaped, as earlier versions of
    /// append_line() left them.
    Event read(std::string_view line);

    /// Parses a line that this program stored itself. Order, spelling and completeness of the
    /// members are not checked. For folds over the whole log.
    Event read_stored(std::string_view line);

    /// The same, but into the caller's event, whose memory is reused; its previous value is lost
    /// even if BadLine is thrown. `bytes_behind` is the number of readable bytes after the end of
    /// the line, with any content: if there are at least line_bytes_behind, the line is parsed in
    /// place instead of being copied.
    void read(std::string_view line, Event& event);
    void read_stored(std::string_view line, Event& event, std::size_t bytes_behind = 0,
                     Members members = Members::all);

  private:
    struct Buffers;
    std::unique_ptr<Buffers> buffers_;
};

}  // namespace threatatlas::events
