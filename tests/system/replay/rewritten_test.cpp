// A log rewritten by an attacker with disk access, in various ways and with varying thoroughness.
// Tests what the program reports, what an auditor can detect with only a checkpoint and the key,
// and whether the server starts.
#include <algorithm>
#include <array>
#include <functional>
#include <thread>

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include "base/base64.hpp"
#include "support/eventually.hpp"
#include "support/forger.hpp"
#include "support/signed_log.hpp"

BOOST_AUTO_TEST_SUITE(rewritten_test)

using namespace threatatlas;
using namespace threatatlas::base;
using namespace threatatlas::events;
using namespace threatatlas::store;
using namespace threatatlas::testing;
using namespace threatatlas::tlog;

namespace {

struct Attack {
    std::string name;
    // Returns the first changed position.
    std::function<Position(std::vector<Event>&)> carry_out;
    bool shortens = false;
};

std::ostream& operator<<(std::ostream& out, const Attack& attack) {
    return out << attack.name;
}

// Index of a status change. Each is a transaction of its own, so two of them can be swapped.
std::ptrdiff_t a_change(const std::vector<Event>& events, int which) {
    for (std::size_t i = 0; i < events.size(); ++i) {
        if (events[i].type() == EventType::threat_status_changed && which-- == 0) {
            return static_cast<std::ptrdiff_t>(i);
        }
    }
    throw std::logic_error("there are not so many changes");
}

Position edit_a_line(std::vector<Event>& events) {
    const auto place = a_change(events, 7);
    std::get<ThreatStatusChanged>(events[static_cast<std::size_t>(place)].data).status =
        ThreatStatus::accepted;
    return static_cast<Position>(place) + 1;
}

Position drop_from_the_middle(std::vector<Event>& events) {
    const auto place = a_change(events, 7);
    events.erase(events.begin() + place);
    return static_cast<Position>(place) + 1;
}

Position drop_from_the_end(std::vector<Event>& events) {
    events.resize(events.size() - 5);
    return events.size() + 1;
}

// Keeps the times in order, as a careful forger would.
Position swap_two(std::vector<Event>& events) {
    const auto one = static_cast<std::size_t>(a_change(events, 7));
    const auto other = static_cast<std::size_t>(a_change(events, 11));
    std::swap(events[one], events[other]);
    std::swap(events[one].time, events[other].time);
    return one + 1;
}

Position insert_one(std::vector<Event>& events) {
    const auto place = a_change(events, 7);
    Event inserted = *(events.begin() + a_change(events, 20));
    std::get<ThreatStatusChanged>(inserted.data).threat_id = 200;
    inserted.time = (events.begin() + place - 1)->time + std::chrono::microseconds{1};
    events.insert(events.begin() + place, inserted);
    return static_cast<Position>(place) + 1;
}

const std::array<Attack, 5> attacks{{{"an edited line", edit_a_line},
                                     {"a line dropped from the middle", drop_from_the_middle, true},
                                     {"lines dropped from the end", drop_from_the_end, true},
                                     {"two lines swapped", swap_two},
                                     {"a line inserted", insert_one}}};

std::uint64_t size_in(const std::filesystem::path& checkpoint) {
    return parse_checkpoint(parse_note(read_file(checkpoint)).text).size;
}

// A copy of the signed log, which the test rewrites.
struct Fixture {
    Fixture() { copy_directory(signed_log().data(), data()); }

    std::filesystem::path data() const { return directory / "data"; }
    std::filesystem::path file(const std::string& name) const { return directory / name; }

    ProgramResult verify(std::vector<std::string> more = {},
                         const std::string& format = "table") const {
        more.insert(more.begin(), {"--data", data().string(), "--format", format, "verify"});
        return run_replay(more);
    }
    // The check made by an auditor who kept a checkpoint.
    ProgramResult audit(const std::filesystem::path& kept) const {
        return verify({"--checkpoint", kept.string(), "--vkey", signed_log().key});
    }
    ProgramResult check_growth(const std::filesystem::path& kept, const std::string& answer) const {
        write_file(file("growth"), answer);
        return run_replay({"--format", "table", "check-growth", "--checkpoint", kept.string(),
                           "--vkey", signed_log().key, file("growth").string()});
    }

    // The latest kept checkpoint always contradicts the log.
    void require_rewritten(bool is_shorter) const {
        require_says(audit(signed_log().late()), 1,
                     is_shorter
                         ? fmt::format("SHORTER: the checkpoint covers {} events, but the log has ",
                                       size_in(signed_log().late()))
                         : fmt::format("REWRITTEN: the first {} events differ from those that the "
                                       "checkpoint covers",
                                       size_in(signed_log().late())));
    }
    // The same, using only responses of the server.
    void require_rewritten_as_served(bool is_shorter, const std::string& words,
                                     const ServerProcess::Options& options = {}) const {
        ServerProcess server(data(), options);
        server.start();
        const std::uint64_t size = size_in(signed_log().late());
        const auto answer = server.ask("GET", "/api/proof/root?size=" + std::to_string(size));
        if (is_shorter) {
            // The server refuses such a request, and a made-up response proves nothing.
            BOOST_TEST(answer.status == 422);
            const auto kept = parse_checkpoint(parse_note(read_file(signed_log().late())).text);
            const nlohmann::json made_up{{"size", kept.size},
                                         {"root", base64_of(kept.root)},
                                         {"proof", nlohmann::json::array()},
                                         {"checkpoint", asked(server, "GET", "/checkpoint")}};
            require_says(check_growth(signed_log().late(), made_up.dump()), 1, words);
        } else {
            require_says(check_growth(signed_log().late(), answer.body), 1, words);
        }
        server.stop();
    }
    // Requires that the server ends by itself and logs the reason.
    void require_server_refuses(const std::string& words) const {
        ServerProcess server(data());
        server.launch();
        BOOST_TEST(eventually([&] { return !server.running(); }));
        BOOST_TEST(server.log().find(words) != std::string::npos,
                   "not \"" << words << "\" but: " << server.log());
    }

    const TempDirectory directory;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(rewritten, Fixture)

BOOST_AUTO_TEST_CASE(an_unchanged_log_extends_the_kept_checkpoint) {
    require_says(verify(), 0, "clean: ");
    for (const auto& kept : {signed_log().early(), signed_log().late()}) {
        require_says(audit(kept), 0,
                     fmt::format("the log extends the checkpoint of {} events", size_in(kept)));
    }
    ServerProcess server(data());
    server.start();
    for (const auto& kept : {signed_log().early(), signed_log().late()}) {
        const std::string size = std::to_string(size_in(kept));
        require_says(check_growth(kept, asked(server, "GET", "/api/proof/root?size=" + size)), 0,
                     "extends the checkpoint of " + size + " events");
    }
    server.stop();
}

// Rewriting everything unchanged is not detected, so the attacks below are not detected merely by
// traces of the forger.
BOOST_AUTO_TEST_CASE(a_rewrite_without_changes_is_clean) {
    {
        Forger forger(data());
        forger.write_lines();
        forger.write_mark();
        forger.write_tiles();
        forger.sign(signed_log().own_key());
    }
    require_says(audit(signed_log().late()), 0, "clean: ");
}

// Tree and checkpoint are unchanged, so the changed line can be identified.
BOOST_DATA_TEST_CASE(lines_that_differ_from_the_tree_are_named,
                     boost::unit_test::data::make(attacks), attack) {
    Position position = 0;
    Position events = 0;
    {
        Forger forger(data());
        position = attack.carry_out(forger.events);
        forger.write_lines();
        forger.write_mark();
        events = forger.events.size();
    }
    const std::uint64_t size = size_in(signed_log().late());
    require_says(
        verify(), 1,
        position > events
            ? fmt::format("DIFFERENCE in meta: checkpoint: it was signed for {} events, "
                          "and the log has {}: the last ones are missing",
                          size, events)
            : fmt::format("the line at position {} is not the one that the Merkle tree has",
                          position));
    require_rewritten(attack.shortens);
    if (attack.shortens) {
        require_server_refuses(fmt::format(
            "ends at position {}, and a checkpoint of {} events was signed", events, size));
    }
}

// The forger does not update the mark.
BOOST_DATA_TEST_CASE(lines_that_differ_from_the_mark_are_found,
                     boost::unit_test::data::make(attacks), attack) {
    {
        Forger forger(data());
        attack.carry_out(forger.events);
        forger.write_lines();
        forger.write_tiles();
        forger.sign(signed_log().own_key());
    }
    require_says(verify(), 1,
                 "DIFFERENCE in mark: the events differ from those recorded in the mark file "
                 "beside the database");
    require_rewritten(attack.shortens);
    require_server_refuses(
        attack.shortens ? std::string("events had been recorded")
                        : fmt::format("the first {} events in", size_in(signed_log().late())));
}

// Without the key, the forger cannot update the checkpoint, which then does not match the tree.
BOOST_DATA_TEST_CASE(a_tree_that_differs_from_the_checkpoint_is_found,
                     boost::unit_test::data::make(attacks), attack) {
    Position events = 0;
    {
        Forger forger(data());
        attack.carry_out(forger.events);
        forger.write_lines();
        forger.write_mark();
        forger.write_tiles();
        events = forger.events.size();
    }
    const std::uint64_t size = size_in(signed_log().late());
    const ProgramResult found = verify();
    require_says(found, 1, "DIFFERENCE in ");
    if (events == size) {
        require_says(found, 1,
                     fmt::format("DIFFERENCE in meta: checkpoint: the lines up to position {} are "
                                 "not those that it was signed for",
                                 size));
        require_server_refuses("is not the one that was signed");
    } else if (attack.shortens) {
        require_server_refuses(fmt::format("ends at position {}", events));
    } else {
        require_server_refuses("is not the one that was signed");
    }
    require_rewritten(attack.shortens);
}

// Everything is consistent, but signed by another key with the same name.
BOOST_DATA_TEST_CASE(a_replaced_key_is_found_with_the_old_key,
                     boost::unit_test::data::make(attacks), attack) {
    const NoteSigner forged(signed_log().own_key().name(), std::string(32, 'f'));
    {
        Forger forger(data());
        attack.carry_out(forger.events);
        forger.write_lines();
        forger.write_mark();
        forger.write_tiles();
        forger.sign(forged);
    }
    require_says(verify(), 0, "clean: ");
    require_says(verify({"--vkey", signed_log().key}), 1,
                 fmt::format("ANOTHER KEY: it is signed by {}, but not by the given key, ",
                             key_text(forged)));
    require_rewritten(attack.shortens);
    require_server_refuses("and the key that was given is");
    write_file(file("forged-key"), forged.skey() + "\n");
    require_rewritten_as_served(
        attack.shortens, "NOT PROVEN: ",
        {.arguments = {"--log-key", file("forged-key").string()}, .environment = {}});
}

// The operator of the server has its key and can make everything consistent. Only a checkpoint kept
// elsewhere detects that, from the first changed position on.
BOOST_DATA_TEST_CASE(a_forgery_with_the_key_is_found_with_a_kept_checkpoint,
                     boost::unit_test::data::make(attacks), attack) {
    {
        Forger forger(data());
        attack.carry_out(forger.events);
        forger.write_lines();
        forger.write_mark();
        forger.write_tiles();
        forger.sign(signed_log().own_key());
    }
    require_says(verify(), 0, "clean: ");
    require_rewritten(attack.shortens);
    require_rewritten_as_served(attack.shortens, attack.shortens ? "SHORTER: " : "REWRITTEN: ");
    // The events up to the early checkpoint are unchanged.
    require_says(audit(signed_log().early()), 0, "the log extends the checkpoint of");
}

BOOST_AUTO_TEST_CASE(a_removed_signature_is_found) {
    const std::string gone =
        "CHECKPOINT MISSING: the log was signed, but its checkpoint is missing";
    {
        Forger forger(data());
        edit_a_line(forger.events);
        forger.write_lines();
        forger.write_mark();
        forger.forget_checkpoint();
    }
    require_says(verify(), 1, gone);
    require_server_refuses("and its checkpoint is missing");
    // Without the root in the mark, the log looks unsigned; then only a known key or a kept
    // checkpoint detects that.
    {
        HighWaterMarkFile file(data());
        file.set({file.get().position, file.get().answered_until});
    }
    require_says(verify(), 0, "never signed");
    require_says(verify({"--vkey", signed_log().key}), 1, "NOT SIGNED: the log has no checkpoint");
    require_rewritten(false);
    require_rewritten_as_served(false, "REWRITTEN: ");
}

BOOST_AUTO_TEST_CASE(a_completely_forged_history_is_found) {
    for (const std::string& origin :
         {signed_log().own_key().name(), std::string("example.com/forged")}) {
        {
            Forger forger(data());
            for (Event& event : forger.events) {
                event.time -= std::chrono::hours{1};
            }
            forger.write_lines();
            forger.write_mark();
            forger.write_tiles();
            forger.sign(NoteSigner(origin, std::string(32, 'f')));
        }
        require_says(verify(), 0, "clean: ");
        require_says(verify({"--vkey", signed_log().key}), 1,
                     origin == signed_log().own_key().name()
                         ? "ANOTHER KEY: "
                         : "ANOTHER LOG: this is a checkpoint of example.com/forged");
        require_rewritten(false);
        require_says(audit(signed_log().early()), 1, "REWRITTEN: the first ");
    }
}

// The lines are unchanged, but the name is another: a change of the signer must be detected as
// well.
BOOST_AUTO_TEST_CASE(a_log_that_was_signed_under_another_name_is_found) {
    const std::vector<std::string> kept{"--checkpoint", signed_log().late().string()};
    {
        Forger forger(data());
        forger.write_lines();
        forger.write_tiles();
        forger.sign(NoteSigner("example.com/forged", std::string(32, 'f')));
    }
    require_says(verify(kept), 1,
                 "ANOTHER LOG: the checkpoint belongs to " + signed_log().own_key().name() +
                     ", but the log is signed by example.com/forged");
    const auto answer = nlohmann::json::parse(verify(kept, "json").out);
    BOOST_TEST(answer.at("clean") == false);
    BOOST_TEST(answer.at("kept").at("log") == "is another one");
}

// An unsigned log, a log signed by another key, a damaged checkpoint and a missing one are
// different faults, and only one of them is a bad signature.
BOOST_AUTO_TEST_CASE(faults_of_signatures_are_reported_precisely) {
    const auto state = [&](const std::vector<std::string>& arguments) {
        const auto tree = nlohmann::json::parse(verify(arguments, "json").out).at("tree");
        BOOST_TEST(tree.at("signature_fault").is_null() ==
                   (tree.at("signature") == "good" || tree.at("signature") == "not checked"));
        return tree.at("signature").get<std::string>();
    };
    const std::vector<std::string> key{"--vkey", signed_log().key};
    const std::vector<std::string> key_and_kept{"--vkey", signed_log().key, "--checkpoint",
                                                signed_log().late().string()};
    BOOST_TEST(state({}) == "not checked");
    BOOST_TEST(state(key) == "good");

    // A regular import that no server has opened yet: nothing is damaged.
    const std::string lines = file("lines").string();
    BOOST_TEST(run_replay({"--data", data().string(), "export", "-o", lines}).exit_code == 0);
    std::filesystem::remove_all(data());
    BOOST_TEST(run_replay({"--data", data().string(), "import", lines}).exit_code == 0);
    require_says(verify(key_and_kept), 1,
                 "NOT SIGNED: the log has no checkpoint, so " + key_text(signed_log().own_key()) +
                     " has signed nothing in it: ");
    require_says(verify(key_and_kept), 1, "the log extends the checkpoint of 632 events");
    BOOST_TEST(verify(key_and_kept).out.find("BAD SIGNATURE") == std::string::npos);
    BOOST_TEST(state(key_and_kept) == "not signed");
    require_says(verify({"--checkpoint", signed_log().late().string()}), 0, "never signed");

    // The server signs it with its own key.
    {
        ServerProcess server(data());
        server.start();
        server.stop();
    }
    require_says(verify(key), 1, "ANOTHER LOG: this is a checkpoint of ");
    BOOST_TEST(state(key) == "of another log");

    copy_directory(signed_log().data(), data());
    {
        const auto store = Store::open(data(), {});
        std::string note = stored_checkpoint(ReadView(*store))->note;
        char& digit = note[note.size() - 10];
        digit = digit == 'A' ? 'B' : 'A';
        RowBatch batch(*store);
        batch.put(Table::meta, checkpoint_key, note);
        store->write(batch);
    }
    require_says(verify(key), 1, "BAD SIGNATURE: invalid signature by ");
    BOOST_TEST(state(key) == "bad");
    BOOST_TEST(state({}) == "not checked");

    copy_directory(signed_log().data(), data());
    Forger(data()).sign(NoteSigner(signed_log().own_key().name(), std::string(32, 'f')));
    BOOST_TEST(state(key) == "by another key");
    Forger(data()).forget_checkpoint();
    require_says(verify(key), 1, "CHECKPOINT MISSING: ");
    BOOST_TEST(state(key) == "checkpoint missing");
    BOOST_TEST(state({}) == "checkpoint missing");
}

// The whole directory, including mark and key, is reset to an earlier state.
BOOST_AUTO_TEST_CASE(an_old_backup_over_a_newer_log_is_found) {
    copy_directory(signed_log().backup(), data());
    require_says(verify(), 0, "clean: ");
    require_says(audit(signed_log().early()), 0, "the log extends");
    require_rewritten(true);
    require_rewritten_as_served(true, "SHORTER: ");

    // The server continues from there, until the log is longer than before.
    ServerProcess server(data());
    server.start();
    identify_threats(server, 400, "Denial of service");
    server.stop();
    require_says(verify(), 0, "clean: ");
    require_says(audit(signed_log().early()), 0, "the log extends");
    require_rewritten(false);
    require_rewritten_as_served(false, "REWRITTEN: ");
}

// The mark contains the size that the restored database lacks.
BOOST_AUTO_TEST_CASE(an_old_database_with_a_newer_mark_is_refused) {
    copy_directory(signed_log().backup() / "rocksdb", data() / "rocksdb");
    require_says(verify(), 1, "DIFFERENCE in mark: ");
    require_rewritten(true);
    require_server_refuses("events had been recorded");
}

BOOST_AUTO_TEST_CASE(a_changed_row_of_the_tree_is_named) {
    const auto touch = [&](const std::string& key, const std::function<void(std::string&)>& change,
                           const std::string& words) {
        copy_directory(signed_log().data(), data());
        {
            const auto store = Store::open(data(), {});
            std::string bytes = store->get(Table::tiles, key).value_or("");
            change(bytes);
            RowBatch batch(*store);
            bytes.empty() ? batch.erase(Table::tiles, key) : batch.put(Table::tiles, key, bytes);
            store->write(batch);
        }
        require_says(verify(), 1, words);
    };
    const auto flip_node = [](std::size_t node) {
        return [node](std::string& bytes) { bytes.at(node * digest_bytes) ^= 1; };
    };
    touch(tile_key(0, 0), flip_node(16),
          "the line at position 17 is not the one that the Merkle tree has");
    touch(tile_key(0, 1), flip_node(255),
          "the line at position 512 is not the one that the Merkle tree has");
    touch(tile_key(0, 2), flip_node(0),
          "the line at position 513 is not the one that the Merkle tree has");
    touch(tile_key(1, 0), flip_node(1), "node 1 is not the one that the lines lead to");
    touch(
        tile_key(1, 0), [](std::string& bytes) { bytes.clear(); },
        "the tile holds 0 nodes, and should hold 2");
    touch(
        tile_key(0, 2), [](std::string& bytes) { bytes.resize(bytes.size() - 1); },
        "and should hold ");
    touch(
        tile_key(0, 2), [](std::string& bytes) { bytes += std::string(digest_bytes, 'x'); },
        "and should hold ");
    for (const std::string& key : {tile_key(0, 3), tile_key(1, 1), tile_key(2, 0), tile_key(9, 0),
                                   std::string("x"), std::string(20, '\xff')}) {
        touch(
            key, [](std::string& bytes) { bytes = std::string(digest_bytes, 'x'); },
            "no line of the log leads to this tile");
    }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
