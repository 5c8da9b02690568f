#pragma once

/// One function per command.

#include "replay/errors.hpp"
#include "replay/log_source.hpp"
#include "replay/options.hpp"
#include "replay/output.hpp"

namespace threatatlas::replay {

/// Runs the command of the command line. Throws UsageError; any other exception means that data
/// could not be read or written.
ExitCode run_command(const Options& options);

/// Opens the log that the options name. An export must not be shorter than the checkpoint beside it
/// says.
std::unique_ptr<LogSource> open_log_of(const Options& options);

/// The input of a command that reads the log. `now` is the wall clock, read once.
struct Question {
    const Options& options;
    LogSource& source;
    Output& output;
    Format format;
    base::Instant wall_clock;
};

ExitCode answer_posture(const Question& question);
ExitCode answer_gate(const Question& question);
ExitCode answer_threats(const Question& question);
ExitCode answer_mitigations(const Question& question);
ExitCode answer_acceptances(const Question& question);
ExitCode answer_checks(const Question& question);
ExitCode answer_diff(const Question& question);
ExitCode answer_timeline(const Question& question);
ExitCode answer_report(const Question& question);
ExitCode answer_events(const Question& question);
ExitCode answer_stats(const Question& question);
ExitCode export_lines(const Question& question);

/// These open the directory themselves.
ExitCode verify(const Options& options, Output& output, Format format);
ExitCode rebuild(const Options& options, Output& output, Format format);
ExitCode prove(const Options& options, Output& output, Format format);
ExitCode import_log(const Options& options, Output& output, Format format);

/// Reads a threat model of another tool, and the log if a product is given. Writes JSON, whatever
/// the format.
ExitCode plan_import(const Options& options, Output& output, Format format);

/// These need no directory; check_growth may also read lines to compare.
ExitCode check_proof(const Options& options, Output& output, Format format);
ExitCode check_growth(const Options& options, Output& output, Format format);

}  // namespace threatatlas::replay
