#include "projections/import.hpp"

#include <fmt/format.h>

#include "events/event_rules.hpp"
#include "projections/fold_writer.hpp"
#include "projections/rebuild.hpp"

namespace threatatlas {

namespace {

EventAhead::Source numbered(const LineSupply& next_line) {
    return [&next_line, number = std::uint64_t{0}]() mutable -> std::optional<NumberedLine> {
        const auto line = next_line();
        return line ? std::optional(NumberedLine{++number, *line}) : std::nullopt;
    };
}

// Ids and times that the server draws continue from those of the log.
void require_followable(const Event& event) {
    if (const auto fault = fault_of_bounds(event, import_bounds(event.position))) {
        throw BadLine(fmt::format(
            "{}: the server could not go on from there. threatatlas-replay --events reads the "
            "file as it is",
            *fault));
    }
}

// Whether there was one more.
bool take_in(EventAhead& events, FoldWriter& writer) {
    try {
        if (!events.next()) {
            return false;
        }
        require_followable(events.event());
        writer.add(events.event(), events.line().text);
        return true;
    } catch (const BadLine& error) {
        throw ImportRefused(fmt::format("line {}: {}", events.line().number, error.what()));
    } catch (const BadHistory& error) {
        throw ImportRefused(fmt::format("line {}: {}", events.line().number, error.what()));
    }
}

}  // namespace

Position import_lines(Store& store, const LineSupply& next_line, EventAhead::Threads threads) {
    FoldWriter writer(store, FoldWriter::Lines::come_along);
    EventAhead events(numbered(next_line), EventAhead::Reading::strict, threads);
    Position taken = 0;
    while (take_in(events, writer)) {
        ++taken;
    }
    writer.finish();
    stamp_projections(store);
    return taken;
}

}  // namespace threatatlas
