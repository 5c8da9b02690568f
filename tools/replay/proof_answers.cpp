// Creates proofs, and checks them with nothing but their files and a key.

#include <array>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "base/base64.hpp"
#include "events/event_log.hpp"
#include "events/log_sealer.hpp"
#include "events/log_tree.hpp"
#include "replay/commands.hpp"
#include "replay/kept_notes.hpp"
#include "replay/leading_lines.hpp"
#include "tlog/proof_file.hpp"

namespace threatatlas::replay {
namespace {

// The only line of a file.
std::string line_in(std::string content) {
    if (content.ends_with('\n')) {
        content.pop_back();
    }
    return content;
}

std::vector<tlog::NoteVerifier> require_keys(const Options& options) {
    auto keys = parse_keys(options);
    if (keys.empty()) {
        throw UsageError(
            fmt::format("{} needs --vkey with a key of the log from an independent source: a key "
                        "that comes with a proof proves nothing",
                        options.command));
    }
    return keys;
}

void say(Output& output, Format format, bool good, const std::string& sentence) {
    if (format == Format::table) {
        output.write(sentence + "\n");
        return;
    }
    constexpr std::array<GridColumn, 2> columns{
        {{.title = "good", .pointer = "/good"}, {.title = "detail", .pointer = "/detail"}}};
    write_record(output, format, columns,
                 nlohmann::ordered_json{{"good", good}, {"detail", sentence}}.dump());
}

// The response of GET /api/proof/root.
struct ProvenRoot {
    std::uint64_t size = 0;
    base::Digest root{};
    std::vector<base::Digest> proof;
    std::string checkpoint;
};

ProvenRoot parse_proven_root(const std::string& place, const std::string& text) {
    const auto digest = [](const nlohmann::json& value) {
        return base::digest_of_base64(value.get<std::string>()).value();
    };
    try {
        const auto json = nlohmann::json::parse(text);
        ProvenRoot proven{.size = json.at("size").get<std::uint64_t>(),
                          .root = digest(json.at("root")),
                          .proof = {},
                          .checkpoint = json.at("checkpoint").get<std::string>()};
        for (const auto& node : json.at("proof")) {
            proven.proof.push_back(digest(node));
        }
        return proven;
    } catch (const std::exception&) {
        throw CannotRead(
            fmt::format("{} is not a response of GET /api/proof/root?size=...", place));
    }
}

// The result of one comparison.
struct Finding {
    bool good = false;
    std::string sentence;
};

// True if the response by itself proves that the log extends the root that it
// contains.
bool proves_itself(const ProvenRoot& proven, const tlog::Checkpoint& now) {
    return tlog::proves_consistency(proven.size, proven.root, now.size, now.root, proven.proof);
}

Finding not_proven(const ProvenRoot& proven, const tlog::Checkpoint& now) {
    return {false, fmt::format("NOT PROVEN: the response does not prove that the log of {} events "
                               "extends its first {}",
                               now.size, proven.size)};
}

Finding growth_from_kept(const Options& options, const tlog::Checkpoint& kept,
                         const ProvenRoot& proven, const tlog::Checkpoint& now) {
    if (proven.size != kept.size) {
        throw UsageError(fmt::format(
            "{} is about {} events, but your checkpoint has {}: ask for /api/proof/root?size={}",
            options.proof_file, proven.size, kept.size, kept.size));
    }
    if (kept.origin != now.origin) {
        return {false, fmt::format("ANOTHER LOG: the checkpoint belongs to {}, the response to {}",
                                   kept.origin, now.origin)};
    }
    if (now.size < kept.size) {
        return {false,
                fmt::format("SHORTER: the checkpoint covers {} events, but the log has {}: the log "
                            "was replaced by an older copy, or its last events are missing",
                            kept.size, now.size)};
    }
    if (!proves_itself(proven, now)) {
        return not_proven(proven, now);
    }
    // Two signed roots of the same size: the log contradicts itself.
    if (proven.root != kept.root) {
        return {false, fmt::format("REWRITTEN: the first {} events of the log differ from those "
                                   "that the checkpoint covers",
                                   kept.size)};
    }
    return {true, fmt::format("the log of {} events extends the checkpoint of {} events", now.size,
                              kept.size)};
}

// The lines' expected number and root.
struct LinesWanted {
    std::uint64_t count = 0;
    base::Digest root{};
    std::string named;   // the file that requires them
    std::string events;  // "events of example.com/log"
};

Finding compare_lines(const Options& options, const LinesWanted& wanted) {
    const LeadingLines lines = read_leading_lines(options, wanted.count);
    const std::string not_those =
        fmt::format("NOT PROVEN: the first {} lines are not the first {} {}", wanted.count,
                    wanted.count, wanted.events);
    if (!lines.fault.empty()) {
        return {false, fmt::format("{}: {}", not_those, lines.fault)};
    }
    if (!lines.missing.empty()) {
        throw UsageError(fmt::format(
            "{} is about {} events, but {} lacks {} of them, at positions {}: get those lines. If "
            "they are hidden from you, like token events, give the leaf hashes of all positions "
            "with --leaves",
            wanted.named, wanted.count, options.data.empty() ? options.events : options.data,
            lines.missing.count(), lines.missing.text()));
    }
    if (*lines.root != wanted.root) {
        return {false, not_those};
    }
    std::string sentence = fmt::format("proven: the first {} lines are the first {} {}",
                                       wanted.count, wanted.count, wanted.events);
    if (!lines.hidden.empty()) {
        sentence += fmt::format("; of {} of them only the leaf hashes are known, at positions {}",
                                lines.hidden.count(), lines.hidden.text());
    }
    return {true, sentence};
}

Finding growth_from_lines(const Options& options, const ProvenRoot& proven,
                          const tlog::Checkpoint& now) {
    if (!proves_itself(proven, now)) {
        return not_proven(proven, now);
    }
    return compare_lines(options, {.count = proven.size,
                                   .root = proven.root,
                                   .named = options.proof_file,
                                   .events = fmt::format("events of {}, in the log of {} events",
                                                         now.origin, now.size)});
}

ExitCode say_findings(const std::vector<Finding>& findings, Output& output, Format format) {
    bool good = true;
    std::vector<std::string> sentences;
    for (const Finding& finding : findings) {
        good = good && finding.good;
        sentences.push_back(finding.sentence);
    }
    say(output, format, good, fmt::format("{}", fmt::join(sentences, "\n")));
    return good ? ExitCode::fine : ExitCode::answer_is_no;
}

}  // namespace

ExitCode prove(const Options& options, Output& output, Format) {
    const ScratchDirectory scratch;
    const auto store = store::Store::open_beside(options.data, scratch.path());
    const store::ReadView view(*store);
    const auto sealed = events::stored_checkpoint(view);
    if (!sealed) {
        throw UsageError(
            "the log was never signed: a server signs it when it starts with this data");
    }
    const std::uint64_t size = sealed->checkpoint.size;
    const auto line = events::line_at(view, options.position);
    if (!line || options.position > size) {
        throw UsageError(fmt::format("--position: the log has {} events", size));
    }
    const std::uint64_t index = options.position - 1;
    tlog::ProofFile proof{.extra = *line,
                          .index = index,
                          .path = tlog::inclusion_proof(
                              index, size, tlog::nodes_of_tiles(size, events::stored_tiles(view))),
                          .checkpoint = sealed->note};
    if (!tlog::proves_inclusion(index, size, tlog::leaf_digest(*line), proof.path,
                                sealed->checkpoint.root)) {
        throw CannotRead("the Merkle tree does not match the lines: run threatatlas-replay verify");
    }
    output.write(tlog::format_proof_file(proof));
    return ExitCode::fine;
}

ExitCode check_proof(const Options& options, Output& output, Format format) {
    const auto keys = require_keys(options);
    tlog::ProofFile proof;
    try {
        proof = tlog::parse_proof_file(read_whole_file(options.proof_file));
    } catch (const tlog::BadNote& error) {
        throw CannotRead(fmt::format("{}: {}", options.proof_file, error.what()));
    }
    if (const auto fault = fault_of_signatures(proof.checkpoint, keys)) {
        say(output, format, false, fmt::format("NOT PROVEN: {}", fault->sentence));
        return ExitCode::answer_is_no;
    }
    const tlog::Checkpoint checkpoint =
        tlog::parse_checkpoint(tlog::parse_note(proof.checkpoint).text);
    const std::string line =
        options.event_file.empty() ? proof.extra : line_in(read_whole_file(options.event_file));
    if (line.empty()) {
        throw UsageError("the proof does not contain the event: give its line with --event FILE");
    }
    if (!tlog::proves_inclusion(proof.index, checkpoint.size, tlog::leaf_digest(line), proof.path,
                                checkpoint.root)) {
        say(output, format, false,
            fmt::format("NOT PROVEN: the event is not the one at position {} of {}",
                        proof.index + 1, checkpoint.origin));
        return ExitCode::answer_is_no;
    }
    say(output, format, true,
        fmt::format("proven: this is the event at position {} of {}, in the log of {} events\n{}",
                    proof.index + 1, checkpoint.origin, checkpoint.size, line));
    return ExitCode::fine;
}

ExitCode check_growth(const Options& options, Output& output, Format format) {
    const auto keys = require_keys(options);
    const bool has_lines = !options.data.empty() || !options.events.empty();
    if (options.checkpoint_file.empty() && !has_lines) {
        throw UsageError(
            "check-growth needs --checkpoint FILE (a checkpoint that you kept) or --events FILE "
            "(lines that you have)");
    }
    std::optional<tlog::Checkpoint> kept;
    if (!options.checkpoint_file.empty()) {
        kept = read_checkpoint(options.checkpoint_file, keys);
    }
    if (options.proof_file.empty()) {
        if (!kept || !has_lines) {
            throw UsageError(
                "check-growth needs a response of GET /api/proof/root?size=N, or both lines and a "
                "checkpoint to compare them with");
        }
        return say_findings(
            {compare_lines(options,
                           {.count = kept->size,
                            .root = kept->root,
                            .named = options.checkpoint_file,
                            .events = fmt::format("events of {}, as covered by the checkpoint",
                                                  kept->origin)})},
            output, format);
    }
    const ProvenRoot proven =
        parse_proven_root(options.proof_file, read_whole_file(options.proof_file));
    if (const auto fault = fault_of_signatures(proven.checkpoint, keys)) {
        say(output, format, false, fmt::format("NOT PROVEN: {}", fault->sentence));
        return ExitCode::answer_is_no;
    }
    const tlog::Checkpoint now = tlog::parse_checkpoint(tlog::parse_note(proven.checkpoint).text);
    std::vector<Finding> findings;
    if (kept) {
        findings.push_back(growth_from_kept(options, *kept, proven, now));
    }
    if (has_lines) {
        findings.push_back(growth_from_lines(options, proven, now));
    }
    return say_findings(findings, output, format);
}

}  // namespace threatatlas::replay
