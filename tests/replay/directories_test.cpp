// What the program does with directories and files: those it makes, mends, and will not touch.
#define BOOST_TEST_MODULE replay_directories
#include <boost/test/unit_test.hpp>

#include "events/keys.hpp"
#include "replay/replay_fixture.hpp"

namespace threatatlas {
namespace {

struct Fixture : ReplayFixture {
    ProgramResult about_data(std::vector<std::string> arguments) const {
        arguments.insert(arguments.begin(), {"--data", data().string()});
        return run_replay(arguments);
    }
    void put(Table table, std::string_view key, std::string_view value) const {
        const auto store = Store::open(data(), {});
        rocksdb::WriteBatch batch;
        BOOST_REQUIRE(batch.Put(store->handle(table), key, value).ok());
        store->write(batch);
    }
    // One sentence on stderr, nothing on stdout.
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

// Not even by closing all of its descriptors: the files that it opens must not get their numbers.
BOOST_AUTO_TEST_CASE(work_that_is_done_is_no_failure_because_nobody_can_be_told) {
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
    // An answer that cannot be written is a failure.
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
    // The newline behind the last line may be missing.
    piped.arguments[2] = (directory / "fourth").string();
    BOOST_TEST(run_program(piped, log.text().substr(0, log.text().size() - 1)).exit_code == 0);
    BOOST_TEST(run_replay({"--data", piped.arguments[2], "export"}).out == log.text());
}

// Editors and shells of Windows put a byte order mark before a file and end lines with CR LF.
BOOST_AUTO_TEST_CASE(an_export_that_was_on_windows_is_the_same_log) {
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

    // The redirection of PowerShell writes UTF-16.
    std::string wide = "\xFF\xFE";
    for (const char c : log.text()) {
        wide += c;
        wide += '\0';
    }
    write_file(file, wide);
    const auto other = (directory / "other").string();
    require_failure(run_replay({"--data", other, "import", file}), "UTF-16");
    require_failure(run_replay({"--events", file, "stats"}), "UTF-16");
    // A return within a line, or two at its end, was never an export.
    write_file(file, log.lines()[0] + "\r\r\n");
    require_failure(run_replay({"--data", other, "import", file}), "line 1: ");
    write_file(file, std::string("\0", 1) + log.lines()[0] + "\n");
    require_failure(run_replay({"--data", other, "import", file}), "U+0000 (NUL) at byte 1");
}

// Earlier versions left U+2028 and U+2029 as they are: such lines stay what they are.
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
    // What is written anew has them escaped.
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

    put(Table::threats, be64_key(1, 2), "nonsense");
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

BOOST_AUTO_TEST_CASE(answers_do_not_depend_on_what_is_stored_beside_the_lines) {
    const auto before = about_data({"posture", "--product", "1"});
    for (const Table table : projection_tables()) {
        const auto store = Store::open(data(), {});
        store->clear(table);
    }
    const auto after = about_data({"posture", "--product", "1"});
    BOOST_TEST(after.exit_code == 0);
    BOOST_TEST(after.out == before.out);
}

BOOST_AUTO_TEST_CASE(what_writes_needs_the_directory_to_itself) {
    const auto store = Store::open(data(), {});
    require_failure(about_data({"rebuild"}), "in use by another process");
    BOOST_TEST(about_data({"verify"}).exit_code == 0);
}

BOOST_AUTO_TEST_CASE(a_line_that_is_not_json_is_told_by_its_line_and_column) {
    const auto& lines = log.lines();
    const auto broken = directory / "broken.ndjson";
    write_file(broken, lines[0] + "\n" + lines[1] + "\n" + lines[2].substr(0, 30) + "\n");
    const std::string place = "line 3: not an event line, no JSON from column 31 on: ";
    require_failure(run_replay({"--data", (directory / "new").string(), "import", broken.string()}),
                    place);
    require_failure(run_replay({"--events", broken.string(), "stats"}), place);
}

BOOST_AUTO_TEST_CASE(an_import_goes_into_an_empty_directory_only) {
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
    // As kill -9 leaves it.
    Store::open_for_import(half).reset();
    for (const std::string command : {"stats", "verify", "rebuild", "export"}) {
        require_failure(run_replay({"--data", half.string(), command}), "import");
    }
    require_failure(run_replay({"--data", half.string(), "import", exported().string()}), "import");
    BOOST_CHECK_THROW(Store::open(half, {.create = true}), StoreRefused);
}

BOOST_AUTO_TEST_CASE(a_directory_that_is_not_ours_is_left_alone) {
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

BOOST_AUTO_TEST_CASE(a_file_that_is_not_a_whole_log_is_refused_by_line) {
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

BOOST_AUTO_TEST_CASE(a_log_that_could_not_have_come_about_is_refused) {
    MadeUpLog impossible;
    impossible.record(1, {product_named("Payments API")});
    impossible.record(1, {ThreatRemoved{5}});
    const auto file = (directory / "impossible.ndjson").string();
    write_file(file, impossible.text());
    require_failure(run_replay({"--data", (directory / "fresh").string(), "import", file}),
                    "line 2: ");
    require_failure(run_replay({"--events", file, "posture", "--product", "1"}), "position 2: ");
}

BOOST_AUTO_TEST_CASE(a_garbled_line_in_a_directory_is_named) {
    put(Table::events, be64_key(7), "garbage");
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
    // Nor when it is stopped halfway: nobody reads the other end of this pipe.
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

}  // namespace threatatlas
