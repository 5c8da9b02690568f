// Commands that create a data directory or rebuild its tables.

#include <array>
#include <iostream>

#include <fmt/format.h>

#include "events/log_sealer.hpp"
#include "events/store/held_directory.hpp"
#include "projections/audit/log_import.hpp"
#include "projections/audit/rebuild.hpp"
#include "replay/commands.hpp"
#include "replay/kept_notes.hpp"

namespace threatatlas::replay {
namespace {

constexpr std::array<GridColumn, 1> work_columns{{{.title = "events", .pointer = "/events"}}};

void write_work(Output& output, Format format, std::string_view done, Position events) {
    if (format == Format::table) {
        output.write(fmt::format("{}: {} events\n", done, events));
    } else {
        write_record(output, format, work_columns, fmt::format("{{\"events\":{}}}", events));
    }
}

audit::Imported import_all(store::Store& store, LogSource& source, audit::ImportRules rules) {
    constexpr Position progress_lines = 1024;
    Progress progress("importing", source.unit());
    std::uint64_t bytes = 0;
    const auto next_line = [&]() -> std::optional<std::string_view> {
        if (!source.next()) {
            return std::nullopt;
        }
        bytes += source.line().size() + 1;
        if (source.number() % progress_lines == 0) {
            progress.update(bytes, source.total());
        }
        return source.line();
    };
    rules.is_unterminated = [&](std::uint64_t number) { return source.is_unterminated(number); };
    if (source.may_wait()) {
        rules.threads = events::PrefetchingReader::Threads::one;
    }
    const audit::Imported imported = audit::import_lines(store, next_line, rules);
    store.finish_import();
    return imported;
}

}  // namespace

ExitCode rebuild(const Options& options, Output& output, Format format) {
    const auto store = store::Store::open(options.data, {});
    {
        // Projections that may still answer most questions are not given up for a log that cannot
        // replace them.
        Progress progress("checking", Progress::Unit::events);
        audit::require_foldable(
            *store, [&](Position done, Position total) { progress.update(done, total); });
    }
    Progress progress("rebuilding", Progress::Unit::events);
    Position events = 0;
    // Recorded first, so that a server completes both after an interruption.
    events::want_tree_rebuild(*store);
    audit::rebuild_projections(*store, [&](Position done, Position total) {
        progress.update(done, total);
        events = total;
    });
    events::rebuild_tree(*store,
                         [&](Position done, Position total) { progress.update(done, total); });
    write_work(output, format, "rebuilt", events);
    return ExitCode::fine;
}

ExitCode import_log(const Options& options, Output& output, Format format) {
    const auto source = open_export(options.import_file);
    const audit::ImportRules rules{.checkpoint = checkpoint_of_export(options.import_file, options),
                                   .accepts_others = options.ignores_checkpoint};
    auto store = store::Store::open_for_import(options.data);
    const auto directory = store::identity_of(options.data);
    audit::Imported imported;
    try {
        imported = import_all(*store, *source, rules);
    } catch (...) {
        store.reset();
        // The directory was empty before, so everything in it came from this import.
        if (store::identity_of(options.data) == directory) {
            for (const auto& entry : std::filesystem::directory_iterator(options.data)) {
                std::filesystem::remove_all(entry.path());
            }
        }
        throw;
    }
    if (imported.left_out > 0) {
        std::cerr << fmt::format(
            "threatatlas-replay: the last {} event(s) were not imported: the file was cut off, "
            "perhaps within their transaction\n",
            imported.left_out);
    }
    write_work(output, format, "imported", imported.events);
    return ExitCode::fine;
}

}  // namespace threatatlas::replay
