#include "replay/options.hpp"

#include <algorithm>
#include <array>
#include <iostream>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/command_line.hpp"
#include "base/nearest_name.hpp"
#include "projections/query/timeline.hpp"
#include "replay/errors.hpp"

namespace threatatlas {
namespace {

// What the command line says, before it is understood.
struct Words {
    std::string data, events, leaves_file, format, output, as_of, from, to, every, import_file;
    std::string fail_on_critical, fail_on_unmitigated_high, fail_on_unscored, min_mitigation_ratio;
    std::optional<Position> at_position;
    std::optional<ProductId> product;
    std::optional<std::uint64_t> min_threats;
    std::vector<std::string> types;
    std::vector<std::string> keys;
    std::string checkpoint_file, proof_file, event_file;
    bool ignores_checkpoint = false;
    Position position = 0;
};

// Builds the commands: each helper gives one some options that several have.
class CommandLine {
  public:
    explicit CommandLine(Words& words) : words_(words) {
        app_.name("threatatlas-replay");
        app_.set_version_flag("--version", THREATATLAS_VERSION);
        app_.require_subcommand(1);
        auto* data =
            app_.add_option("--data", words_.data, "Data directory; a server may be running on it");
        auto* events = app_.add_option("--events", words_.events,
                                       "Exported log, one line an event; - is stdin")
                           ->excludes(data);
        app_.add_option("--leaves", words_.leaves_file,
                        "Leaf hashes of all positions, if --events lacks lines that are hidden "
                        "from you: the tiles of level 0, joined")
            ->needs(events);
        app_.add_flag(
            "--ignore-checkpoint", words_.ignores_checkpoint,
            "Read an export although it does not lead to the checkpoint beside it; import "
            "then leaves out the last transaction of a file that was cut off");
        app_.add_option(
            "--format", words_.format,
            "table, json, csv, ndjson or md; timeline also svg; report others. A table on "
            "a terminal, else json");
        app_.add_option("-o,--output", words_.output, "File to write to instead of stdout");
        app_.footer(
            "Exit code: 0 fine; 1 the answer is no (gate fails, verify finds a difference); 2 "
            "usage, or no such thing in the log; 3 the data cannot be read.\n"
            "An instant is written 2026-03-31T12:00:00Z; a date means the end of that day in UTC, "
            "and as --from its start.");
        add_questions();
        add_maintenance();
        add_proofs();
    }

    CLI::App& app() { return app_; }

  private:
    CLI::App* command(const std::string& name, const std::string& help) {
        return app_.add_subcommand(name, help)->fallthrough();
    }
    void add_product(CLI::App* command, bool required) {
        command->add_option("--product", words_.product, "Number of the product")
            ->required(required)
            ->check(whole_number(1));
    }
    void add_moment(CLI::App* command) {
        auto* as_of = command->add_option("--as-of", words_.as_of,
                                          "What had been recorded up to an instant or a date");
        command
            ->add_option("--at-position", words_.at_position,
                         "Up to the last transaction that ends at or before this position")
            ->check(whole_number(0))
            ->excludes(as_of);
    }
    void add_range(CLI::App* command, bool required) {
        command->add_option("--from", words_.from, "Instant, or date: the start of that day")
            ->required(required);
        command->add_option("--to", words_.to,
                            "Instant, or date: the end of that day; now if left out");
    }

    void add_questions() {
        auto* posture = command("posture", "The counts of a product at a moment");
        auto* gate = command("gate", "The verdict, as the server would have given it");
        auto* threats = command("threats", "The threats of a product at a moment");
        auto* mitigations = command("mitigations", "The mitigations of a product at a moment");
        auto* report = command(
            "report", "A report to file: --format md, html, docx, csv, json or zip (all of them)");
        for (auto* one : {posture, gate, threats, mitigations, report}) {
            add_product(one, true);
            add_moment(one);
        }
        add_thresholds(gate);
        add_thresholds(report);
        auto* timeline = command("timeline", "The counts of a product over time");
        add_product(timeline, true);
        add_range(timeline, false);
        timeline->add_option("--every", words_.every,
                             "1h, 1d, 7d, or change: after each transaction. 1d if left out");
        auto* diff = command("diff", "What changed in a product between two moments");
        add_product(diff, true);
        add_range(diff, true);
        auto* events = command("events", "The stored lines");
        add_product(events, false);
        add_range(events, false);
        events->add_option("--type", words_.types, "threat.identified, …; may be repeated")
            ->delimiter(',');
        add_moment(command("stats", "Events by type and product, sizes, first and last time"));
    }

    // --name alone is true.
    void add_bool(CLI::App* command, const std::string& name, std::string& word,
                  const std::string& help) {
        command->add_flag(name, word, help)->multi_option_policy(CLI::MultiOptionPolicy::Throw);
    }
    void add_thresholds(CLI::App* command) {
        add_bool(command, "--fail-on-critical", words_.fail_on_critical,
                 "Fail if there is a critical threat");
        add_bool(command, "--fail-on-unmitigated-high", words_.fail_on_unmitigated_high,
                 "Fail if a high or critical threat has no active mitigation");
        command->add_option("--min-mitigation-ratio", words_.min_mitigation_ratio,
                            "Fail if less than this share of the threats, 0 to 1, is mitigated");
        add_bool(command, "--fail-on-unscored", words_.fail_on_unscored,
                 "Fail if a threat has no severity yet");
        command
            ->add_option("--min-threats", words_.min_threats,
                         "Fail if there are fewer threats than this")
            ->check(whole_number(0));
    }

    void add_maintenance() {
        auto* verify =
            command("verify",
                    "Fold the log anew and hold every stored projection, and the Merkle tree, "
                    "against it");
        add_keys(verify);
        add_kept(verify);
        command("rebuild", "Make all projections anew from the log; stop the server first");
        command("export", "All lines of the log");
        auto* import = command("import", "Fill a new or empty directory with an exported log");
        import->add_option("file", words_.import_file, "Exported log; - is stdin")->required();
        import->add_option("--checkpoint", words_.checkpoint_file,
                           "Checkpoint that the lines have to lead to; FILE.checkpoint if left "
                           "out, where that is there");
        add_keys(import);
    }

    void add_keys(CLI::App* command) {
        command
            ->add_option("--vkey", words_.keys,
                         "Key that must have signed: of the log, of a witness; may be repeated")
            ->allow_extra_args(false);
    }
    void add_kept(CLI::App* command) {
        command->add_option("--checkpoint", words_.checkpoint_file,
                            "Checkpoint that you kept: did the log grow from it?");
    }
    void add_proofs() {
        auto* prove = command("prove", "A proof that an event is in the log, to give away");
        prove->add_option("--position", words_.position, "Of the event")
            ->required()
            ->check(whole_number(1));
        auto* check_proof = command("check-proof", "Whether such a proof holds; needs no data");
        check_proof->add_option("--event", words_.event_file,
                                "File with the event's line; the one in the proof if left out");
        auto* check_growth = command(
            "check-growth",
            "Whether the log grew from a checkpoint that you kept, begins with the lines that you "
            "have (--events, --data), or both");
        add_kept(check_growth);
        for (auto* one : {check_proof, check_growth}) {
            add_keys(one);
        }
        check_proof->add_option("file", words_.proof_file, "The proof; - is stdin")->required();
        check_growth->add_option(
            "file", words_.proof_file,
            "Answer of GET /api/proof/root?size=N, N that of the checkpoint, or of how many lines; "
            "- is stdin. Not needed to hold lines against a checkpoint");
    }

    CLI::App app_{"Reads the event log of ThreatAtlas: what was known when, and is it still so?"};
    Words& words_;
};

bool parse_flag(std::string_view option, const std::string& word) {
    if (word.empty()) {
        return false;
    }
    const auto value = parse_bool(word);
    if (!value) {
        throw UsageError(fmt::format("{}: \"{}\" is neither true nor false", option, word));
    }
    return *value;
}

Thresholds parse_thresholds(const Words& words) {
    Thresholds thresholds;
    thresholds.fail_on_critical = parse_flag("--fail-on-critical", words.fail_on_critical);
    thresholds.fail_on_unmitigated_high =
        parse_flag("--fail-on-unmitigated-high", words.fail_on_unmitigated_high);
    thresholds.fail_on_unscored = parse_flag("--fail-on-unscored", words.fail_on_unscored);
    thresholds.min_threats = words.min_threats;
    if (!words.min_mitigation_ratio.empty()) {
        thresholds.min_mitigation_ratio = parse_ratio(words.min_mitigation_ratio);
        if (!thresholds.min_mitigation_ratio) {
            throw UsageError(
                fmt::format("--min-mitigation-ratio: \"{}\" is not a decimal from 0 "
                            "to 1 with at most nine decimals",
                            words.min_mitigation_ratio));
        }
    }
    return thresholds;
}

using CutParser = Cut (*)(std::string_view option, std::string_view text);

std::optional<Cut> optional_cut(CutParser parse, std::string_view option, const std::string& word) {
    return word.empty() ? std::nullopt : std::optional(parse(option, word));
}

std::optional<Format> parse_format_option(const Words& words, std::string_view command) {
    if (words.format.empty()) {
        return std::nullopt;
    }
    const auto format = parse_format(words.format);
    if (!format || (format == Format::svg && command != "timeline")) {
        std::vector<std::string_view> choices(format_names().begin(), format_names().end());
        if (command != "timeline") {
            std::erase(choices, std::string_view("svg"));
        }
        throw UsageError(fmt::format("--format: {} does not come as \"{}\": give one of {}",
                                     command, words.format, fmt::join(choices, ", ")));
    }
    return format;
}

// Markdown where none is named.
const ReportForm* parse_report_form(const Words& words) {
    const ReportForm* const form = report_form_for(words.format.empty() ? "md" : words.format);
    if (form == nullptr) {
        std::vector<std::string_view> choices;
        for (const ReportForm& known : report_forms()) {
            choices.push_back(known.word);
        }
        throw UsageError(fmt::format("--format: report does not come as \"{}\": give one of {}",
                                     words.format, fmt::join(choices, ", ")));
    }
    return form;
}

std::vector<EventType> parse_types(const std::vector<std::string>& words) {
    std::vector<EventType> types;
    for (const std::string& text : words) {
        const std::string word = trimmed(text);
        const auto type = parse_event_type(word);
        if (!type) {
            const auto names = names_of<EventType>();
            const std::string_view meant = nearest_name(word, names);
            throw UsageError(fmt::format("--type: there is no type of event \"{}\": {}", word,
                                         meant.empty()
                                             ? fmt::format("give one of {}", fmt::join(names, ", "))
                                             : fmt::format("did you mean {}?", meant)));
        }
        types.push_back(*type);
    }
    return types;
}

std::string parse_every(const Words& words) {
    if (words.every.empty()) {
        return "1d";
    }
    if (words.every != "change" && !parse_step(words.every)) {
        throw UsageError(fmt::format(
            "--every: \"{}\" is neither a step like 1h, 1d or 7d, nor change", words.every));
    }
    return words.every;
}

// A file is only read; a directory is needed for what reads or makes projections.
void check_source(const Options& options) {
    constexpr std::array<std::string_view, 6> need_all_lines{"verify", "rebuild", "export",
                                                             "import", "prove",   "check-proof"};
    if (!options.leaves_file.empty() && std::find(need_all_lines.begin(), need_all_lines.end(),
                                                  options.command) != need_all_lines.end()) {
        throw UsageError(
            fmt::format("--leaves: {} is about whole logs, or about none", options.command));
    }
    if (options.command.starts_with("check-")) {
        if (options.events == "-" && options.proof_file == "-") {
            throw UsageError("the lines and the answer cannot both come from stdin");
        }
        return;
    }
    const bool needs_directory = options.command == "verify" || options.command == "rebuild" ||
                                 options.command == "import" || options.command == "prove";
    if (needs_directory && options.data.empty()) {
        throw UsageError(fmt::format("{} needs --data DIR", options.command));
    }
    if (options.data.empty() && options.events.empty()) {
        throw UsageError("say what to read: --data DIR or --events FILE");
    }
}

Options understand(const Words& words, std::string command) {
    Options options;
    if (command == "report") {
        options.report_form = parse_report_form(words);
    } else {
        options.format = parse_format_option(words, command);
    }
    options.command = std::move(command);
    options.data = words.data;
    options.events = words.events;
    options.leaves_file = words.leaves_file;
    options.output = words.output;
    options.product = words.product.value_or(0);
    if (!words.as_of.empty()) {
        options.cut = parse_cut("--as-of", words.as_of);
    }
    options.cut.at_position = words.at_position;
    options.thresholds = parse_thresholds(words);
    options.from = optional_cut(parse_range_start_cut, "--from", words.from);
    options.to = optional_cut(parse_cut, "--to", words.to);
    options.every = parse_every(words);
    options.types = parse_types(words.types);
    options.import_file = words.import_file;
    options.ignores_checkpoint = words.ignores_checkpoint;
    options.keys = words.keys;
    options.checkpoint_file = words.checkpoint_file;
    options.proof_file = words.proof_file;
    options.event_file = words.event_file;
    options.position = words.position;
    check_source(options);
    if (options.from && options.to && *options.from->until > *options.to->until) {
        throw UsageError("--from is later than --to: exchange the two");
    }
    return options;
}

}  // namespace

std::optional<Options> parse_options(int count, const char* const* arguments) {
    Words words;
    CommandLine line(words);
    try {
        line.app().parse(count, arguments);
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() == 0) {
            line.app().exit(error);
            return std::nullopt;
        }
        throw UsageError(explain(line.app(), error));
    }
    return understand(words, line.app().get_subcommands().front()->get_name());
}

}  // namespace threatatlas
