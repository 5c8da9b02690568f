// Data directories of earlier versions remain readable, and queries about them return the same
// results. See docs/FORMATS.md, "Golden files".

#include <fstream>
#include <map>
#include <sstream>

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "commands/sequencer/idempotency.hpp"
#include "events/event_log.hpp"
#include "events/log_cursor.hpp"
#include "events/log_sealer.hpp"
#include "events/store/keys.hpp"
#include "projections/audit/backup.hpp"
#include "projections/audit/rebuild.hpp"
#include "projections/audit/verify.hpp"
#include "projections/log_fold.hpp"
#include "projections/query/product_model.hpp"
#include "projections/query/verdict_views.hpp"
#include "projections/query/views.hpp"
#include "projections/rows.hpp"
#include "support/server_process.hpp"
#include "support/temp_directory.hpp"

BOOST_AUTO_TEST_SUITE(golden_data_test)

using namespace threatatlas;
using namespace threatatlas::audit;
using namespace threatatlas::base;
using namespace threatatlas::commands;
using namespace threatatlas::events;
using namespace threatatlas::projections;
using namespace threatatlas::query;
using namespace threatatlas::sequencer;
using namespace threatatlas::store;
using namespace threatatlas::testing;
using namespace threatatlas::tlog;

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;  // the order of keys matters

// "-rows-3": the same log as in the previous directory, with projections of version 3.
const std::array<std::string, 6> names{"format-1", "format-2", "format-2-rows-3",
                                       "format-3", "format-4", "format-5"};

// The fold version of each directory's projections.
const std::map<std::string, std::string> projection_versions{
    {"format-1", "1"}, {"format-2", "2"}, {"format-2-rows-3", "3"},
    {"format-3", "3"}, {"format-4", "4"}, {"format-5", "5"}};

// The secret of the admin token in the golden logs. It protects nothing else.
const std::string golden_admin = "ta_on1U2gFIoy3WOh92h7AjWRFaRUjLXi48n4H11RoJ05U";

std::string content_of(const fs::path& file) {
    std::ostringstream text;
    text << std::ifstream(file, std::ios::binary).rdbuf();
    if (text.str().empty()) {
        throw std::runtime_error("nothing in " + file.string());
    }
    return text.str();
}

// A copy of a golden directory, with its expected contents.
struct Golden {
    explicit Golden(const std::string& name)
        : lines(content_of(place() / (log_of(name) + ".ndjson"))),
          expected(Json::parse(content_of(place() / (log_of(name) + ".expected.json")))) {
        fs::copy(place() / name, data(), fs::copy_options::recursive);
        if (fs::exists(data() / "log-key")) {
            // Git does not store these permissions. The key signs nothing but this log.
            fs::permissions(data() / "log-key", fs::perms::owner_read | fs::perms::owner_write);
        }
    }

    static std::string log_of(const std::string& name) {
        return name.substr(0, name.find("-rows"));
    }
    static fs::path place() {
        return fs::path(THREATATLAS_SOURCE_DIRECTORY) / "tests" / "system" / "golden";
    }
    fs::path data() const { return directory / "data"; }
    std::unique_ptr<Store> open() const { return Store::open(data(), {}); }
    // Opens the store with current projections, rebuilt if necessary, as at a start of the server.
    std::unique_ptr<Store> open_current() const {
        auto store = open();
        if (!projections_are_current(*store)) {
            rebuild_projections(*store);
        }
        return store;
    }

    const TempDirectory directory;
    const std::string lines;
    const Json expected;
};

template <class Write>
Json json_of(const Write& write) {
    std::string text;
    JsonWriter json(text);
    write(json);
    return Json::parse(text);
}

void require_same(const Json& found, const Json& wanted) {
    BOOST_TEST(found.dump(1) == wanted.dump(1));
}

// The thresholds of every expected gate response.
const std::string asked_thresholds =
    "fail_on_critical=true&fail_on_unmitigated_high=yes&min_mitigation_ratio=0.25&"
    "fail_on_unscored=1&min_threats=2";
Thresholds thresholds() {
    return {.fail_on_critical = true,
            .fail_on_unmitigated_high = true,
            .min_mitigation_ratio = parse_ratio("0.25"),
            .fail_on_unscored = true,
            .min_threats = 2};
}

Json without(Json object, const std::string& key) {
    BOOST_TEST(object.erase(key) == 1U, key);
    return object;
}

// The product as rendered today, with fields that did not exist then.
Json as_of_today(const Json& details) {
    Json today;
    for (const auto& [key, value] : details.items()) {
        today[key] = value;
        if (key == "confluence_url" && !details.contains("external_id")) {
            today["external_id"] = nullptr;
        }
    }
    return today;
}

// The response of the gate without members that did not exist then, and without the time at which
// it was made.
Json as_of_then(const Json& status) {
    return without(without(status, "thresholds"), "generated_at");
}

Moment moment_of(const Json& expected) {
    const Json& as_of = expected.at("as_of");
    return as_of.is_null() ? Moment() : parse_instant(as_of.get<std::string>()).value();
}

void require_moment(const ReadView& view, const Json& expected) {
    const ProductId id = expected.at("product");
    const auto model = product_model_at(view, id, moment_of(expected), Instant::max());
    BOOST_TEST_REQUIRE(model.has_value());
    const ProductAt product = product_at(view, id, moment_of(expected), Instant::max()).value();
    require_same(json_of([&](JsonWriter& json) { write_product(json, product); }),
                 as_of_today(expected.at("details")));
    const Json status = json_of([&](JsonWriter& json) {
        write_security_status(json, product, judge(product.posture, thresholds()), Instant{});
    });
    require_same(as_of_then(status), expected.at("security_status"));
    require_same(json_of([&](JsonWriter& json) {
                     json.begin_array();
                     for (const auto& [threat_id, threat] : model->threats) {
                         write_threat(json, id, model->view(threat_id));
                     }
                     json.end_array();
                 }),
                 expected.at("threats"));
    require_same(json_of([&](JsonWriter& json) {
                     json.begin_array();
                     for (const auto& [mitigation_id, mitigation] : model->mitigations) {
                         write_mitigation(json, id, {mitigation_id, mitigation});
                     }
                     json.end_array();
                 }),
                 expected.at("mitigations"));
}

// The acceptances of a product at a moment of the past.
void require_acceptances(const ReadView& view, const Json& expected) {
    const ProductId id = expected.at("product");
    require_same(json_of([&](JsonWriter& json) {
                     json.begin_array();
                     scan_acceptances(view, id, moment_of(expected), Instant::max(), 0,
                                      [&](const AcceptanceView& acceptance) {
                                          write_acceptance(json, id, acceptance);
                                          return true;
                                      });
                     json.end_array();
                 }),
                 expected.at("acceptances"));
}

void require_moment(const ServerProcess& server, const Json& expected) {
    httplib::Client client = server.client(golden_admin);
    const auto ask = [&](const std::string& what, std::string query) {
        if (!expected.at("as_of").is_null()) {
            query += "&as_of=" + expected.at("as_of").get<std::string>();
        }
        const std::string target =
            "/api/products/" + expected.at("product").dump() + what +
            (query.empty() ? "" : "?" + query.substr(query.front() == '&' ? 1 : 0));
        const auto answer = client.Get(target).value();
        BOOST_TEST_REQUIRE(answer.status == 200, target << answer.body);
        return Json::parse(answer.body);
    };
    require_same(ask("", ""), as_of_today(expected.at("details")));
    require_same(as_of_then(ask("/security-status", asked_thresholds)),
                 expected.at("security_status"));
    require_same(ask("/threats", "limit=1000"), expected.at("threats"));
    require_same(ask("/mitigations", "limit=1000"), expected.at("mitigations"));
}

void require_kept(const Store& store, const Json& expected) {
    const auto row =
        store.get(Table::idempotency, idempotency_row_key(expected.at("token").get<TokenId>(),
                                                          expected.at("key").get<std::string>()));
    BOOST_TEST_REQUIRE(row.has_value());
    const KeptAnswer kept = decode_kept_answer(*row);
    BOOST_TEST((encode(kept) == *row));
    BOOST_TEST(format_instant(kept.recorded_at) == expected.at("recorded_at").get<std::string>());
    BOOST_TEST(kept.answer.version == expected.at("version").get<std::uint64_t>());
    BOOST_TEST(kept.answer.position == expected.at("position").get<Position>());
    BOOST_TEST(kept.answer.location == expected.at("location").get<std::string>());
    const Json& body = expected.at("body");
    BOOST_TEST((kept.answer.result == Result::no_content) == body.is_null());
    BOOST_TEST((kept.answer.result == Result::created) == !kept.answer.location.empty());
    if (body.is_null()) {
        BOOST_TEST(kept.answer.body == "");
    } else {
        require_same(Json::parse(kept.answer.body), body);
    }
}

}  // namespace

BOOST_DATA_TEST_CASE(the_directory_has_its_format, boost::unit_test::data::make(names), name) {
    const Golden golden(name);
    const std::string log = Golden::log_of(name);
    const std::string number = log.substr(log.find('-') + 1);
    BOOST_TEST(content_of(golden.data() / "FORMAT") == "threatatlas data, format " + number + "\n");
    const std::string mark = content_of(golden.data() / "mark");
    // The first format had no roots and digests in the mark.
    BOOST_TEST(mark.size() == (number == "1" ? 80U : 145U));
    BOOST_TEST(mark.starts_with("position 000000000000000000" + golden.expected["events"].dump() +
                                " answered_until "));
    BOOST_TEST(parse_instant(mark.substr(45, 27)).has_value());
}

BOOST_DATA_TEST_CASE(its_lines_are_the_same_bytes, boost::unit_test::data::make(names), name) {
    const Golden golden(name);
    // Read without opening it for writing, as the replay tool does, and through the store.
    const ProgramResult exported = run_replay({"--data", golden.data(), "export"});
    BOOST_TEST(exported.exit_code == 0, exported.err);
    BOOST_TEST((exported.out == golden.lines));
    const auto store = golden.open();
    const ReadView view(*store);
    LogCursor cursor(view);
    LineReader reader;
    std::string found;
    while (cursor.next()) {
        // The current version would write the same line.
        std::string again;
        append_line(again, reader.read(cursor.line()));
        BOOST_TEST(again == cursor.line());
        found += again + "\n";
    }
    BOOST_TEST((found == golden.lines));
}

// Projections of an earlier fold version are not reported as damaged, and reading does not change
// them.
BOOST_DATA_TEST_CASE(its_projections_are_compared_with_a_fold_of_the_same_version,
                     boost::unit_test::data::make(names), name) {
    const Golden golden(name);
    const std::string version = projection_versions.at(name);
    for (int time = 0; time < 2; ++time) {
        const ProgramResult told = run_replay({"--data", golden.data(), "verify"});
        const bool is_current = version == std::to_string(projection_version);
        BOOST_TEST(told.exit_code == (is_current ? 0 : 1), told.err);
        BOOST_TEST(is_current == (told.out.find("are of version " + version) == std::string::npos),
                   told.out);
    }
    const auto store = golden.open();
    BOOST_TEST(store->get(Table::meta, projection_stamp_key).value() == version);
}

BOOST_DATA_TEST_CASE(its_projections_equal_a_fold_of_the_lines, boost::unit_test::data::make(names),
                     name) {
    const Golden golden(name);
    const std::string log = Golden::log_of(name);
    const auto store = golden.open_current();
    const Verification verification = verify_projections(*store);
    BOOST_TEST(verification.clean());
    BOOST_TEST(verification.events == golden.expected["events"].get<Position>());
    for (const Table table : projection_tables()) {
        const bool has_rows = verification.rows[static_cast<std::size_t>(table)] > 0;
        // Products had no external_id in the first format, the first two had no imports, the first
        // three no acceptances, and the first four neither policies nor checks.
        const bool is_old = log == "format-1" || log == "format-2";
        const bool may_lack =
            (is_old && (table == Table::external_ids || table == Table::imports)) ||
            (log != "format-4" && log != "format-5" && table == Table::acceptances) ||
            (log != "format-5" && (table == Table::policies || table == Table::policy_versions ||
                                   table == Table::policy_users || table == Table::checks));
        BOOST_TEST((has_rows || may_lack), table_name(table));
    }
}

BOOST_DATA_TEST_CASE(its_answers_have_not_changed, boost::unit_test::data::make(names), name) {
    const Golden golden(name);
    const auto store = golden.open_current();
    BOOST_TEST(golden.expected["moments"].size() > 0U);
    for (const Json& expected : golden.expected["moments"]) {
        require_moment(ReadView(*store), expected);
    }
    for (const Json& expected : golden.expected.value("acceptances", Json::array())) {
        require_acceptances(ReadView(*store), expected);
    }
    // So far from the stored rows if they are still readable; now from rebuilt ones.
    rebuild_projections(*store);
    for (const Json& expected : golden.expected["moments"]) {
        require_moment(ReadView(*store), expected);
    }
}

// Restores from a backup made by an earlier version.
BOOST_DATA_TEST_CASE(it_is_restored_as_a_backup, boost::unit_test::data::make(names), name) {
    const Golden golden(name);
    const fs::path restored = golden.directory / "restored";
    restore(golden.data(), restored);
    const auto store = Store::open(restored, {});
    BOOST_TEST(projections_are_current(*store));
    BOOST_TEST(verify_projections(*store).clean());
    for (const Json& expected : golden.expected["moments"]) {
        require_moment(ReadView(*store), expected);
    }
}

BOOST_DATA_TEST_CASE(answers_kept_for_idempotency_keys_are_read,
                     boost::unit_test::data::make(names), name) {
    const Golden golden(name);
    const auto store = golden.open();
    for (const Json& expected : golden.expected["kept_answers"]) {
        BOOST_TEST_CONTEXT(expected["key"]) {
            require_kept(*store, expected);
        }
    }
    std::size_t rows = 0;
    ReadView(*store).scan(Table::idempotency, "", "", [&](std::string_view, std::string_view) {
        ++rows;
        return true;
    });
    BOOST_TEST(rows == golden.expected["kept_answers"].size());
}

BOOST_DATA_TEST_CASE(the_real_server_continues_the_log, boost::unit_test::data::make(names), name) {
    const Golden golden(name);
    ServerProcess server(golden.data());
    server.start();
    for (const Json& expected : golden.expected["moments"]) {
        require_moment(server, expected);
    }
    httplib::Client client = server.client(golden_admin);
    for (const Json& asked : golden.expected.value("asked", Json::array())) {
        const auto answer = client.Get(asked.at("target").get<std::string>()).value();
        Json found = Json::parse(answer.body);
        if (found.is_object()) {
            found.erase("generated_at");
        }
        require_same(found, asked.at("answer"));
    }
    Json tokens = Json::parse(client.Get("/api/api-tokens").value().body);
    for (Json& token : tokens) {
        token = without(token, "last_used_at");
    }
    require_same(tokens, golden.expected["tokens"]);
    BOOST_TEST((client.Get("/api/events?limit=1000").value().body == golden.lines));
    // A new line follows the existing ones.
    const auto made =
        client.Post("/api/products/2/threats", R"({"name":"new"})", "application/json");
    BOOST_TEST_REQUIRE(made.value().status == 201);
    BOOST_TEST(made->get_header_value("X-Log-Position") ==
               std::to_string(golden.expected["events"].get<Position>() + 1));
    BOOST_TEST(server.stop() == 0);
    const ProgramResult exported = run_replay({"--data", golden.data(), "export"});
    BOOST_TEST(exported.out.starts_with(golden.lines));
    BOOST_TEST(run_replay({"--data", golden.data(), "verify"}).exit_code == 0);
}

// Directories of versions without checkpoints get their tree at the first start, from exactly the
// existing lines. Later ones keep their tree and their key.
BOOST_DATA_TEST_CASE(the_real_server_signs_it, boost::unit_test::data::make(names), name) {
    const Golden golden(name);
    BOOST_TEST(stored_checkpoint(ReadView(*golden.open())).has_value() == (name != "format-1"));
    ServerProcess server(golden.data());
    server.start();
    httplib::Client client = server.client(golden_admin);
    const Note note = parse_note(client.Get("/checkpoint").value().body);
    std::string key = client.Get("/api/proof/key").value().body;
    key.pop_back();
    BOOST_CHECK_NO_THROW(require_signed(note, {NoteVerifier(key)}));
    BOOST_TEST(server.stop() == 0);
    std::istringstream lines(golden.lines);
    MerkleFrontier tree;
    for (std::string line; std::getline(lines, line);) {
        tree.append(leaf_digest(line), [](auto&&...) {});
    }
    const Checkpoint checkpoint = parse_checkpoint(note.text);
    BOOST_TEST(checkpoint.size == tree.size());
    BOOST_CHECK(checkpoint.root == tree.root());
    const Verification verification = verify_projections(*golden.open());
    BOOST_TEST(verification.clean());
    BOOST_TEST(verification.is_signed);
    BOOST_TEST(verification.tiles > 0U);
}

namespace {

// The bytes of the worked example, without the remarks.
std::string example_of_history_row(const std::string& document) {
    std::istringstream text(document.substr(document.find("Example: the history row")));
    std::string bytes;
    for (std::string line; std::getline(text, line);) {
        std::istringstream words(line.starts_with("    ") ? line : "");
        for (std::string word; words >> word && word.size() == 2;) {
            bytes += static_cast<char>(std::stoi(word, nullptr, 16));
        }
    }
    return bytes;
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_documented_history_row_equals_the_fold) {
    Event registered;
    registered.position = 1;
    registered.time = instant_of(1'795'446'759'659'623);
    registered.product_id = 1;
    ProductRegistered product;
    product.texts.set(ProductField::name, "Payments API");
    registered.data = product;
    Event identified = registered;
    identified.position = 2;
    identified.id = "019ab16d-8c0b-7d52-9c1e-5f0c9d6be1a2";
    ThreatIdentified threat;
    threat.threat_id = 1;
    threat.texts.set(ThreatField::name, "SQL injection");
    identified.data = threat;

    std::vector<std::string> rows;
    MemoryTables tables(
        {.history = [&](ProductId, Instant, const HistoryRow& row) { rows.push_back(encode(row)); },
         .details = {}});
    LogFold log(tables);
    log.next(registered);
    log.next(identified);
    log.finish();
    BOOST_TEST_REQUIRE(rows.size() == 1U);
    const fs::path document = fs::path(THREATATLAS_SOURCE_DIRECTORY) / "docs" / "FORMATS.md";
    const std::string example = example_of_history_row(content_of(document));
    BOOST_TEST(example.size() == 35U);
    BOOST_TEST((rows.front() == example));
    BOOST_TEST(format_instant(registered.time) == "2026-11-23T15:12:39.659623Z");
}

BOOST_AUTO_TEST_SUITE_END()
