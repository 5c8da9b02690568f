// Event lines from untrusted sources: imports and files for threatatlas-replay.

#include <optional>
#include <string>

#include "events/event_line.hpp"
#include "events/event_rules.hpp"
#include "fuzz/fuzz_target.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace threatatlas;
    using namespace threatatlas::fuzz;
    const std::string_view line = bytes_of(data, size);
    static events::LineReader reader;
    std::optional<events::Event> trusted;
    try {
        trusted = reader.read_stored(line);
    } catch (const events::BadLine&) {
    }
    events::Event event;
    try {
        event = reader.read(line);
    } catch (const events::BadLine& bad) {
        require(bad.what() != std::string_view(), "a refusal has a reason");
        return 0;
    }
    std::string written;
    events::append_line(written, event);
    require(written == line, "an accepted line is written back unchanged");
    require(!events::fault_of(event), "an accepted event is valid");
    require(line.find('\n') == std::string_view::npos, "a line contains no newline");
    require(trusted.has_value(), "an accepted line can be read by the trusting parser");
    written.clear();
    events::append_line(written, *trusted);
    require(written == line, "both parsers give the same event");
    return 0;
}
