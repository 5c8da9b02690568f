#include "projections/audit/rebuild.hpp"

#include <fmt/format.h>

#include "events/event_log.hpp"
#include "events/log_sealer.hpp"
#include "events/prefetching_reader.hpp"
#include "projections/fold_writer.hpp"
#include "projections/log_fold.hpp"
#include "projections/memory_tables.hpp"
#include "projections/rows.hpp"

namespace threatatlas::audit {
namespace {

constexpr Position progress_events = 1024;

void remove_stamp(store::Store& store) {
    store::RowBatch batch(store);
    batch.erase(store::Table::meta, projection_stamp_key);
    store.write(batch);
}

bool next_of(events::PrefetchingReader& events) {
    try {
        return events.next();
    } catch (const events::BadLine& error) {
        throw events::BadLine(fmt::format("position {}: {}", events.line().number, error.what()));
    }
}

// Calls `take` for each event and its line.
template <class Take>
void read_log(const store::Store& store, const RebuildProgress& progress, const Take& take) {
    const store::ReadView view(store);
    const Position total = store::last_position(view);
    events::LogCursor cursor(view);
    events::PrefetchingReader events(events::lines_of(cursor),
                                     events::PrefetchingReader::Reading::stored);
    while (next_of(events)) {
        const auto& [position, line] = events.line();
        take(events.event(), line);
        if (progress && position % progress_events == 0) {
            progress(position, total);
        }
    }
    if (progress) {
        progress(total, total);
    }
}

}  // namespace

bool projections_are_current(const store::Store& store) {
    return store.get(store::Table::meta, projection_stamp_key) ==
           fmt::to_string(projections::projection_version);
}

void stamp_projections(store::Store& store) {
    store.flush();
    store::RowBatch batch(store);
    batch.put(store::Table::meta, projection_stamp_key,
              fmt::to_string(projections::projection_version));
    store.write(batch);
}

void require_foldable(const store::Store& store, const RebuildProgress& progress) {
    projections::MemoryTables tables;
    projections::LogFold fold(tables);
    read_log(store, progress,
             [&](const events::Event& event, std::string_view) { fold.next(event); });
    fold.finish();
}

void rebuild_projections(store::Store& store, const RebuildProgress& progress) {
    remove_stamp(store);
    for (const store::Table table : store::projection_tables()) {
        store.clear(table);
    }
    projections::FoldWriter writer(store, projections::FoldWriter::Lines::are_stored);
    read_log(store, progress,
             [&](const events::Event& event, std::string_view line) { writer.add(event, line); });
    writer.finish();
    stamp_projections(store);
}

void finish_rebuild(store::Store& store) {
    if (!projections_are_current(store)) {
        rebuild_projections(store);
    }
    events::finish_tree_rebuild(store);
}

}  // namespace threatatlas::audit
