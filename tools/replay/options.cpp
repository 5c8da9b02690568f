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

namespace threatatlas::replay {
namespace {

// Option values as text, before they are parsed.
struct OptionTexts {
    std::string data, events, leaves_file, format, output, as_of, from, to, every, import_file;
    std::string fail_on_critical, fail_on_unmitigated_high, fail_on_unscored, min_mitigation_ratio;
    std::string ignore_acceptances;
    std::string policy;
    std::string baseline;
    std::optional<Position> at_position;
    std::optional<ProductId> product;
    std::string source;
    std::string missing;
    std::optional<std::uint64_t> min_threats;
    std::vector<std::string> types;
    std::vector<std::string> keys;
    std::string checkpoint_file, proof_file, event_file;
    bool ignores_checkpoint = false;
    Position position = 0;
};

// Defines the commands; each helper adds options that several commands share.
class CommandLine {
  public:
    explicit CommandLine(OptionTexts& texts) : texts_(texts) {
        app_.name("threatatlas-replay");
        app_.set_version_flag("--version", THREATATLAS_VERSION);
        app_.require_subcommand(1);
        auto* data =
            app_.add_option("--data", texts_.data, "Data directory; a server may be running on it");
        auto* events = app_.add_option("--events", texts_.events,
                                       "Exported log with one event per line; - is stdin")
                           ->excludes(data);
        app_.add_option("--leaves", texts_.leaves_file,
                        "Leaf hashes of all positions (the concatenated tiles of level 0), if "
                        "--events lacks lines that are hidden from you")
            ->needs(events);
        app_.add_flag("--ignore-checkpoint", texts_.ignores_checkpoint,
                      "Read an export even if it does not match the checkpoint beside it; if the "
                      "file was cut off, import omits the last transaction");
        app_.add_option("--format", texts_.format,
                        "table, json, csv, ndjson or md; timeline also svg; report and import-plan "
                        "have their own. Default: table on a terminal, else json");
        app_.add_option("-o,--output", texts_.output, "Output file; default: stdout");
        app_.footer(
            "Exit codes: 0 success; 1 negative result (the gate fails, verify finds a difference); "
            "2 usage error, or not in the log; 3 the data cannot be read.\nInstants are written "
            "2026-03-31T12:00:00Z; a date means the end of that day in UTC, or its start for "
            "--from.");
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
        command->add_option("--product", texts_.product, "Product id")
            ->required(required)
            ->check(base::whole_number(1));
    }
    void add_moment(CLI::App* command) {
        auto* as_of = command->add_option("--as-of", texts_.as_of,
                                          "State as recorded up to an instant or date");
        command
            ->add_option("--at-position", texts_.at_position,
                         "State after the last transaction that ends at or before this position")
            ->check(base::whole_number(0))
            ->excludes(as_of);
    }
    void add_range(CLI::App* command, bool required) {
        command->add_option("--from", texts_.from, "Instant, or date: the start of that day")
            ->required(required);
        command->add_option("--to", texts_.to,
                            "Instant, or date: the end of that day; default: now");
    }

    void add_questions() {
        auto* posture = command("posture", "Counts of a product at a moment");
        auto* gate = command("gate", "The gate's verdict, as the server would have given it");
        auto* threats = command("threats", "Threats of a product at a moment");
        auto* mitigations = command("mitigations", "Mitigations of a product at a moment");
        auto* acceptances = command("acceptances", "Risk acceptances of a product at a moment");
        auto* checks = command("checks", "Recorded checks of a product, each answered again");
        auto* report = command(
            "report", "Write a report: --format md, html, docx, csv, json or zip (all of them)");
        for (auto* one : {posture, gate, threats, mitigations, acceptances, checks, report}) {
            add_product(one, true);
            add_moment(one);
        }
        add_thresholds(gate);
        add_thresholds(report);
        auto* timeline = command("timeline", "Counts of a product over time");
        add_product(timeline, true);
        add_range(timeline, false);
        timeline->add_option("--every", texts_.every,
                             "1h, 1d, 7d, or change: after each transaction. Default: 1d");
        auto* diff = command("diff", "Changes of a product between two moments");
        add_product(diff, true);
        add_range(diff, true);
        auto* events = command("events", "The stored event lines");
        add_product(events, false);
        add_range(events, false);
        events->add_option("--type", texts_.types, "threat.identified, …; repeatable")
            ->delimiter(',');
        add_moment(
            command("stats", "Number of events by type and product, sizes, first and last time"));
    }

    // `--name` without a value means true.
    static void add_bool(CLI::App* command, const std::string& name, std::string& word,
                         const std::string& help) {
        command->add_flag(name, word, help)->multi_option_policy(CLI::MultiOptionPolicy::Throw);
    }
    void add_thresholds(CLI::App* command) {
        add_bool(command, "--fail-on-critical", texts_.fail_on_critical,
                 "Fail if there is a critical threat");
        add_bool(command, "--fail-on-unmitigated-high", texts_.fail_on_unmitigated_high,
                 "Fail if a high or critical threat has no active mitigation");
        command->add_option("--min-mitigation-ratio", texts_.min_mitigation_ratio,
                            "Fail if a smaller share of the threats, from 0 to 1, is mitigated");
        add_bool(command, "--ignore-acceptances", texts_.ignore_acceptances,
                 "Count threats whose risk is accepted like others");
        command->add_option("--policy", texts_.policy,
                            "Apply this policy, too; none: only an enforced one");
        command->add_option("--baseline", texts_.baseline,
                            "Count only what got worse since an instant, a date or position:N");
        add_bool(command, "--fail-on-unscored", texts_.fail_on_unscored,
                 "Fail if a threat has no severity");
        command
            ->add_option("--min-threats", texts_.min_threats,
                         "Fail if there are fewer threats than this")
            ->check(base::whole_number(0));
    }

    void add_maintenance() {
        auto* verify = command("verify",
                               "Recompute all projections and the Merkle tree from the log and "
                               "compare them with the stored ones");
        add_keys(verify);
        add_kept(verify);
        command("rebuild", "Rebuild all projections from the log; stop the server first");
        command("export", "Write all lines of the log");
        auto* import = command("import", "Load an exported log into a new or empty directory");
        import->add_option("file", texts_.import_file, "Exported log; - is stdin")->required();
        import->add_option(
            "--checkpoint", texts_.checkpoint_file,
            "Checkpoint that the lines must match; default: FILE.checkpoint, if it exists");
        add_keys(import);
        auto* plan =
            command("import-plan",
                    "Show as JSON what a threat model of another tool contains; needs no log. With "
                    "--product, show what an import of it would record in that product. --format "
                    "names its format; default: recognised by content");
        plan->add_option("file", texts_.import_file, "The threat model; - is stdin")->required();
        add_product(plan, false);
        add_moment(plan);
        plan->add_option("--source", texts_.source,
                         "Name of the file within the product; default: the format");
        plan->add_option("--missing", texts_.missing,
                         "What becomes of objects that the file no longer has: keep, remove or "
                         "not_applicable; default: keep");
    }

    void add_keys(CLI::App* command) {
        command
            ->add_option("--vkey", texts_.keys,
                         "Key that must have signed, of the log or of a witness; repeatable")
            ->allow_extra_args(false);
    }
    void add_kept(CLI::App* command) {
        command->add_option("--checkpoint", texts_.checkpoint_file,
                            "Checkpoint that you kept: the log must extend it");
    }
    void add_proofs() {
        auto* prove = command("prove", "Write a proof that an event is in the log");
        prove->add_option("--position", texts_.position, "Position of the event")
            ->required()
            ->check(base::whole_number(1));
        auto* check_proof = command("check-proof", "Check such a proof; needs no data");
        check_proof->add_option("--event", texts_.event_file,
                                "File with the event's line; default: the line in the proof");
        auto* check_growth =
            command("check-growth",
                    "Check that the log extends a checkpoint that you kept, begins with the lines "
                    "that you have (--events, --data), or both");
        add_kept(check_growth);
        for (auto* one : {check_proof, check_growth}) {
            add_keys(one);
        }
        check_proof->add_option("file", texts_.proof_file, "The proof; - is stdin")->required();
        check_growth->add_option(
            "file", texts_.proof_file,
            "Response of GET /api/proof/root?size=N, with N the size of the checkpoint or the "
            "number of lines; - is stdin. Not needed to compare lines with a checkpoint");
    }

    CLI::App app_{
        "Reads the event log of ThreatAtlas: answers about any moment, and verification."};
    OptionTexts& texts_;
};

bool parse_flag(std::string_view option, const std::string& word) {
    if (word.empty()) {
        return false;
    }
    const auto value = projections::parse_bool(word);
    if (!value) {
        throw UsageError(fmt::format("{}: \"{}\" must be true or false", option, word));
    }
    return *value;
}

projections::Thresholds parse_thresholds(const OptionTexts& texts) {
    projections::Thresholds thresholds;
    thresholds.fail_on_critical = parse_flag("--fail-on-critical", texts.fail_on_critical);
    thresholds.fail_on_unmitigated_high =
        parse_flag("--fail-on-unmitigated-high", texts.fail_on_unmitigated_high);
    thresholds.ignores_acceptances = parse_flag("--ignore-acceptances", texts.ignore_acceptances);
    thresholds.fail_on_unscored = parse_flag("--fail-on-unscored", texts.fail_on_unscored);
    thresholds.min_threats = texts.min_threats;
    if (!texts.min_mitigation_ratio.empty()) {
        thresholds.min_mitigation_ratio = projections::parse_ratio(texts.min_mitigation_ratio);
        if (!thresholds.min_mitigation_ratio) {
            throw UsageError(
                fmt::format("--min-mitigation-ratio: \"{}\" must be a decimal from 0 to 1 with at "
                            "most {} decimals",
                            texts.min_mitigation_ratio, projections::Ratio::decimals));
        }
    }
    return thresholds;
}

query::PolicyChoice parse_policies(const OptionTexts& texts) {
    query::PolicyChoice choice;
    choice.none = texts.policy == "none";
    if (choice.none || texts.policy.empty()) {
        return choice;
    }
    if (const auto fault = events::fault_of_policy_name(texts.policy)) {
        throw UsageError(fmt::format("--policy: the name of a policy {}", *fault));
    }
    choice.name = texts.policy;
    return choice;
}

using CutParser = Cut (*)(std::string_view option, std::string_view text);

std::optional<Cut> optional_cut(CutParser parse, std::string_view option, const std::string& word) {
    return word.empty() ? std::nullopt : std::optional(parse(option, word));
}

std::optional<Format> parse_format_option(const OptionTexts& texts, std::string_view command) {
    if (texts.format.empty()) {
        return std::nullopt;
    }
    const auto format = parse_format(texts.format);
    if (!format || (format == Format::svg && command != "timeline")) {
        std::vector<std::string_view> choices(format_names().begin(), format_names().end());
        if (command != "timeline") {
            std::erase(choices, std::string_view("svg"));
        }
        throw UsageError(fmt::format("--format: {} does not support \"{}\"; give one of {}",
                                     command, texts.format, fmt::join(choices, ", ")));
    }
    return format;
}

// Markdown by default.
const exports::ReportForm* parse_report_form(const OptionTexts& texts) {
    const exports::ReportForm* const form =
        exports::report_form_for(texts.format.empty() ? "md" : texts.format);
    if (form == nullptr) {
        std::vector<std::string_view> choices;
        for (const exports::ReportForm& known : exports::report_forms()) {
            choices.push_back(known.word);
        }
        throw UsageError(fmt::format("--format: report does not support \"{}\"; give one of {}",
                                     texts.format, fmt::join(choices, ", ")));
    }
    return form;
}

std::optional<imports::Format> parse_model_format(const OptionTexts& texts) {
    if (texts.format.empty()) {
        return std::nullopt;
    }
    const auto format = imports::parse_format(texts.format);
    if (!format) {
        std::vector<std::string_view> choices;
        choices.reserve(imports::all_formats.size());
        for (const imports::Format known : imports::all_formats) {
            choices.push_back(imports::name_of(known));
        }
        throw UsageError(
            fmt::format("--format: import-plan does not support \"{}\"; give one of {}",
                        texts.format, fmt::join(choices, ", ")));
    }
    return format;
}

std::string parse_source(const OptionTexts& texts) {
    if (texts.source.empty()) {
        return {};
    }
    if (const auto fault = events::fault_of_source(texts.source)) {
        throw UsageError(fmt::format("--source: the {}", *fault));
    }
    return texts.source;
}

imports::MissingObjects parse_missing(const OptionTexts& texts) {
    if (texts.missing.empty()) {
        return imports::MissingObjects::keep;
    }
    const auto missing = imports::parse_missing_objects(texts.missing);
    if (!missing) {
        throw UsageError(
            fmt::format("--missing: \"{}\" must be keep, remove or not_applicable", texts.missing));
    }
    return *missing;
}

std::vector<events::EventType> parse_types(const std::vector<std::string>& texts) {
    std::vector<events::EventType> types;
    for (const std::string& text : texts) {
        const std::string word = base::trimmed(text);
        const auto type = events::parse_event_type(word);
        if (!type) {
            const auto names = events::names_of<events::EventType>();
            const std::string_view meant = base::nearest_name(word, names);
            throw UsageError(fmt::format("--type: unknown event type \"{}\": {}", word,
                                         meant.empty()
                                             ? fmt::format("give one of {}", fmt::join(names, ", "))
                                             : fmt::format("did you mean {}?", meant)));
        }
        types.push_back(*type);
    }
    return types;
}

std::string parse_every(const OptionTexts& texts) {
    if (texts.every.empty()) {
        return "1d";
    }
    if (texts.every != "change" && !query::parse_step(texts.every)) {
        throw UsageError(fmt::format(
            "--every: \"{}\" must be a step such as 1h, 1d or 7d, or change", texts.every));
    }
    return texts.every;
}

// Only a plan for a product reads a log.
void check_plan(const Options& options) {
    const bool has_log = !options.data.empty() || !options.events.empty();
    if (options.product == 0) {
        if (has_log || !options.source.empty() ||
            options.missing != imports::MissingObjects::keep || options.cut.until ||
            options.cut.at_position) {
            throw UsageError("name the product to plan for: --product N");
        }
        return;
    }
    if (!has_log) {
        throw UsageError("name the log with the product: --data DIR or --events FILE");
    }
    if (options.events == "-" && options.import_file == "-") {
        throw UsageError("the lines and the threat model cannot both come from stdin");
    }
}

// Exports can only be read; commands that read or build projections need a directory.
void check_source(const Options& options) {
    constexpr std::array<std::string_view, 6> need_all_lines{"verify", "rebuild", "export",
                                                             "import", "prove",   "check-proof"};
    if (!options.leaves_file.empty() && std::find(need_all_lines.begin(), need_all_lines.end(),
                                                  options.command) != need_all_lines.end()) {
        throw UsageError(
            fmt::format("--leaves: {} cannot be combined with hidden lines", options.command));
    }
    if (options.command == "import-plan") {
        check_plan(options);
        return;
    }
    if (options.command.starts_with("check-")) {
        if (options.events == "-" && options.proof_file == "-") {
            throw UsageError("the lines and the response cannot both come from stdin");
        }
        return;
    }
    const bool needs_directory = options.command == "verify" || options.command == "rebuild" ||
                                 options.command == "import" || options.command == "prove";
    if (needs_directory && options.data.empty()) {
        throw UsageError(fmt::format("{} needs --data DIR", options.command));
    }
    if (options.data.empty() && options.events.empty()) {
        throw UsageError("name the log to read: --data DIR or --events FILE");
    }
}

Options understand(const OptionTexts& texts, std::string command) {
    Options options;
    if (command == "report") {
        options.report_form = parse_report_form(texts);
    } else if (command == "import-plan") {
        options.model_format = parse_model_format(texts);
    } else {
        options.format = parse_format_option(texts, command);
    }
    options.command = std::move(command);
    options.data = texts.data;
    options.events = texts.events;
    options.leaves_file = texts.leaves_file;
    options.output = texts.output;
    options.product = texts.product.value_or(0);
    if (!texts.as_of.empty()) {
        options.cut = parse_cut("--as-of", texts.as_of);
    }
    options.cut.at_position = texts.at_position;
    options.thresholds = parse_thresholds(texts);
    options.policies = parse_policies(texts);
    if (!texts.baseline.empty()) {
        options.baseline = parse_baseline(texts.baseline);
    }
    options.from = optional_cut(parse_range_start_cut, "--from", texts.from);
    options.to = optional_cut(parse_cut, "--to", texts.to);
    options.every = parse_every(texts);
    options.types = parse_types(texts.types);
    options.source = parse_source(texts);
    options.missing = parse_missing(texts);
    options.import_file = texts.import_file;
    options.ignores_checkpoint = texts.ignores_checkpoint;
    options.keys = texts.keys;
    options.checkpoint_file = texts.checkpoint_file;
    options.proof_file = texts.proof_file;
    options.event_file = texts.event_file;
    options.position = texts.position;
    check_source(options);
    if (options.from && options.to && *options.from->until > *options.to->until) {
        throw UsageError("--from is later than --to: swap them");
    }
    return options;
}

}  // namespace

std::optional<Options> parse_options(int count, const char* const* arguments) {
    OptionTexts texts;
    CommandLine line(texts);
    try {
        line.app().parse(count, arguments);
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() == 0) {
            line.app().exit(error);
            return std::nullopt;
        }
        throw UsageError(base::explain(line.app(), error));
    }
    return understand(texts, line.app().get_subcommands().front()->get_name());
}

}  // namespace threatatlas::replay
