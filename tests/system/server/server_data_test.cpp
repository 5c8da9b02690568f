// The real program and its data directory: ownership, tokens and projections.

#include "events/store/keys.hpp"
#include "support/made_up_log.hpp"
#include "support/random.hpp"
#include "support/server_program.hpp"

BOOST_AUTO_TEST_SUITE(server_data_test)

using namespace threatatlas;
using namespace threatatlas::base;
using namespace threatatlas::events;
using namespace threatatlas::store;
using namespace threatatlas::testing;
using nlohmann::json;

namespace fs = std::filesystem;

BOOST_FIXTURE_TEST_SUITE(server_data, ServerPlace)

BOOST_AUTO_TEST_CASE(a_second_server_on_the_same_directory_is_refused) {
    ServerProcess first(data());
    first.start();
    const std::string token = content_of(token_file());
    require_refused(run_server({"serve", "--data", data(), "--listen", "127.0.0.1:0"}),
                    "is in use by another process: stop that one first");
    BOOST_TEST(content_of(token_file()) == token);
    BOOST_TEST(first.ask("POST", "/api/products", R"({"name":"p"})").status == 201);
}

BOOST_AUTO_TEST_CASE(a_foreign_directory_is_not_changed) {
    const auto serve_on = [](const fs::path& place) {
        return run_server({"serve", "--data", place, "--listen", "127.0.0.1:0"});
    };
    const fs::path foreign = directory / "foreign";
    fs::create_directory(foreign);
    std::ofstream(foreign / "thesis.txt") << "years of work";
    require_refused(serve_on(foreign), "is not empty and not a ThreatAtlas data directory");
    BOOST_TEST(std::distance(fs::directory_iterator(foreign), fs::directory_iterator()) == 1);
    BOOST_TEST(content_of(foreign / "thesis.txt") == "years of work");

    import_into(data(), made_up_log());
    const auto with_format = [&](const std::string& text) {
        std::ofstream(fs::path(data()) / "FORMAT") << text;
        const ProgramResult result = serve_on(data());
        BOOST_TEST(content_of(fs::path(data()) / "FORMAT") == text);
        return result;
    };
    require_refused(with_format("threatatlas data, format 6\n"),
                    "has format 6, and this program knows formats up to 5: use the newer version");
    require_refused(with_format("threatatlas data, import not finished\n"),
                    "was not finished: empty it and import again");
    require_refused(with_format("somebody else's\n"), "is not a ThreatAtlas data directory");
    require_refused(with_format("threatatlas data, format one\n"), "does not say its format");
    require_refused(serve_on(foreign / "thesis.txt"), "");
}

BOOST_AUTO_TEST_CASE(the_file_of_the_admin_token_is_private) {
    ServerProcess server(data());
    server.start();
    BOOST_TEST(is_its_owners_alone(token_file()));
    const std::string token = server.admin_token();
    BOOST_TEST(ask_with(server, token) == 200);
    server.stop();
    BOOST_TEST(line_about(server.log(), "admin_token").at("file") == token_file().string());
    BOOST_TEST(server.log().find(token) == std::string::npos);
    // While a live admin token exists, no new one is created, neither at the next start nor if the
    // file is missing.
    fs::remove(token_file());
    const std::string unneeded = "ta_uV3m0bQ1xJcWq8Zs-Rk5tYh2LdEo7NfGpA_9iKwCzTM";
    ServerProcess again(data(), {{}, {{"THREATATLAS_ADMIN_TOKEN", unneeded}}});
    again.start();
    BOOST_TEST(!fs::exists(token_file()));
    BOOST_TEST(ask_with(again, token) == 200);
    BOOST_TEST(ask_with(again, unneeded) == 401);
}

BOOST_AUTO_TEST_CASE(a_new_admin_token_is_created_if_none_is_live) {
    MadeUpLog log;
    TokenIssued expired = token(1, Role::admin);
    expired.expires_at = *parse_instant("2026-01-06T00:00:00Z");
    log.record(0, {expired});
    log.record(0, {token(2, Role::editor)});
    import_into(data(), log);
    std::ofstream(token_file()) << "left over\n";
    fs::permissions(token_file(), fs::perms::all);
    ServerProcess server(data());
    server.start();
    BOOST_TEST(is_its_owners_alone(token_file()));
    BOOST_TEST(ask_with(server, server.admin_token()) == 200);
    const json events =
        json::parse(run_replay({"--data", data(), "events", "--format", "json"}).out);
    BOOST_TEST_REQUIRE(events.size() == 3U);
    BOOST_TEST(events[2].at("actor") == "system");
    BOOST_TEST(events[2].at("data").at("role") == "admin");
}

BOOST_AUTO_TEST_CASE(lost_admin_tokens_are_replaced_while_the_server_is_stopped) {
    ServerProcess server(data());
    server.start();
    const std::string first = server.admin_token();
    const ProgramResult beside = run_server({"admin-token", "--data", data()});
    BOOST_TEST(beside.exit_code == 3);
    BOOST_TEST(beside.out == "");
    BOOST_TEST(beside.err.find("in use by another process") != std::string::npos, beside.err);
    BOOST_TEST(server.admin_token() == first);
    server.stop();

    const ProgramResult made = run_server({"admin-token"}, {{"THREATATLAS_DATA", data()}});
    BOOST_TEST(made.exit_code == 0);
    BOOST_TEST(made.err == "");
    BOOST_TEST(made.out.find(token_file().string()) != std::string::npos);
    BOOST_TEST(is_its_owners_alone(token_file()));
    const std::string second = server.admin_token();
    BOOST_TEST(second != first);
    BOOST_TEST(made.out.find(second) == std::string::npos);
    server.start();
    BOOST_TEST(ask_with(server, second) == 200);
    BOOST_TEST(ask_with(server, first) == 200);
    BOOST_TEST(server.admin_token() == second);
}

BOOST_AUTO_TEST_CASE(the_attestation_key_is_that_of_the_option) {
    const auto key_of = [](const ServerProcess& server) {
        const auto answer = server.ask("GET", "/api/attestation-key");
        BOOST_TEST(answer.status == 200);
        return answer.body;
    };
    const fs::path own_file = fs::path(data()) / "attestation-key";
    const fs::path kept = directory / "kept.pem";
    ServerProcess server(data());
    server.start();
    const std::string first = key_of(server);
    BOOST_TEST(is_its_owners_alone(own_file));
    server.stop();
    fs::rename(own_file, kept);
    // A command that signs no attestations needs no key.
    BOOST_TEST(run_server({"admin-token", "--data", data()}).exit_code == 0);
    BOOST_TEST(!fs::exists(own_file));

    for (const ServerProcess::Options& options :
         {ServerProcess::Options{{"--attestation-key", kept}, {}},
          ServerProcess::Options{{}, {{"THREATATLAS_ATTESTATION_KEY", kept}}}}) {
        ServerProcess with_option(data(), options);
        with_option.start();
        BOOST_TEST(key_of(with_option) == first);
        BOOST_TEST(!fs::exists(own_file));
        with_option.stop();
    }
    server.start();
    BOOST_TEST(key_of(server) != first);
    server.stop();
    require_refused(
        run_server({"serve", "--data", data(), "--listen", "127.0.0.1:0", "--attestation-key",
                    fs::path(data()) / "log-key"}),
        "does not contain an attestation key: it is not an unencrypted private key in PEM");
}

// The rebuild is killed at increasingly late moments.
BOOST_AUTO_TEST_CASE(a_killed_rebuild_is_finished_by_the_server) {
    MadeUpLog log = made_up_log();
    for (ThreatId first = 100; first < 20'000; first += 1'000) {
        std::vector<EventData> threats;
        for (ThreatId id = first; id < first + 1'000; ++id) {
            threats.emplace_back(threat(id, Severity::low));
        }
        log.record(1, std::move(threats));
    }
    import_into(data(), log);
    ServerProcess server(data());
    server.start();
    server.stop();
    const MemoryFile nothing;
    const MemoryFile output;
    const ChildOptions rebuild{{replay_binary(), "--data", data(), "rebuild"}, {}, {}};
    std::optional<int> exit_code;
    for (auto moment = std::chrono::milliseconds(20); !exit_code; moment *= 2) {
        {
            ChildProcess killed(rebuild, nothing.descriptor(), output.descriptor(),
                                output.descriptor());
            exit_code = killed.wait_for(moment);
        }
        server.start();
        server.stop();
        const ProgramResult verified = run_replay({"--data", data(), "verify"});
        BOOST_TEST(verified.exit_code == 0, verified.out);
    }
    BOOST_TEST(*exit_code == 0, output.content());
}

BOOST_AUTO_TEST_CASE(no_admin_token_is_created_for_a_missing_directory) {
    const ProgramResult result = run_server({"admin-token", "--data", data()});
    BOOST_TEST(result.exit_code == 3);
    BOOST_TEST(result.err.find("there is no data in") != std::string::npos, result.err);
    BOOST_TEST(!fs::exists(data()));
    // The exit code is the same if stderr cannot be written.
    const ProgramResult unsaid = run_program(
        {{"sh", "-c", "exec \"$0\" admin-token --data \"$1\" 2>/dev/full", server_binary(), data()},
         {},
         {}});
    BOOST_TEST(unsaid.exit_code == 3);
}

BOOST_AUTO_TEST_CASE(a_log_from_the_future_is_written_to_only_when_accepted) {
    const std::string admin = "ta_uV3m0bQ1xJcWq8Zs-Rk5tYh2LdEo7NfGpA_9iKwCzTM";
    const Environment environment{{"THREATATLAS_ADMIN_TOKEN", admin}};
    MadeUpLog log(1, *parse_instant("2999-01-05T08:00:00Z"));
    log.record(1, {product_named("Payments API")});
    import_into(data(), log);
    const auto ask = [&](int port, const std::string& method, const std::string& path) {
        httplib::Client client("127.0.0.1", port);
        client.set_bearer_token_auth(admin);
        return (method == "GET" ? client.Get(path) : client.Post(path, "{}", "application/json"))
            .value();
    };
    {
        Program program({"--data", data(), "--listen", "127.0.0.1:0"}, environment);
        const int port = port_of(program);
        BOOST_TEST(program.wait_for("clock").at("level") == "error");
        program.wait_for("ready");
        const auto ready = ask(port, "GET", "/readyz");
        BOOST_TEST(ready.status == 503);
        BOOST_TEST(json::parse(ready.body).at("status") == "clock_in_doubt");
        const auto why = json::parse(ready.body).at("detail").get<std::string>();
        BOOST_TEST(why.find("--accept-clock") != std::string::npos, why);
        BOOST_TEST(ask(port, "GET", "/healthz").status == 200);
        BOOST_TEST(program.stop() == 0);
        const ProgramResult token = run_server({"admin-token", "--data", data()});
        BOOST_TEST(token.exit_code == 3);
        BOOST_TEST(token.err.find("--accept-clock") != std::string::npos, token.err);
        BOOST_TEST(run_replay({"--data", data(), "export"}).out == log.text());
    }
    Program program({"--data", data(), "--listen", "127.0.0.1:0", "--accept-clock"}, environment);
    const int port = port_of(program);
    program.wait_for("ready");
    BOOST_TEST(ask(port, "GET", "/readyz").status == 200);
    BOOST_TEST(ask(port, "GET", "/api/products/1").status == 200);
    BOOST_TEST(program.stop() == 0);
    // The line of the admin token, a microsecond after the last one.
    const std::string lines = run_replay({"--data", data(), "export"}).out;
    BOOST_TEST(lines.find(format_instant(log.time() + std::chrono::microseconds{1})) !=
               std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_log_that_cannot_be_folded_ends_the_server) {
    import_into(data(), made_up_log());
    change_stamp();
    {
        const auto store = Store::open(data(), {});
        RowBatch batch(*store);
        batch.put(Table::events, be64_key(7), "garbage");
        store->write(batch);
    }
    const ProgramResult result = run_server({"serve", "--data", data(), "--listen", "127.0.0.1:0"});
    BOOST_TEST(result.exit_code == 3);
    const json line = line_about(result.err, "cannot_serve");
    BOOST_TEST_REQUIRE(line.is_object(), result.err);
    BOOST_TEST(line.at("detail").get<std::string>().starts_with("position 7: "));
}

// The suite server_rebuild tests that /readyz shows the progress.
BOOST_AUTO_TEST_CASE(projections_of_another_version_are_rebuilt_at_start) {
    const MadeUpLog log = made_up_log();
    import_into(data(), log);
    change_stamp();
    BOOST_TEST(run_replay({"--data", data(), "verify"}).exit_code == 1);
    ServerProcess server(data());
    server.start();
    BOOST_TEST(run_replay({"--data", data(), "verify"}).exit_code == 0);
    BOOST_TEST(server.stop() == 0);
    BOOST_TEST(line_about(server.log(), "rebuilding").at("events") == log.lines().size());
    // The next start does not rebuild again.
    server.start();
    server.stop();
    BOOST_TEST(line_about(server.log(), "rebuilding").is_null());
    change_stamp();
    BOOST_TEST(run_server({"admin-token", "--data", data()}).exit_code == 0);
    BOOST_TEST(run_replay({"--data", data(), "verify"}).exit_code == 0);
}

BOOST_AUTO_TEST_CASE(an_interrupted_rebuild_is_repeated) {
    MadeUpLog log = made_up_log();
    for (ThreatId id = 100; id < 6'000; ++id) {
        log.record(1, {threat(id, Severity::high, ThreatStatus::identified, "node-9")});
    }
    import_into(data(), log);
    change_stamp();
    Random random(test_seed());
    for (int i = 0; i < 6; ++i) {
        Program program({"--data", data(), "--listen", "127.0.0.1:0"});
        program.wait_for("rebuilding");
        std::this_thread::sleep_for(std::chrono::microseconds(random.below(60'000)));
        if (i % 2 == 0) {
            program.send_signal(SIGKILL);
            program.wait_for_end();
        } else {
            BOOST_TEST(program.stop() == 0);
        }
        // Requires another rebuild, in case this one was completed.
        change_stamp();
    }
    ServerProcess server(data());
    server.start();
    BOOST_TEST(server.stop() == 0);
    BOOST_TEST(run_replay({"--data", data(), "verify"}).exit_code == 0);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
