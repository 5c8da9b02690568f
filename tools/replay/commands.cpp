#include "replay/commands.hpp"

#include <array>
#include <iostream>

#include "replay/errors.hpp"
#include "replay/kept_notes.hpp"

namespace threatatlas::replay {
namespace {

struct NamedQuestion {
    std::string_view name;
    ExitCode (*answer)(const Question&);
};
struct NamedWork {
    std::string_view name;
    ExitCode (*carry_out)(const Options&, Output&, Format);
    // true: the command changes a directory, and its output is only a message
    bool changes_data = false;
};

constexpr std::array<NamedQuestion, 12> questions{{{"posture", answer_posture},
                                                   {"gate", answer_gate},
                                                   {"threats", answer_threats},
                                                   {"mitigations", answer_mitigations},
                                                   {"acceptances", answer_acceptances},
                                                   {"checks", answer_checks},
                                                   {"diff", answer_diff},
                                                   {"timeline", answer_timeline},
                                                   {"report", answer_report},
                                                   {"events", answer_events},
                                                   {"stats", answer_stats},
                                                   {"export", export_lines}}};
constexpr std::array<NamedWork, 7> works{{{"verify", verify},
                                          {"rebuild", rebuild, true},
                                          {"import", import_log, true},
                                          {"import-plan", plan_import},
                                          {"prove", prove},
                                          {"check-proof", check_proof},
                                          {"check-growth", check_growth}}};

Format format_for(const Options& options, const Output& output) {
    if (options.format) {
        return *options.format;
    }
    if (output.is_terminal()) {
        return Format::table;
    }
    return options.command == "events" ? Format::ndjson : Format::json;
}

// A change of a directory is not undone if the output cannot be written; the command then only
// prints a warning.
void finish(Output& output, bool data_is_changed) {
    try {
        output.finish();
    } catch (const CannotRead& error) {
        if (!data_is_changed) {
            throw;
        }
        std::cerr << "threatatlas-replay: the command succeeded, but " << error.what() << '\n';
    }
}

}  // namespace

std::unique_ptr<LogSource> open_log_of(const Options& options) {
    // Some lines may be hidden; then there is nothing to compare with.
    const bool is_held_against =
        options.data.empty() && options.leaves_file.empty() && !options.ignores_checkpoint;
    const auto checkpoint =
        is_held_against ? checkpoint_of_export(options.events, options) : std::nullopt;
    return open_log(options.data, options.events, options.leaves_file,
                    checkpoint ? checkpoint->size : 0);
}

ExitCode run_command(const Options& options) {
    Output output(options.output);
    const Format format = format_for(options, output);
    for (const auto& work : works) {
        if (work.name == options.command) {
            const ExitCode code = work.carry_out(options, output, format);
            finish(output, work.changes_data);
            return code;
        }
    }
    const auto source = open_log_of(options);
    const Question question{
        options, *source, output, format,
        std::chrono::time_point_cast<base::Instant::duration>(std::chrono::system_clock::now())};
    for (const auto& one : questions) {
        if (one.name == options.command) {
            const ExitCode code = one.answer(question);
            output.finish();
            return code;
        }
    }
    throw UsageError("unknown command");
}

}  // namespace threatatlas::replay
