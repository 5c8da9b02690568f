#include <fstream>
#include <sstream>

#include <boost/test/unit_test.hpp>

#include "http/ops/witness_client.hpp"
#include "support/eventually.hpp"
#include "support/server_process.hpp"
#include "support/temp_directory.hpp"
#include "support/test_witness.hpp"

BOOST_AUTO_TEST_SUITE(witness_test)

using namespace threatatlas;
using namespace threatatlas::ops;
using namespace threatatlas::testing;
using namespace threatatlas::tlog;
using nlohmann::json;

namespace fs = std::filesystem;

namespace {

// A log and two witnesses that know it.
struct Watched {
    Watched() {
        server = start(data);
        key = server->ask("GET", "/api/proof/key").body;
        key.pop_back();
        one.know(key);
        other.know(key);
    }

    std::unique_ptr<ServerProcess> start(const fs::path& on) const {
        auto process = std::make_unique<ServerProcess>(
            on, ServerProcess::Options{{"--witness", one.option(), "--witness", other.option(),
                                        "--witness-seconds", "1", "--origin", "example.com/log"},
                                       {}});
        process->start();
        return process;
    }

    void write(const std::string& name) const {
        const auto answer = server->ask("POST", "/api/products", json{{"name", name}}.dump());
        BOOST_REQUIRE(answer.status == 201);
    }
    std::uint64_t size() const {
        return parse_checkpoint(parse_note(server->ask("GET", "/checkpoint").body).text).size;
    }
    Note newest_signed_by(const std::string& name) const {
        const auto answer = server->ask("GET", "/checkpoint/witnessed?witness=" + name);
        BOOST_TEST_REQUIRE(answer.status == 200, answer.body);
        return parse_note(answer.body);
    }
    // Whether the proof of an event of product 1 is accepted with these keys.
    int check_proof(const std::string& query, const std::vector<std::string>& witness_keys) const {
        const auto file = directory / "event.tlog-proof";
        std::ofstream(file) << server->ask("GET", "/api/products/1/events/2/proof" + query).body;
        std::vector<std::string> arguments{"check-proof", file.string(), "--vkey", key};
        for (const std::string& witness_key : witness_keys) {
            arguments.insert(arguments.end(), {"--vkey", witness_key});
        }
        return run_replay(arguments).exit_code;
    }
    std::vector<std::string> kept_notes() const {
        std::ostringstream content;
        content << std::ifstream(data / "cosigned-checkpoint").rdbuf();
        return split_notes(content.str());
    }
    json witness(std::size_t index) const {
        return json::parse(server->ask("GET", "/readyz").body).at("witnesses").at(index);
    }
    bool all_signed() const {
        const auto answer = server->ask("GET", "/checkpoint/witnessed");
        return answer.status == 200 &&
               parse_checkpoint(parse_note(answer.body).text).size == size() &&
               parse_note(answer.body).signatures.size() == 3;
    }

    TempDirectory directory;
    const fs::path data = directory / "data";
    TestWitness one{"witness.example/one"};
    TestWitness other{"witness.example/other"};
    std::unique_ptr<ServerProcess> server;
    std::string key;
};

std::string refusal_of(std::string_view text) {
    try {
        static_cast<void>(parse_witness(text));
        return {};
    } catch (const BadNote& error) {
        return error.what();
    }
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(witnesses, Watched)

BOOST_AUTO_TEST_CASE(witnesses_sign_new_checkpoints_and_their_signatures_are_served) {
    BOOST_TEST_REQUIRE(eventually([&] { return all_signed(); }));
    for (int i = 0; i < 3; ++i) {
        write("product " + std::to_string(i));
        BOOST_TEST_REQUIRE(eventually([&] { return all_signed(); }));
    }
    BOOST_TEST(one.size() == size());
    BOOST_TEST(other.size() == size());
    // The newest checkpoint is shown with them, and proofs lead to one that they signed.
    const std::vector<NoteVerifier> keys{NoteVerifier(key), NoteVerifier(one.vkey()),
                                         NoteVerifier(other.vkey())};
    const auto newest = parse_note(server->ask("GET", "/checkpoint").body);
    BOOST_TEST(require_signed(newest, keys).size() == 3U);
    const std::string proof = server->ask("GET", "/api/products/1/events/2/proof").body;
    const auto file = directory / "event.tlog-proof";
    std::ofstream(file) << proof;
    const auto checked = run_replay({"check-proof", file.string(), "--vkey", key, "--vkey",
                                     one.vkey(), "--vkey", other.vkey()});
    BOOST_TEST(checked.exit_code == 0, checked.err);
    BOOST_TEST(witness(0)["name"] == "witness.example/one");
    BOOST_TEST(witness(0)["lags"] == false);
    BOOST_TEST(witness(0)["cosigned_events"] == size());

    // After a restart the witnesses are asked to continue from their sizes.
    const auto asked = one.asked();
    BOOST_TEST(server->stop() == 0);
    server->start();
    BOOST_TEST(server->ask("GET", "/checkpoint/witnessed").status == 200);
    write("later");
    BOOST_TEST_REQUIRE(eventually([&] { return all_signed(); }));
    BOOST_TEST(one.asked() > asked);
}

BOOST_AUTO_TEST_CASE(a_lagging_witness_is_reported_and_delays_nothing) {
    BOOST_TEST_REQUIRE(eventually([&] { return all_signed(); }));
    const std::uint64_t before = size();
    for (const auto& [status, body] : std::vector<std::pair<int, std::string>>{
             {503, ""},
             {403, ""},
             {404, ""},
             {409, "many\n"},
             {200, ""},
             {200, "\u2014 witness.example/other AAAAAAAAAAAA\n"},
             {200, std::string(100'000, 'x')}}) {
        other.answer_with(status, body);
        write("beside");
        BOOST_TEST_REQUIRE(eventually([&] { return one.size() == size(); }));
        BOOST_TEST_REQUIRE(eventually([&] { return witness(1)["lags"] == true; }));
        BOOST_TEST(witness(1)["cosigned_events"] == before);
        BOOST_TEST(witness(0)["lags"] == false);
        BOOST_TEST(server->ask("GET", "/readyz").status == 200);
        const auto cosigned = parse_note(server->ask("GET", "/checkpoint/witnessed").body);
        BOOST_TEST(cosigned.signatures.size() == 2U);
    }
    other.answer_with(0);
    BOOST_TEST_REQUIRE(eventually([&] { return all_signed(); }));
    BOOST_TEST(witness(1)["lags"] == false);
}

BOOST_AUTO_TEST_CASE(the_signatures_of_a_lagging_witness_are_kept) {
    BOOST_TEST_REQUIRE(eventually([&] { return all_signed(); }));
    write("before");
    BOOST_TEST_REQUIRE(eventually([&] { return all_signed(); }));
    const std::uint64_t before = size();
    BOOST_TEST(eventually([&] { return kept_notes().size() == 1U; }));
    const std::vector<NoteVerifier> keys{NoteVerifier(key), NoteVerifier(other.vkey())};
    const auto require_kept = [&] {
        const Note kept = newest_signed_by("witness.example/other");
        BOOST_TEST(parse_checkpoint(kept.text).size == before);
        BOOST_TEST(require_signed(kept, keys).size() == 2U);
        // The served checkpoint may be slightly newer than the file.
        BOOST_TEST(eventually([&] { return kept_notes().size() == 2U; }));
        // The newest checkpoint is the one of the witness that continues.
        const Note newest = parse_note(server->ask("GET", "/checkpoint/witnessed").body);
        BOOST_TEST(parse_checkpoint(newest.text).size == size());
        BOOST_TEST(newest_signed_by("witness.example/one").text == newest.text);
        BOOST_TEST(check_proof("", {one.vkey()}) == 0);
        BOOST_TEST(check_proof("", {other.vkey()}) == 1);
        BOOST_TEST(check_proof("?witness=witness.example/other", {other.vkey()}) == 0);
        BOOST_TEST(check_proof("?witness=witness.example%2Fone", {one.vkey()}) == 0);
    };

    other.answer_with(503);
    // Repeatedly, during other writes, and across restarts.
    for (const char* name : {"later", "later still"}) {
        write(name);
        BOOST_TEST_REQUIRE(eventually([&] { return witness(0)["cosigned_events"] == size(); }));
        require_kept();
        BOOST_TEST(server->stop() == 0);
        server->start();
        require_kept();
    }
    // Later events are not in it.
    const std::string newest_proof = "/api/products/3/events/" + std::to_string(size()) + "/proof";
    BOOST_TEST(server->ask("GET", newest_proof).status == 200);
    const auto not_yet = server->ask("GET", newest_proof + "?witness=witness.example/other");
    BOOST_TEST(not_yet.status == 404);
    BOOST_TEST(not_yet.body.find("has " + std::to_string(before) + " events") != std::string::npos);

    // Signatures of the same checkpoint in another round are kept, too.
    one.answer_with(503);
    other.answer_with(0);
    BOOST_TEST_REQUIRE(eventually([&] { return all_signed(); }));
    BOOST_TEST(eventually([&] { return kept_notes().size() == 1U; }));
}

BOOST_AUTO_TEST_CASE(a_witness_is_selected_by_its_exact_name) {
    BOOST_TEST_REQUIRE(eventually([&] { return all_signed(); }));
    write("product");
    for (const std::string target : {"/checkpoint/witnessed", "/api/products/1/events/2/proof"}) {
        for (const std::string query :
             {"?witness=", "?witness=witness.example", "?witness=witness.example/One",
              "?witness=witness.example/one&witness=witness.example/one", "?witnes=x"}) {
            const auto answer = server->ask("GET", target + query);
            BOOST_TEST(answer.status == 422, target << query << answer.body);
        }
        const auto unknown = server->ask("GET", target + "?witness=x");
        BOOST_TEST(unknown.body.find("witness.example/one, witness.example/other") !=
                   std::string::npos);
    }
    // Neither for a missing product nor for an event of another product.
    for (const std::string target :
         {"/api/products/9/events/2/proof?witness=x",
          "/api/products/1/events/1/proof?witness=witness.example/one",
          "/api/products/1/events/9/proof?witness=witness.example/one"}) {
        BOOST_TEST(server->ask("GET", target).status == 404, target);
    }
}

BOOST_AUTO_TEST_CASE(the_log_is_verified_against_all_kept_checkpoints) {
    BOOST_TEST_REQUIRE(eventually([&] { return all_signed(); }));
    other.answer_with(503);
    write("later");
    BOOST_TEST_REQUIRE(eventually([&] { return kept_notes().size() == 2U; }));
    server->stop();
    const auto verified = [&] { return run_replay({"--data", data.string(), "verify"}); };
    const fs::path file = data / "cosigned-checkpoint";
    const auto notes = kept_notes();
    BOOST_TEST(verified().exit_code == 0);

    // A file of an earlier version contains one note.
    std::ofstream(file) << notes[1];
    BOOST_TEST(verified().exit_code == 0);
    server->start();
    BOOST_TEST(format_note(newest_signed_by("witness.example/other")) == notes[1]);
    BOOST_TEST_REQUIRE(eventually([&] { return kept_notes().size() == 2U; }));
    server->stop();

    // A malformed note does not invalidate the others.
    std::ofstream(file) << join_notes({"x\n\ny\n", notes[0], notes[1]});
    server->start();
    BOOST_TEST(server->log().find("\"level\":\"warning\",\"event\":\"witness\"") !=
               std::string::npos);
    BOOST_TEST(format_note(newest_signed_by("witness.example/other")) == notes[1]);
    server->stop();

    Checkpoint older = parse_checkpoint(parse_note(notes[1]).text);
    older.root[0] ^= 1;
    std::ofstream(file) << join_notes(
        {notes[0], format_note({checkpoint_text(older), parse_note(notes[1]).signatures})});
    BOOST_TEST(verified().exit_code == 1);
    BOOST_TEST(json::parse(verified().out).at("tree").at("witnessed") == "was rewritten");
    BOOST_CHECK_THROW(server->start(), std::runtime_error);
    BOOST_TEST(server->log().find("does not extend the log of") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_older_copy_of_the_log_is_noticed_by_the_witness) {
    const fs::path copy = directory / "copy";
    server->stop();
    fs::copy(data, copy, fs::copy_options::recursive);
    server->start();
    write("a");
    write("b");
    BOOST_TEST_REQUIRE(eventually([&] { return all_signed(); }));
    server->stop();

    // The replaced log is shorter than the signed one; at the same length it differs.
    fs::remove(copy / "cosigned-checkpoint");
    server = start(copy);
    BOOST_TEST_REQUIRE(eventually([&] {
        return witness(0).value("detail", "").find("replaced by an older copy") !=
               std::string::npos;
    }));
    write("c");
    write("d");
    write("e");
    BOOST_TEST_REQUIRE(eventually([&] {
        return witness(0).value("detail", "").find("does not extend") != std::string::npos;
    }));
    BOOST_TEST(server->ask("GET", "/checkpoint/witnessed").status == 404);
    server->stop();
    BOOST_TEST(server->log().find("\"level\":\"error\",\"event\":\"witness\"") !=
               std::string::npos);

    // A kept cosigned checkpoint that contradicts the log prevents the start.
    fs::copy_file(data / "cosigned-checkpoint", copy / "cosigned-checkpoint");
    BOOST_CHECK_THROW(server->start(), std::runtime_error);
    BOOST_TEST(server->log().find("does not extend the log of") != std::string::npos);
    const auto verified = run_replay({"--data", copy.string(), "verify"});
    BOOST_TEST(verified.exit_code == 1);
    BOOST_TEST(json::parse(verified.out).at("tree").at("witnessed") == "was rewritten");
}

BOOST_AUTO_TEST_CASE(signatures_by_an_older_key_are_not_served_as_the_newest) {
    BOOST_TEST_REQUIRE(eventually([&] { return all_signed(); }));
    server->stop();
    // Of the same name.
    const NoteSigner newer("example.com/log", std::string(32, 'n'));
    const fs::path file = directory / "newer-key";
    std::ofstream(file) << newer.skey() << '\n';
    ServerProcess again(data, {{"--log-key", file.string(), "--accept-log-key"}, {}});
    again.start();
    const auto newest = parse_note(again.ask("GET", "/checkpoint").body);
    BOOST_TEST(require_signed(newest, {NoteVerifier(newer.vkey())}).size() == 1U);
    BOOST_TEST(again.ask("GET", "/checkpoint/witnessed").status == 404);
    BOOST_TEST(again.stop() == 0);
}

BOOST_AUTO_TEST_CASE(a_log_is_verified_with_the_keys_of_its_witnesses) {
    BOOST_TEST_REQUIRE(eventually([&] { return all_signed(); }));
    const fs::path kept = directory / "kept";
    std::ofstream(kept) << server->ask("GET", "/checkpoint/witnessed").body;
    const auto verified =
        run_replay({"--data", data.string(), "verify", "--checkpoint", kept.string(), "--vkey", key,
                    "--vkey", one.vkey(), "--vkey", other.vkey()});
    BOOST_TEST(verified.exit_code == 0, verified.out);
}

BOOST_AUTO_TEST_CASE(an_unreachable_witness_delays_neither_writes_nor_the_stop) {
    server->stop();
    const fs::path elsewhere = directory / "elsewhere";
    // Accepts no connection.
    const std::string unreachable = one.vkey() + " http://127.0.0.1:1/";
    ServerProcess alone(elsewhere, {{"--witness", unreachable, "--witness-seconds", "1"}, {}});
    alone.start();
    BOOST_TEST(alone.ask("POST", "/api/products", R"({"name":"a"})").status == 201);
    BOOST_TEST(eventually([&] {
        const auto state = json::parse(alone.ask("GET", "/readyz").body).at("witnesses").at(0);
        return state.value("detail", "").find("cannot be reached") != std::string::npos;
    }));
    BOOST_TEST(alone.ask("GET", "/checkpoint/witnessed").status == 404);
    for (const std::string target : {"/checkpoint/witnessed", "/api/products/1/events/2/proof"}) {
        const auto named = alone.ask("GET", target + "?witness=witness.example/one");
        BOOST_TEST(named.status == 404, target);
        BOOST_TEST(named.body.find("the witness witness.example/one cosigned") !=
                   std::string::npos);
    }
    BOOST_TEST(alone.stop() == 0);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_CASE(a_witness_is_given_as_key_and_url) {
    const TestWitness witness("w.example");
    BOOST_TEST(refusal_of(witness.option()) == "");
    BOOST_TEST(refusal_of(witness.vkey()) != "");
    BOOST_TEST(refusal_of(witness.vkey() + " ftp://w.example") != "");
    BOOST_TEST(refusal_of("w.example+01234567+AAAA https://w.example") != "");
    // The key of a log is not a key of a witness.
    BOOST_TEST(refusal_of(NoteSigner("log.example", std::string(32, 's')).vkey() +
                          " https://w.example") != "");
}

BOOST_AUTO_TEST_SUITE_END()
