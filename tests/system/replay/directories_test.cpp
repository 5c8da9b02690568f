// Directories and files that the program creates, repairs, or refuses to change.
#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include "events/store/keys.hpp"
#include "support/replay_fixture.hpp"
#include "tlog/checkpoint.hpp"
#include "tlog/merkle.hpp"
#include "tlog/note_keys.hpp"

namespace threatatlas::testing {

BOOST_AUTO_TEST_SUITE(directories_test)

namespace {

struct Fixture : ReplayFixture {
    ProgramResult about_data(std::vector<std::string> arguments) const {
        arguments.insert(arguments.begin(), {"--data", data().string()});
        return run_replay(arguments);
    }
    void put(store::Table table, std::string_view key, std::string_view value) const {
        const auto store = store::Store::open(data(), {});
        store::RowBatch batch(*store);
        batch.put(table, key, value);
        store->write(batch);
    }
    // Requires one sentence on stderr and nothing on stdout.
    static void require_failure(const ProgramResult& result, const std::string& reason) {
        BOOST_TEST(result.exit_code == 3);
        BOOST_TEST(result.out.empty());
        BOOST_TEST(result.err.starts_with("threatatlas-replay: "));
        BOOST_TEST(result.err.find(reason) != std::string::npos, result.err);
        BOOST_TEST(std::count(result.err.begin(), result.err.end(), '\n') == 1);
    }
    void require_bad_file(const std::string& text, const std::string& reason) const {
        const auto file = (directory / "bad.ndjson").string();
        write_file(file, text);
        require_failure(run_replay({"--events", file, "stats"}), reason);
        const auto fresh = directory / "fresh";
        require_failure(run_replay({"--data", fresh.string(), "import", file}), reason);
        BOOST_TEST((!std::filesystem::exists(fresh) || std::filesystem::is_empty(fresh)));
    }
    // The first lines of the log.
    std::string leading(std::size_t lines) const {
        std::string all;
        for (std::size_t i = 0; i < lines; ++i) {
            all += log.lines()[i] + "\n";
        }
        return all;
    }
    // The checkpoint that an export of the whole log comes with.
    std::string checkpoint() const {
        tlog::MerkleFrontier tree;
        for (const std::string& line : log.lines()) {
            tree.append(tlog::leaf_digest(line), [](auto&&...) {});
        }
        const tlog::NoteSigner signer("example.com/log", std::string(32, 'k'));
        const std::string text = tlog::checkpoint_text({signer.name(), tree.size(), tree.root()});
        return tlog::format_note({text, {signer.sign(text)}});
    }
    ProgramResult import_file(const std::filesystem::path& to,
                              std::vector<std::string> arguments) const {
        arguments.insert(arguments.begin(), {"--data", to.string(), "import"});
        return run_replay(arguments);
    }
    std::string text_with(std::size_t index, const std::string& line) const {
        std::string all;
        for (std::size_t i = 0; i < log.lines().size(); ++i) {
            all += (i == index ? line : log.lines()[i]) + "\n";
        }
        return all;
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(directories, Fixture)

// Import and rebuild succeed even if their result cannot be printed. If standard descriptors are
// closed, files that the program opens must not get their numbers.
BOOST_AUTO_TEST_CASE(completed_work_succeeds_without_an_output) {
    const auto exported = (directory / "exported.ndjson").string();
    write_file(exported, log.text());
    int number = 0;
    for (const std::string redirection : {">&-", "<&- >&- 2>&-", ">/dev/full"}) {
        const auto run = [&](const std::string& from, const std::string& command) {
            return run_program(
                {.arguments = {"sh", "-c",
                               "exec \"$0\" --data \"$1\" " + command + " " + redirection,
                               replay_binary(), from},
                 .environment = {},
                 .working_directory = {}});
        };
        const auto fresh = (directory / std::to_string(++number)).string();
        const auto imported = run(fresh, "import '" + exported + "'");
        BOOST_TEST(imported.exit_code == 0, redirection << imported.err);
        const auto rebuilt = run(fresh, "rebuild");
        BOOST_TEST(rebuilt.exit_code == 0, redirection << rebuilt.err);
        BOOST_TEST(run_replay({"--data", fresh, "verify"}).exit_code == 0);
    }
    // An export that cannot be written is a failure.
    BOOST_TEST(run_program({.arguments = {"sh", "-c", "exec \"$0\" --data \"$1\" export >/dev/full",
                                          replay_binary(), data().string()},
                            .environment = {},
                            .working_directory = {}})
                   .exit_code == 3);
}

BOOST_AUTO_TEST_CASE(an_export_of_an_import_is_the_same_bytes) {
    const auto first = (directory / "first.ndjson").string();
    BOOST_TEST(about_data({"export", "-o", first}).exit_code == 0);
    BOOST_TEST(read_file(first) == log.text());
    BOOST_TEST(about_data({"export"}).out == log.text());

    const auto again = (directory / "again").string();
    BOOST_TEST(run_replay({"--data", again, "import", first}).exit_code == 0);
    BOOST_TEST(run_replay({"--data", again, "export", "-o", "-"}).out == log.text());
    BOOST_TEST(run_replay({"--data", again, "verify"}).exit_code == 0);

    ChildOptions piped;
    const auto third = (directory / "third").string();
    piped.arguments = {replay_binary(), "--data", third, "import", "-"};
    const auto imported = run_program(piped, log.text());
    BOOST_TEST(imported.exit_code == 0);
    BOOST_TEST(nlohmann::json::parse(imported.out)["events"] == log.lines().size());
    BOOST_TEST(run_replay({"--data", third, "export"}).out == log.text());
    // The newline after the last line may be missing.
    piped.arguments[2] = (directory / "fourth").string();
    BOOST_TEST(run_program(piped, log.text().substr(0, log.text().size() - 1)).exit_code == 0);
    BOOST_TEST(run_replay({"--data", piped.arguments[2], "export"}).out == log.text());
}

// Windows editors and shells add a byte order mark and end lines with CR LF.
BOOST_AUTO_TEST_CASE(an_export_with_windows_line_ends_is_the_same_log) {
    std::string converted = "\xEF\xBB\xBF";
    for (const std::string& line : log.lines()) {
        converted += line + "\r\n";
    }
    const auto file = (directory / "windows.ndjson").string();
    write_file(file, converted);
    const auto data = (directory / "from-windows").string();
    BOOST_TEST(run_replay({"--data", data, "import", file}).exit_code == 0);
    BOOST_TEST(run_replay({"--data", data, "export"}).out == log.text());
    BOOST_TEST(run_replay({"--data", data, "verify"}).exit_code == 0);
    BOOST_TEST(run_replay({"--events", file, "export"}).out == log.text());
    BOOST_TEST(run_replay({"--events", file, "posture", "--product", "1"}).out ==
               about_data({"posture", "--product", "1"}).out);

    // PowerShell redirections write UTF-16.
    std::string wide = "\xFF\xFE";
    for (const char c : log.text()) {
        wide += c;
        wide += '\0';
    }
    write_file(file, wide);
    const auto other = (directory / "other").string();
    require_failure(run_replay({"--data", other, "import", file}), "UTF-16");
    require_failure(run_replay({"--events", file, "stats"}), "UTF-16");
    // A carriage return within a line, or two at its end, cannot come from an export.
    write_file(file, log.lines()[0] + "\r\r\n");
    require_failure(run_replay({"--data", other, "import", file}), "line 1: ");
    write_file(file, std::string("\0", 1) + log.lines()[0] + "\n");
    require_failure(run_replay({"--data", other, "import", file}), "U+0000 (NUL) at byte 1");
}

// Earlier versions did not escape U+2028 and U+2029: such lines keep their bytes.
BOOST_AUTO_TEST_CASE(lines_with_line_separators_keep_their_bytes) {
    std::string text = log.text();
    const std::string name = "Payments API";
    const auto at = text.find(name);
    BOOST_REQUIRE(at != std::string::npos);
    text.replace(at, name.size(), "Payments\u2028API\u2029");
    const auto file = (directory / "earlier.ndjson").string();
    write_file(file, text);
    const auto data = (directory / "earlier").string();
    BOOST_TEST(run_replay({"--data", data, "import", file}).exit_code == 0);
    BOOST_TEST(run_replay({"--data", data, "export"}).out == text);
    BOOST_TEST(run_replay({"--data", data, "verify"}).exit_code == 0);
    BOOST_TEST(run_replay({"--data", data, "rebuild"}).exit_code == 0);
    BOOST_TEST(run_replay({"--data", data, "export"}).out == text);
    // New output escapes them.
    const auto posture =
        run_replay({"--data", data, "posture", "--product", "1", "--at-position", "2"});
    BOOST_TEST(posture.out.find(R"("Payments\u2028API\u2029")") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_export_is_read_from_stdin) {
    ChildOptions piped;
    piped.arguments = {replay_binary(), "--events", "-", "posture", "--product", "1"};
    const auto answer = run_program(piped, log.text());
    BOOST_TEST(answer.exit_code == 0);
    BOOST_TEST(answer.out == about_data({"posture", "--product", "1"}).out);
}

BOOST_AUTO_TEST_CASE(verify_and_rebuild) {
    const auto clean = about_data({"verify"});
    BOOST_TEST(clean.exit_code == 0);
    BOOST_TEST(nlohmann::json::parse(clean.out)["clean"] == true);
    BOOST_TEST(nlohmann::json::parse(clean.out)["events"] == log.lines().size());
    BOOST_TEST(nlohmann::json::parse(clean.out)["difference"].is_null());

    put(store::Table::threats, store::be64_key(1, 2), "nonsense");
    const auto found = about_data({"verify"});
    BOOST_TEST(found.exit_code == 1);
    const auto difference = nlohmann::json::parse(found.out)["difference"];
    BOOST_TEST(difference["table"] == "threats");
    BOOST_TEST(difference["product_id"] == 1);
    BOOST_TEST(difference["key"] == "product 1, threat 2");
    BOOST_TEST(difference["position"] > 0);
    const auto told = about_data({"verify", "--format", "table"});
    BOOST_TEST(told.out.starts_with("DIFFERENCE in threats: product 1, threat 2: "));

    BOOST_TEST(about_data({"rebuild"}).exit_code == 0);
    BOOST_TEST(about_data({"verify"}).exit_code == 0);
}

BOOST_AUTO_TEST_CASE(a_log_that_cannot_be_read_is_not_rebuilt) {
    const auto& lines = log.lines();
    const std::string key = store::be64_key(lines.size() / 2);
    put(store::Table::events, key, "nonsense");
    require_failure(about_data({"rebuild"}), fmt::format("position {}: ", lines.size() / 2));
    // The projections are as they were.
    put(store::Table::events, key, lines[lines.size() / 2 - 1]);
    BOOST_TEST(about_data({"verify"}).exit_code == 0);
}

BOOST_AUTO_TEST_CASE(answers_depend_only_on_the_lines) {
    const auto before = about_data({"posture", "--product", "1"});
    for (const store::Table table : store::projection_tables()) {
        const auto store = store::Store::open(data(), {});
        store->clear(table);
    }
    const auto after = about_data({"posture", "--product", "1"});
    BOOST_TEST(after.exit_code == 0);
    BOOST_TEST(after.out == before.out);
}

BOOST_AUTO_TEST_CASE(commands_that_write_need_exclusive_access) {
    const auto store = store::Store::open(data(), {});
    require_failure(about_data({"rebuild"}), "in use by another process");
    BOOST_TEST(about_data({"verify"}).exit_code == 0);
}

BOOST_AUTO_TEST_CASE(a_syntax_error_is_reported_with_line_and_column) {
    const auto& lines = log.lines();
    const auto broken = directory / "broken.ndjson";
    write_file(broken, lines[0] + "\n" + lines[1] + "\n" + lines[2].substr(0, 30) + "\n");
    const std::string place = "line 3: not an event line, invalid JSON from column 31 on: ";
    require_failure(run_replay({"--data", (directory / "new").string(), "import", broken.string()}),
                    place);
    require_failure(run_replay({"--events", broken.string(), "stats"}), place);
}

BOOST_AUTO_TEST_CASE(an_import_needs_an_empty_directory) {
    require_failure(about_data({"import", exported().string()}), "not empty");
    BOOST_TEST(about_data({"verify"}).exit_code == 0);
    const auto foreign = directory / "foreign";
    std::filesystem::create_directory(foreign);
    write_file(foreign / "thesis.txt", "years of work");
    require_failure(run_replay({"--data", foreign.string(), "import", exported().string()}),
                    "not empty");
    BOOST_TEST(read_file(foreign / "thesis.txt") == "years of work");
    require_failure(run_replay({"--data", (directory / "new").string(), "import",
                                (directory / "missing.ndjson").string()}),
                    "missing.ndjson cannot be read");
    BOOST_TEST(!std::filesystem::exists(directory / "new"));
}

BOOST_AUTO_TEST_CASE(an_interrupted_import_does_not_look_complete) {
    const auto half = directory / "half";
    // Simulates an import that was killed.
    store::Store::open_for_import(half).reset();
    for (const std::string command : {"stats", "verify", "rebuild", "export"}) {
        require_failure(run_replay({"--data", half.string(), command}), "import");
    }
    require_failure(run_replay({"--data", half.string(), "import", exported().string()}), "import");
    BOOST_CHECK_THROW(store::Store::open(half, {.create = true}), store::StoreRefused);
}

BOOST_AUTO_TEST_CASE(a_foreign_directory_is_not_changed) {
    require_failure(run_replay({"--data", (directory / "nowhere").string(), "stats"}),
                    "there is no data");
    BOOST_TEST(!std::filesystem::exists(directory / "nowhere"));
    const auto foreign = directory / "foreign";
    std::filesystem::create_directory(foreign);
    write_file(foreign / "thesis.txt", "years of work");
    require_failure(run_replay({"--data", foreign.string(), "stats"}), "not a ThreatAtlas data");
    write_file(data() / "FORMAT", "threatatlas data, format 99\n");
    for (const std::string command : {"stats", "verify", "rebuild"}) {
        require_failure(about_data({command}), "newer version");
    }
}

BOOST_AUTO_TEST_CASE(a_file_that_is_not_a_whole_log_is_refused_with_the_line) {
    const auto& lines = log.lines();
    const std::string text = log.text();
    require_bad_file(text.substr(0, text.size() - 20),
                     "line " + std::to_string(lines.size()) + ": ");
    require_bad_file(text_with(6, "garbage"), "line 7: ");
    require_bad_file(text_with(6, ""), "line 7: ");
    require_bad_file(text_with(6, lines[6] + " "), "line 7: ");
    require_bad_file(text_with(6, lines[6] + "\r\r"), "line 7: ");
    require_bad_file(text_with(6, lines[5]), "line 7: ");
    require_bad_file(text_with(6, std::string(std::size_t{3} << 20U, 'x')), "line 7: ");
    require_bad_file(text.substr(lines[0].size() + 1), "line 1: ");
}

// Lines 4 to 6 are one transaction.
BOOST_AUTO_TEST_CASE(a_truncated_export_is_refused) {
    const auto file = directory / "cut.ndjson";
    const auto fresh = directory / "fresh";
    const auto count = std::to_string(log.lines().size());
    write_file(file.string() + ".checkpoint", checkpoint());
    for (const std::size_t lines : {0U, 1U, 3U, 5U, 6U}) {
        write_file(file, leading(lines));
        const std::string reason = "ends here";
        const auto refused = import_file(fresh, {file.string()});
        require_failure(refused, "line " + std::to_string(lines) + ": the file " + reason);
        require_failure(refused,
                        "was signed for " + count + " events: the file is truncated. Copy it");
        if (lines > 3) {
            require_failure(refused, ", which begins at line 4 and may be incomplete");
        }
        BOOST_TEST((!std::filesystem::exists(fresh) || std::filesystem::is_empty(fresh)));
        // Queries of the file are refused, too.
        require_failure(run_replay({"--events", file.string(), "stats"}),
                        "ends at line " + std::to_string(lines));
        BOOST_TEST(
            run_replay({"--events", file.string(), "--ignore-checkpoint", "stats"}).exit_code == 0);
    }
    // Truncated within a line, with and without a checkpoint.
    for (const bool has_checkpoint : {true, false}) {
        if (!has_checkpoint) {
            std::filesystem::remove(file.string() + ".checkpoint");
        }
        write_file(file, leading(5) + log.lines()[5].substr(0, 40));
        const auto refused = import_file(fresh, {file.string()});
        require_failure(refused, "line 6: the file ends in the middle of this line, in the");
        require_failure(refused,
                        ", which begins at line 4 and may be incomplete: the file is truncated");
        require_failure(run_replay({"--events", file.string(), "stats"}),
                        "line 6: the file ends within this line: it was cut off");
    }
}

// Only complete transactions are imported, so the result was a state of the log.
BOOST_AUTO_TEST_CASE(whole_transactions_of_a_truncated_file_can_be_imported) {
    const auto file = directory / "cut.ndjson";
    auto import_cut = [&, number = 0](const std::string& text, Position events,
                                      const std::string& note) mutable {
        write_file(file, text);
        const auto data = directory / ("whole-" + std::to_string(++number));
        const auto imported = import_file(data, {file.string(), "--ignore-checkpoint"});
        BOOST_TEST(imported.exit_code == 0, imported.err);
        BOOST_TEST(nlohmann::json::parse(imported.out)["events"] == events);
        BOOST_TEST(imported.err.find(note) != std::string::npos, imported.err);
        BOOST_TEST(imported.err.empty() == note.empty(), imported.err);
        BOOST_TEST(run_replay({"--data", data.string(), "verify"}).exit_code == 0);
        BOOST_TEST(run_replay({"--data", data.string(), "export"}).out == leading(events));
    };
    write_file(file.string() + ".checkpoint", checkpoint());
    import_cut(leading(5), 3, "the last 2 event(s) were not imported");
    import_cut(leading(6), 3, "the last 3 event(s) were not imported");
    import_cut(leading(7), 6, "the last 1 event(s) were not imported");
    import_cut(log.text(), log.lines().size(), "");
    std::filesystem::remove(file.string() + ".checkpoint");
    import_cut(leading(5) + "{\"specversion\":", 3, "the last 2 event(s) were not imported");
    // Without a checkpoint, nothing indicates that lines are missing.
    import_cut(leading(5), 5, "");
}

BOOST_AUTO_TEST_CASE(an_export_is_compared_with_its_checkpoint_or_another) {
    const auto file = directory / "whole.ndjson";
    const auto kept = (directory / "kept").string();
    write_file(kept, checkpoint());
    write_file(file, log.text());
    write_file(file.string() + ".checkpoint", checkpoint());
    const std::string key = tlog::NoteSigner("example.com/log", std::string(32, 'k')).vkey();
    const std::string other_key = tlog::NoteSigner("example.com/log", std::string(32, 'o')).vkey();
    BOOST_TEST(import_file(directory / "first", {file.string()}).exit_code == 0);
    BOOST_TEST(import_file(directory / "second", {file.string(), "--vkey", key}).exit_code == 0);
    const auto fresh = directory / "fresh";
    require_failure(import_file(fresh, {file.string(), "--vkey", other_key}),
                    "but not by the given key");
    // The same number of lines, but different ones.
    std::string changed = log.text();
    changed.replace(changed.find("Payments API"), 8, "Nobody's");
    write_file(file, changed);
    require_failure(import_file(fresh, {file.string()}),
                    "are not those that the checkpoint was signed for");
    BOOST_TEST(!std::filesystem::exists(fresh / "FORMAT"));
    BOOST_TEST(import_file(directory / "third", {file.string(), "--ignore-checkpoint"}).exit_code ==
               0);
    // Lines added after the checkpoint may follow.
    MadeUpLog longer = log;
    longer.record(1, {threat(99, events::Severity::low)});
    write_file(file, longer.text());
    BOOST_TEST(import_file(directory / "fourth", {file.string()}).exit_code == 0);

    ChildOptions piped;
    piped.arguments = {replay_binary(), "--data", fresh.string(), "import", "-",
                       "--checkpoint",  kept};
    require_failure(run_program(piped, leading(5)), "line 5: the file ends here");
    piped.arguments[2] = directory / "fifth";
    BOOST_TEST(run_program(piped, log.text()).exit_code == 0);
    require_failure(import_file(fresh, {exported().string(), "--checkpoint", "/nowhere"}),
                    "/nowhere cannot be read");
    BOOST_TEST(import_file(fresh, {exported().string(), "--vkey", key}).exit_code == 2);
}

// A limit as set by `ulimit -f`: no signal ends the program, and no partial file remains.
BOOST_AUTO_TEST_CASE(a_limit_on_the_size_of_files_is_reported) {
    const auto run = [&](const std::vector<std::string>& arguments) {
        ChildOptions options;
        // The test reads stderr from a file, which the limit affects as well, so stderr is piped.
        options.arguments = {"bash", "-c",
                             "set -o pipefail; { (ulimit -f 0; exec \"$0\" \"$@\") 2>&1 1>&3 | "
                             "cat >&2; } 3>&1",
                             replay_binary()};
        options.arguments.insert(options.arguments.end(), arguments.begin(), arguments.end());
        return run_program(options);
    };
    const auto out = directory / "out.ndjson";
    require_failure(run({"--events", exported().string(), "export", "-o", out.string()}),
                    "out.ndjson cannot be written: File too large");
    BOOST_TEST(!std::filesystem::exists(out));
    BOOST_TEST(!std::filesystem::exists(out.string() + ".partial"));
    const auto fresh = directory / "fresh";
    require_failure(run({"--data", fresh.string(), "import", exported().string()}),
                    "cannot be written");
    BOOST_TEST(!std::filesystem::exists(fresh / "FORMAT"));
    BOOST_TEST(import_file(fresh, {exported().string()}).exit_code == 0);
    BOOST_TEST(run({"--data", data().string(), "rebuild"}).exit_code == 3);
    BOOST_TEST(about_data({"rebuild"}).exit_code == 0);
    BOOST_TEST(about_data({"verify"}).exit_code == 0);
}

BOOST_AUTO_TEST_CASE(an_impossible_log_is_refused) {
    MadeUpLog impossible;
    impossible.record(1, {product_named("Payments API")});
    impossible.record(1, {events::ThreatRemoved{5}});
    const auto file = (directory / "impossible.ndjson").string();
    write_file(file, impossible.text());
    require_failure(run_replay({"--data", (directory / "fresh").string(), "import", file}),
                    "line 2: ");
    require_failure(run_replay({"--events", file, "posture", "--product", "1"}), "position 2: ");
}

BOOST_AUTO_TEST_CASE(a_garbled_line_in_a_directory_is_named) {
    put(store::Table::events, store::be64_key(7), "garbage");
    require_failure(about_data({"posture", "--product", "1"}), "position 7: ");
    BOOST_TEST(about_data({"verify"}).exit_code == 1);
}

BOOST_AUTO_TEST_CASE(nothing_is_left_in_the_temporary_directory) {
    ChildOptions options;
    const auto temporary = directory / "tmp";
    std::filesystem::create_directory(temporary);
    options.environment["TMPDIR"] = temporary.string();
    options.arguments = {replay_binary(), "--data", data().string(), "verify"};
    BOOST_TEST(run_program(options).exit_code == 0);
    BOOST_TEST(std::filesystem::is_empty(temporary));
    // Also if the program is stopped halfway: the reading end of this pipe is closed.
    options.arguments = {"bash",
                         "-c",
                         "set -o pipefail; \"$@\" | true",
                         "bash",
                         replay_binary(),
                         "--data",
                         data().string(),
                         "export"};
    run_program(options);
    BOOST_TEST(std::filesystem::is_empty(temporary));
}

BOOST_AUTO_TEST_CASE(usage) {
    BOOST_TEST(run_replay({}).exit_code == 2);
    BOOST_TEST(run_replay({"stats"}).exit_code == 2);
    BOOST_TEST(run_replay({"--data", data().string(), "dance"}).exit_code == 2);
    BOOST_TEST(run_replay({"--data", "a", "--events", "b", "stats"}).exit_code == 2);
    BOOST_TEST(run_replay({"--events", exported().string(), "verify"}).exit_code == 2);
    const auto help = run_replay({"--help"});
    BOOST_TEST(help.exit_code == 0);
    for (const std::string command :
         {"posture", "gate", "timeline", "threats", "mitigations", "diff", "events", "verify",
          "rebuild", "export", "import", "stats"}) {
        BOOST_TEST(help.out.find("\n  " + command + " ") != std::string::npos, command);
    }
    BOOST_TEST(run_replay({"--version"}).out.find("1.") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()

}  // namespace threatatlas::testing
