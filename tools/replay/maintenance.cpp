// What looks after a data directory: verification, rebuild, import.

#include <array>

#include <fmt/format.h>

#include "events/json_writer.hpp"
#include "projections/import.hpp"
#include "projections/rebuild.hpp"
#include "projections/verify.hpp"
#include "replay/commands.hpp"

namespace threatatlas {
namespace {

constexpr std::array<Column, 8> verification_columns{{
    {.title = "clean", .pointer = "/clean"},
    {.title = "events", .pointer = "/events"},
    {.title = "rows", .pointer = "/rows/total"},
    {.title = "table", .pointer = "/difference/table"},
    {.title = "product", .pointer = "/difference/product_id"},
    {.title = "key", .pointer = "/difference/key"},
    {.title = "position", .pointer = "/difference/position"},
    {.title = "detail", .pointer = "/difference/detail"},
}};

constexpr std::array<Column, 1> work_columns{{{.title = "events", .pointer = "/events"}}};

void write_number_or_null(JsonWriter& json, std::string_view key, std::uint64_t number) {
    json.key(key);
    number == 0 ? json.null() : json.number(number);
}

void write_difference(JsonWriter& json, const Difference& difference) {
    json.begin_object();
    json.key("table").string(table_name(difference.table));
    write_number_or_null(json, "product_id", difference.product);
    json.key("key").string(describe_key(difference.table, difference.key));
    write_number_or_null(json, "position", difference.position);
    json.key("detail").string(difference.detail);
    json.end_object();
}

std::string verification_json(const Verification& verification) {
    std::string text;
    JsonWriter json(text);
    json.begin_object();
    json.key("clean").boolean(verification.clean());
    json.key("events").number(verification.events);
    json.key("rows").begin_object();
    std::uint64_t total = 0;
    for (const Table table : projection_tables()) {
        const std::uint64_t rows = verification.rows[static_cast<std::size_t>(table)];
        json.key(table_name(table)).number(rows);
        total += rows;
    }
    json.key("total").number(total).end_object();
    json.key("difference");
    if (verification.first_difference) {
        write_difference(json, *verification.first_difference);
    } else {
        json.null();
    }
    json.end_object();
    return text;
}

std::string sentence(const Verification& verification) {
    if (verification.clean()) {
        std::uint64_t rows = 0;
        for (const std::uint64_t count : verification.rows) {
            rows += count;
        }
        return fmt::format("clean: {} events folded, {} rows compared byte by byte\n",
                           verification.events, rows);
    }
    const Difference& difference = *verification.first_difference;
    std::string text =
        fmt::format("DIFFERENCE in {}: {}: {}", table_name(difference.table),
                    describe_key(difference.table, difference.key), difference.detail);
    if (difference.position != 0 && difference.table != Table::events) {
        text += fmt::format(" (newest event about it: position {})", difference.position);
    }
    return text + "\n";
}

void write_work(Output& output, Format format, std::string_view done, Position events) {
    if (format == Format::table) {
        output.write(fmt::format("{}: {} events\n", done, events));
    } else {
        write_record(output, format, work_columns, fmt::format("{{\"events\":{}}}", events));
    }
}

Position import_all(Store& store, LogSource& source) {
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
    const Position events = import_lines(
        store, next_line, source.may_wait() ? EventAhead::Threads::one : EventAhead::Threads::two);
    store.finish_import();
    return events;
}

}  // namespace

ExitCode verify(const Options& options, Output& output, Format format) {
    const ScratchDirectory scratch;
    const auto store = Store::open_beside(options.data, scratch.path());
    Progress progress("verifying", Progress::Unit::events);
    const Verification verification = verify_projections(
        *store, [&](Position done, Position total) { progress.update(done, total); });
    if (format == Format::table) {
        output.write(sentence(verification));
    } else {
        write_record(output, format, verification_columns, verification_json(verification));
    }
    return verification.clean() ? ExitCode::fine : ExitCode::answer_is_no;
}

ExitCode rebuild(const Options& options, Output& output, Format format) {
    const auto store = Store::open(options.data, {});
    Progress progress("rebuilding", Progress::Unit::events);
    Position events = 0;
    rebuild_projections(*store, [&](Position done, Position total) {
        progress.update(done, total);
        events = total;
    });
    write_work(output, format, "rebuilt", events);
    return ExitCode::fine;
}

ExitCode import_log(const Options& options, Output& output, Format format) {
    const auto source = open_export(options.import_file);
    auto store = Store::open_for_import(options.data);
    Position events = 0;
    try {
        events = import_all(*store, *source);
    } catch (...) {
        // The directory was empty, so all that is in it came from here.
        store.reset();
        for (const auto& entry : std::filesystem::directory_iterator(options.data)) {
            std::filesystem::remove_all(entry.path());
        }
        throw;
    }
    write_work(output, format, "imported", events);
    return ExitCode::fine;
}

}  // namespace threatatlas
