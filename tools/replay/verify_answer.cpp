// verify: compares everything that is stored with the lines, and the lines with what was signed.

#include <algorithm>
#include <array>
#include <iterator>

#include <fmt/format.h>

#include "base/base64.hpp"
#include "base/json_writer.hpp"
#include "events/store/high_water_mark.hpp"
#include "projections/audit/verify.hpp"
#include "replay/commands.hpp"
#include "replay/kept_notes.hpp"

namespace threatatlas::replay {
namespace {

constexpr std::array<GridColumn, 15> verification_columns{{
    {.title = "clean", .pointer = "/clean"},
    {.title = "events", .pointer = "/events"},
    {.title = "rows", .pointer = "/rows/total"},
    {.title = "tiles", .pointer = "/tree/tiles"},
    {.title = "signed", .pointer = "/tree/signed"},
    {.title = "signature", .pointer = "/tree/signature"},
    {.title = "kept checkpoint", .pointer = "/kept/size"},
    {.title = "log", .pointer = "/kept/log"},
    {.title = "table", .pointer = "/difference/table"},
    {.title = "product", .pointer = "/difference/product_id"},
    {.title = "key", .pointer = "/difference/key"},
    {.title = "position", .pointer = "/difference/position"},
    {.title = "detail", .pointer = "/difference/detail"},
    {.title = "place in the tree", .pointer = "/tree/difference/key"},
    {.title = "fault of the tree", .pointer = "/tree/difference/detail"},
}};

// Checkpoints and keys to compare the log with.
struct Kept {
    std::optional<tlog::Checkpoint> by_auditor;  // --checkpoint
    std::optional<tlog::Checkpoint> by_mark;  // from the data directory's mark; without an origin
    std::vector<tlog::Checkpoint> by_witnesses;  // stored in the data directory
    std::vector<tlog::NoteVerifier> keys;        // --vkey

    std::vector<tlog::Checkpoint> roots() const {
        std::vector<tlog::Checkpoint> roots;
        for (const auto& one : {by_auditor, by_mark}) {
            if (one) {
                roots.push_back(*one);
            }
        }
        roots.insert(roots.end(), by_witnesses.begin(), by_witnesses.end());
        return roots;
    }
};

// Result of checking the signature of the log's newest checkpoint.
enum class SignatureState : std::uint8_t {
    not_checked,    // no key was given
    good,           // signed by every given key of a log
    unsigned_log,   // no checkpoint, and no trace of an earlier one
    no_checkpoint,  // the log was signed, but its checkpoint is missing
    another_log,
    another_key,
    bad
};

struct Findings {
    audit::Verification verification;
    std::optional<tlog::Checkpoint> checkpoint;  // newest of the log
    SignatureState signature = SignatureState::not_checked;
    std::string signature_fault;  // empty if there is no fault
    std::optional<tlog::Checkpoint> kept;
    audit::Growth growth = audit::Growth::grew;       // compared with the auditor's checkpoint
    audit::Growth mark_growth = audit::Growth::grew;  // compared with the directory's mark
    // Compared with the checkpoints that witnesses cosigned: the first contradiction.
    audit::Growth witnessed_growth = audit::Growth::grew;

    // True if the origins differ, whatever the events are.
    bool is_another_log() const { return kept && checkpoint && kept->origin != checkpoint->origin; }
    bool clean() const {
        return verification.clean() && signature_fault.empty() && !is_another_log();
    }
};

std::string_view word_for(SignatureState state) {
    switch (state) {
        case SignatureState::not_checked:
            return "not checked";
        case SignatureState::good:
            return "good";
        case SignatureState::unsigned_log:
            return "not signed";
        case SignatureState::no_checkpoint:
            return "checkpoint missing";
        case SignatureState::another_log:
            return "of another log";
        case SignatureState::another_key:
            return "by another key";
        case SignatureState::bad:
            return "bad";
    }
    return "";
}

// Heading of the message about this state.
std::string_view heading_for(SignatureState state) {
    switch (state) {
        case SignatureState::not_checked:
        case SignatureState::good:
            return "";
        case SignatureState::unsigned_log:
            return "NOT SIGNED";
        case SignatureState::no_checkpoint:
            return "CHECKPOINT MISSING";
        case SignatureState::another_log:
            return "ANOTHER LOG";
        case SignatureState::another_key:
            return "ANOTHER KEY";
        case SignatureState::bad:
            return "BAD SIGNATURE";
    }
    return "";
}

SignatureState state_for(NoteFaultKind kind) {
    switch (kind) {
        case NoteFaultKind::unsigned_note:
            return SignatureState::unsigned_log;
        case NoteFaultKind::another_log:
            return SignatureState::another_log;
        case NoteFaultKind::another_key:
            return SignatureState::another_key;
        case NoteFaultKind::bad_signature:
        case NoteFaultKind::not_a_checkpoint:
            return SignatureState::bad;
    }
    return SignatureState::bad;
}

std::string_view word_for(audit::Growth growth) {
    switch (growth) {
        case audit::Growth::grew:
            return "grew from it";
        case audit::Growth::rewritten:
            return "was rewritten";
        case audit::Growth::shorter:
            return "is shorter";
    }
    return "";
}

void write_number_or_null(base::JsonWriter& json, std::string_view key, std::uint64_t number) {
    json.key(key);
    number == 0 ? json.null() : json.number(number);
}

void write_difference(base::JsonWriter& json, const audit::Difference& difference) {
    json.begin_object();
    json.key("table").string(store::table_name(difference.table));
    write_number_or_null(json, "product_id", difference.product);
    json.key("key").string(audit::describe_key(difference.table, difference.key));
    write_number_or_null(json, "position", difference.position);
    json.key("detail").string(difference.detail);
    json.end_object();
}

void write_difference_or_null(base::JsonWriter& json,
                              const std::optional<audit::Difference>& difference) {
    json.key("difference");
    difference ? write_difference(json, *difference) : static_cast<void>(json.null());
}

void write_tree(base::JsonWriter& json, const Findings& findings) {
    json.key("tree").begin_object();
    json.key("signed").boolean(findings.verification.is_signed);
    json.key("tiles").number(findings.verification.tiles);
    json.key("checkpoint");
    if (findings.checkpoint) {
        json.begin_object();
        json.key("origin").string(findings.checkpoint->origin);
        json.key("size").number(findings.checkpoint->size);
        json.key("root").string(base::base64_of(findings.checkpoint->root));
        json.end_object();
    } else {
        json.null();
    }
    json.key("signature").string(word_for(findings.signature));
    json.key("signature_fault").string_or_null(findings.signature_fault);
    json.key("mark").string(word_for(findings.mark_growth));
    json.key("witnessed").string(word_for(findings.witnessed_growth));
    write_difference_or_null(json, findings.verification.tree_difference);
    json.end_object();
}

std::string findings_json(const Findings& findings) {
    const audit::Verification& verification = findings.verification;
    std::string text;
    base::JsonWriter json(text);
    json.begin_object();
    json.key("clean").boolean(findings.clean());
    json.key("events").number(verification.events);
    json.key("rows").begin_object();
    std::uint64_t total = 0;
    for (const store::Table table : store::projection_tables()) {
        const std::uint64_t rows = verification.rows[static_cast<std::size_t>(table)];
        json.key(store::table_name(table)).number(rows);
        total += rows;
    }
    json.key("total").number(total).end_object();
    write_difference_or_null(json, verification.first_difference);
    write_tree(json, findings);
    json.key("kept");
    if (findings.kept) {
        json.begin_object();
        json.key("size").number(findings.kept->size);
        json.key("log").string(findings.is_another_log() ? "is another one"
                                                         : word_for(findings.growth));
        json.end_object();
    } else {
        json.null();
    }
    json.end_object();
    return text;
}

std::string sentence(const audit::Difference& difference) {
    std::string text =
        fmt::format("DIFFERENCE in {}: {}: {}", store::table_name(difference.table),
                    audit::describe_key(difference.table, difference.key), difference.detail);
    if (difference.position != 0 && difference.table != store::Table::events &&
        difference.table != store::Table::tiles) {
        text += fmt::format(" (last event about it: position {})", difference.position);
    }
    return text + "\n";
}

std::string clean_sentence(const Findings& findings) {
    const audit::Verification& verification = findings.verification;
    std::uint64_t rows = 0;
    for (const std::uint64_t count : verification.rows) {
        rows += count;
    }
    std::string text = fmt::format("clean: {} events folded, {} rows compared byte by byte\n",
                                   verification.events, rows);
    if (findings.checkpoint) {
        text += fmt::format("signed by {}: {} events, {} tiles compared, root {}\n",
                            findings.checkpoint->origin, findings.checkpoint->size,
                            verification.tiles, base::base64_of(findings.checkpoint->root));
    } else {
        text += "never signed: a server signs the log when it starts with this data\n";
    }
    return text;
}

std::string growth_sentence(const tlog::Checkpoint& kept, audit::Growth growth, Position events) {
    switch (growth) {
        case audit::Growth::grew:
            return fmt::format("the log extends the checkpoint of {} events\n", kept.size);
        case audit::Growth::rewritten:
            return fmt::format(
                "REWRITTEN: the first {} events differ from those that the checkpoint covers\n",
                kept.size);
        case audit::Growth::shorter:
            return fmt::format(
                "SHORTER: the checkpoint covers {} events, but the log has {}: this is an older "
                "copy, or the last events are missing\n",
                kept.size, events);
    }
    return {};
}

std::string sentences(const Findings& findings) {
    std::string text;
    for (const auto& difference :
         {findings.verification.first_difference, findings.verification.tree_difference}) {
        text += difference ? sentence(*difference) : "";
    }
    if (findings.mark_growth != audit::Growth::grew) {
        text +=
            "DIFFERENCE in mark: the events differ from those recorded in the mark file beside the "
            "database\n";
    }
    if (findings.witnessed_growth != audit::Growth::grew) {
        text +=
            "DIFFERENCE in cosigned-checkpoint: the log does not extend a checkpoint that "
            "witnesses cosigned\n";
    }
    if (!findings.signature_fault.empty()) {
        text += fmt::format("{}: {}\n", heading_for(findings.signature), findings.signature_fault);
    }
    if (findings.is_another_log()) {
        text +=
            fmt::format("ANOTHER LOG: the checkpoint belongs to {}, but the log is signed by {}\n",
                        findings.kept->origin, findings.checkpoint->origin);
    }
    if (findings.clean()) {
        text = clean_sentence(findings);
    }
    return findings.kept ? text + growth_sentence(*findings.kept, findings.growth,
                                                  findings.verification.events)
                         : text;
}

// The newest checkpoint cosigned by each witness, as stored by the server. Like the server, skips
// notes that are not checkpoints.
std::vector<tlog::Checkpoint> read_witnessed(const std::filesystem::path& data) {
    const std::filesystem::path file = data / "cosigned-checkpoint";
    std::vector<tlog::Checkpoint> witnessed;
    if (!std::filesystem::exists(file)) {
        return witnessed;
    }
    for (const std::string& note : tlog::split_notes(read_whole_file(file.string()))) {
        try {
            witnessed.push_back(tlog::parse_checkpoint(tlog::parse_note(note).text));
        } catch (const tlog::BadNote&) {
            continue;
        }
    }
    return witnessed;
}

Kept read_kept(const Options& options) {
    Kept kept{.by_auditor = std::nullopt,
              .by_mark = std::nullopt,
              .by_witnesses = read_witnessed(options.data),
              .keys = parse_keys(options)};
    if (!options.checkpoint_file.empty()) {
        kept.by_auditor = read_checkpoint(options.checkpoint_file, kept.keys);
    }
    // Read before the log is opened, so that the log is at least that long.
    const store::HighWaterMark mark = store::read_mark(options.data);
    if (mark.root) {
        kept.by_mark = tlog::Checkpoint{"", mark.position, *mark.root};
    }
    return kept;
}

// The stored checkpoint is signed only by the log; witnesses cosign it later.
std::vector<tlog::NoteVerifier> log_keys_of(const std::vector<tlog::NoteVerifier>& keys) {
    std::vector<tlog::NoteVerifier> log_keys;
    std::copy_if(
        keys.begin(), keys.end(), std::back_inserter(log_keys),
        [](const tlog::NoteVerifier& key) { return key.kind() == tlog::NoteKeyKind::log; });
    return log_keys;
}

void judge_signature(const store::Store& store, const Kept& kept, Findings& findings) {
    const auto log_keys = log_keys_of(kept.keys);
    if (!findings.verification.is_signed) {
        if (kept.by_mark) {
            findings.signature = SignatureState::no_checkpoint;
            findings.signature_fault = "the log was signed, but its checkpoint is missing";
        } else if (!log_keys.empty()) {
            findings.signature = SignatureState::unsigned_log;
            findings.signature_fault = fmt::format(
                "the log has no checkpoint, so {} has signed nothing in it: either no server has "
                "started with this import yet, or the checkpoint was removed. check-growth "
                "compares the lines with a checkpoint that you kept",
                key_text(log_keys.front().name(), log_keys.front().key_id()));
        }
        return;
    }
    const auto sealed = events::stored_checkpoint(store::ReadView(store));
    findings.checkpoint = sealed->checkpoint;
    if (log_keys.empty()) {
        return;
    }
    const auto fault = fault_of_signatures(sealed->note, log_keys);
    findings.signature = fault ? state_for(fault->kind) : SignatureState::good;
    findings.signature_fault = fault ? fault->sentence : std::string();
}

Findings find(const store::Store& store, const Kept& kept, Progress& progress) {
    Findings findings;
    findings.verification = audit::verify_projections(
        store, [&](Position done, Position total) { progress.update(done, total); }, kept.roots());
    // In the order of roots().
    auto next = findings.verification.growth.begin();
    const auto growth_from = [&](const std::optional<tlog::Checkpoint>& one) {
        return one ? *next++ : audit::Growth::grew;
    };
    findings.kept = kept.by_auditor;
    findings.growth = growth_from(kept.by_auditor);
    findings.mark_growth = growth_from(kept.by_mark);
    const auto against = std::find_if(next, findings.verification.growth.end(),
                                      [](audit::Growth one) { return one != audit::Growth::grew; });
    if (against != findings.verification.growth.end()) {
        findings.witnessed_growth = *against;
    }
    judge_signature(store, kept, findings);
    return findings;
}

}  // namespace

ExitCode verify(const Options& options, Output& output, Format format) {
    const Kept kept = read_kept(options);
    const ScratchDirectory scratch;
    const auto store = store::Store::open_beside(options.data, scratch.path());
    Progress progress("verifying", Progress::Unit::events);
    const Findings findings = find(*store, kept, progress);
    if (format == Format::table) {
        output.write(sentences(findings));
    } else {
        write_record(output, format, verification_columns, findings_json(findings));
    }
    return findings.clean() ? ExitCode::fine : ExitCode::answer_is_no;
}

}  // namespace threatatlas::replay
