#include "projections/audit/rebuild.hpp"

#include <fmt/format.h>

#include "events/event_log.hpp"
#include "events/log_sealer.hpp"
#include "events/prefetching_reader.hpp"
#include "projections/fold_writer.hpp"
#include "projections/rows.hpp"

namespace threatatlas {
namespace {

constexpr Position progress_events = 1024;

void remove_stamp(Store& store) {
    RowBatch batch(store);
    batch.erase(Table::meta, projection_stamp_key);
    store.write(batch);
}

bool next_of(PrefetchingReader& events) {
    try {
        return events.next();
    } catch (const BadLine& error) {
        throw BadLine(fmt::format("position {}: {}", events.line().number, error.what()));
    }
}

void fold_log(Store& store, const RebuildProgress& progress) {
    const ReadView view(store);
    const Position total = last_position(view);
    FoldWriter writer(store, FoldWriter::Lines::are_stored);
    LogCursor cursor(view);
    PrefetchingReader events(lines_of(cursor), PrefetchingReader::Reading::stored);
    while (next_of(events)) {
        const auto& [position, line] = events.line();
        writer.add(events.event(), line);
        if (progress && position % progress_events == 0) {
            progress(position, total);
        }
    }
    writer.finish();
    if (progress) {
        progress(total, total);
    }
}

}  // namespace

bool projections_are_current(const Store& store) {
    return store.get(Table::meta, projection_stamp_key) == fmt::to_string(projection_version);
}

void stamp_projections(Store& store) {
    store.flush();
    RowBatch batch(store);
    batch.put(Table::meta, projection_stamp_key, fmt::to_string(projection_version));
    store.write(batch);
}

void rebuild_projections(Store& store, const RebuildProgress& progress) {
    remove_stamp(store);
    for (const Table table : projection_tables()) {
        store.clear(table);
    }
    fold_log(store, progress);
    stamp_projections(store);
}

void finish_rebuild(Store& store) {
    if (!projections_are_current(store)) {
        rebuild_projections(store);
    }
    finish_tree_rebuild(store);
}

}  // namespace threatatlas
