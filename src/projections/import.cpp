#include "projections/import.hpp"

#include <fmt/format.h>

#include "events/event_line.hpp"
#include "projections/fold_writer.hpp"
#include "projections/rebuild.hpp"

namespace threatatlas {

Position import_lines(Store& store, const LineSupply& next_line) {
    FoldWriter writer(store, FoldWriter::Lines::come_along);
    LineReader reader;
    Position number = 0;
    while (const auto line = next_line()) {
        ++number;
        try {
            writer.add(reader.read(*line), *line);
        } catch (const BadLine& error) {
            throw ImportRefused(fmt::format("line {}: {}", number, error.what()));
        } catch (const BadHistory& error) {
            throw ImportRefused(fmt::format("line {}: {}", number, error.what()));
        }
    }
    writer.finish();
    stamp_projections(store);
    return number;
}

}  // namespace threatatlas
