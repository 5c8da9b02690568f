// Lines of a log that may come from anywhere: an import, a file given to the replay tool.

#include <optional>
#include <string>

#include "events/event_line.hpp"
#include "events/event_rules.hpp"
#include "fuzz/fuzz_target.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace threatatlas;
    using namespace threatatlas::fuzz;
    const std::string_view line = bytes_of(data, size);
    static LineReader reader;
    std::optional<Event> trusted;
    try {
        trusted = reader.read_stored(line);
    } catch (const BadLine&) {
    }
    Event event;
    try {
        event = reader.read(line);
    } catch (const BadLine& bad) {
        require(bad.what() != std::string_view(), "a line is refused for a reason");
        return 0;
    }
    std::string written;
    append_line(written, event);
    require(written == line, "what is accepted is written back to the same bytes");
    require(!fault_of(event), "what is accepted has no fault");
    require(line.find('\n') == std::string_view::npos, "a line is one line");
    require(trusted.has_value(), "what is accepted can be read on trust");
    written.clear();
    append_line(written, *trusted);
    require(written == line, "both ways of reading give the same event");
    return 0;
}
