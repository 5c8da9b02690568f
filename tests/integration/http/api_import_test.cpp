#include <array>
#include <set>
#include <thread>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include "projections/audit/verify.hpp"
#include "support/api_fixture.hpp"

BOOST_AUTO_TEST_SUITE(api_import_test)

using namespace threatatlas;
using namespace threatatlas::testing;
using nlohmann::json;

namespace {

struct Imports : ApiFixture {
    Imports() { made("POST", "/api/products", {{"name", "Payments API"}}); }

    Answer import(const std::string& file, const std::string& query = "",
                  httplib::Headers headers = {}) const {
        return ask("POST", "/api/products/1/import" + query,
                   {.body = file, .type = "text/csv", .headers = std::move(headers)});
    }
    // The answer to an import that must succeed.
    json imported(const std::string& file, const std::string& query = "") const {
        const Answer answer = import(file, query);
        BOOST_TEST_REQUIRE(answer.status == 200, answer.body);
        return answer.json();
    }
    json threats(std::uint64_t product = 1) const {
        return get(fmt::format("/api/products/{}/threats?limit=1000", product)).json();
    }
    json mitigations(std::uint64_t product = 1) const {
        return get(fmt::format("/api/products/{}/mitigations?limit=1000", product)).json();
    }
    json threat(std::uint64_t id) const {
        return get(fmt::format("/api/products/1/threats/{}", id)).json();
    }
    std::uint64_t version() const { return get("/api/products/1").json().at("version"); }
};

constexpr std::string_view header = "id,name,description,severity,status,mitigation\n";

std::string table(const std::vector<std::string>& rows) {
    std::string file(header);
    for (const std::string& row : rows) {
        file += row + "\n";
    }
    return file;
}

const std::string forged = "a,Readings are forged,By anybody,critical,,Meters sign";
const std::string flooded = "b,A flood stops the gateway,,high,,";

}  // namespace

BOOST_FIXTURE_TEST_SUITE(import_calls, Imports)

BOOST_AUTO_TEST_CASE(a_file_is_imported_in_one_transaction) {
    const Answer answer = import(table({forged, flooded}));
    BOOST_TEST_REQUIRE(answer.status == 200, answer.body);
    const json body = answer.json();
    BOOST_TEST(body.at("format") == "csv");
    BOOST_TEST(body.at("source") == "csv");
    BOOST_TEST(body.at("counts").dump() ==
               R"({"added":3,"changed":0,"conflicts":0,"missing":0,"removed":0,"unchanged":0,)"
               R"("warnings":0})");
    BOOST_TEST(body.at("added")[0].dump() ==
               R"({"external_id":"csv/a","id":1,"kind":"threat","name":"Readings are forged"})");
    BOOST_TEST(body.at("first_position") == 3);
    BOOST_TEST(body.at("last_position") == 6);  // three objects, and what the import saw
    BOOST_TEST(body.at("version") == 5);
    BOOST_TEST(answer.header("X-Log-Position") == "6");
    BOOST_TEST(answer.header("ETag").starts_with("\"5-"));
    BOOST_TEST(threat(1).at("severity") == "critical");
    BOOST_TEST(threat(1).at("external_id") == "csv/a");
    BOOST_TEST(mitigations()[0].at("threat_ids").dump() == "[1]");
    const auto events = get("/api/products/1/events?types=model.imported").lines();
    BOOST_TEST_REQUIRE(events.size() == 1U);
    BOOST_TEST(events[0].at("data").at("threats").size() == 2U);
    BOOST_TEST(events[0].at("reason") == "Import of csv");
    BOOST_TEST(get("/api/products/1/security-status?fail_on_critical=true").json().at("pass") ==
               false);
}

BOOST_AUTO_TEST_CASE(the_same_file_again_records_nothing) {
    imported(table({forged, flooded}));
    const auto before = version();
    for (const std::string query : {"", "?missing=remove", "?missing=not_applicable"}) {
        const json again = imported(table({forged, flooded}), query);
        BOOST_TEST(again.at("counts").at("unchanged") == 3);
        BOOST_TEST(again.at("first_position").is_null());
        BOOST_TEST(again.at("version") == before);
    }
    // In another order, too.
    BOOST_TEST(imported(table({flooded, forged})).at("first_position").is_null());
    stop();
    start();
    BOOST_TEST(imported(table({forged, flooded})).at("first_position").is_null());
}

BOOST_AUTO_TEST_CASE(changes_made_by_people_are_kept) {
    imported(table({forged, flooded}));
    send("PATCH", "/api/products/1/threats/1",
         {{"status", "accepted"}, {"reason", "agreed"}, {"description", "By neighbours"}});
    // The file changes something else: their work is kept, without a conflict.
    json body =
        imported(table({"a,Readings get forged,By anybody,critical,,Meters sign", flooded}));
    BOOST_TEST(body.at("counts").at("changed") == 1);
    BOOST_TEST(body.at("changed")[0].at("fields").dump() == R"(["name"])");
    BOOST_TEST(body.at("conflicts").empty());
    BOOST_TEST(threat(1).at("name") == "Readings get forged");
    BOOST_TEST(threat(1).at("description") == "By neighbours");
    BOOST_TEST(threat(1).at("status") == "accepted");
    // The file changes the same fields: its text wins, the person's status stays, both are
    // reported.
    body = imported(
        table({"a,Readings get forged,By the mob,critical,mitigated,Meters sign", flooded}));
    BOOST_TEST(body.at("counts").at("conflicts") == 2);
    BOOST_TEST(threat(1).at("description") == "By the mob");
    BOOST_TEST(threat(1).at("status") == "accepted");
    std::set<std::string> kept;
    for (const json& conflict : body.at("conflicts")) {
        kept.insert(conflict.at("field").get<std::string>() + " " +
                    conflict.at("kept").get<std::string>());
    }
    BOOST_TEST(kept == (std::set<std::string>{"description file", "status product"}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_dry_run_records_nothing) {
    const auto before = version();
    const Answer answer = import(table({forged}), "?dry_run=true");
    const json body = answer.json();
    BOOST_TEST(answer.header("ETag") == get("/api/products/1").header("ETag"));
    BOOST_TEST(answer.header("X-Log-Position") == "2");
    BOOST_TEST(body.at("dry_run") == true);
    BOOST_TEST(body.at("counts").at("added") == 2);
    BOOST_TEST(body.at("first_position").is_null());
    BOOST_TEST(body.at("version") == before);
    BOOST_TEST(version() == before);
    BOOST_TEST(threats().empty());
}

BOOST_AUTO_TEST_CASE(objects_missing_from_a_source) {
    imported(table({forged, flooded}));
    json body = imported(table({flooded}));
    BOOST_TEST(body.at("counts").at("missing") == 2);  // a threat and its mitigation
    BOOST_TEST(body.at("first_position").is_null());
    body = imported(table({flooded}), "?missing=not_applicable");
    BOOST_TEST(body.at("counts").at("removed") == 2);
    BOOST_TEST(threat(1).at("status") == "not_applicable");
    BOOST_TEST(mitigations()[0].at("status") == "retired");
    // The threat returns.
    body = imported(table({forged, flooded}));
    BOOST_TEST(body.at("counts").at("changed") == 2);
    BOOST_TEST(threat(1).at("status") == "identified");
    body = imported(table({flooded}), "?missing=remove");
    BOOST_TEST(body.at("counts").at("removed") == 2);
    BOOST_TEST(threats().size() == 1U);
    body = imported(table({forged, flooded}));
    BOOST_TEST(body.at("counts").at("added") == 2);
    BOOST_TEST(threats()[1].at("id") == 3);
}

BOOST_AUTO_TEST_CASE(missing_applies_only_to_objects_of_the_source) {
    send("POST", "/api/products/1/threats", {{"name", "Readings are forged"}});
    imported(table({forged, flooded}));
    send("PATCH", "/api/products/1/threats/2", {{"status", "accepted"}, {"reason", "agreed"}});
    BOOST_TEST(threats().size() == 2U);  // the first was adopted
    json body = imported(table({"c,Other,,low,,"}), "?missing=not_applicable");
    BOOST_TEST(threat(1).at("status") == "identified");
    BOOST_TEST(threat(2).at("status") == "accepted");
    body = imported(table({"c,Other,,low,,"}), "?missing=remove");
    BOOST_TEST(threat(1).at("name") == "Readings are forged");
    BOOST_TEST(get("/api/products/1/threats/2").status == 404);
    BOOST_TEST(body.at("missing")[0].at("id") == 1);
    // A download contains the objects of other sources and of people, and removes none of them.
    const std::string everything = get("/api/products/1/download/model.json").body;
    ask("POST", "/api/products/1/import?source=copy", {.body = everything});
    json download = json::parse(everything);
    download["threats"] = json::array();
    ask("POST", "/api/products/1/import?source=copy&missing=remove", {.body = download.dump()});
    BOOST_TEST(threats().size() == 2U);
}

BOOST_AUTO_TEST_CASE(several_sources_are_independent) {
    imported(table({forged}), "?source=web");
    imported(table({forged, flooded}), "?source=batch");
    BOOST_TEST(threats().size() == 3U);
    imported(table({}) + "c,Other,,low,,\n", "?source=web&missing=remove");
    std::set<std::string> ids;
    for (const json& one : threats()) {
        ids.insert(one.at("external_id"));
    }
    BOOST_TEST(ids == (std::set<std::string>{"batch/a", "batch/b", "web/c"}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_removed_threat_is_not_imported_again) {
    imported(table({forged, flooded}));
    BOOST_TEST(ask("DELETE", "/api/products/1/threats/2?reason=no").status == 204);
    json body = imported(table({forged, flooded}));
    BOOST_TEST(body.at("first_position").is_null());
    body = imported(table({forged, "b,A flood stops it,,critical,,"}));
    BOOST_TEST(body.at("conflicts")[0].at("field") == "removed");
    BOOST_TEST(threats().size() == 1U);
}

BOOST_AUTO_TEST_CASE(importing_an_export_changes_nothing) {
    imported(table({forged, flooded}));
    send("POST", "/api/products/1/threats",
         {{"name", "By hand"}, {"likelihood", 3}, {"impact", 5}});
    for (int i = 0; i < 2; ++i) {
        send("POST", "/api/products/1/threats", {{"name", "Twice"}});
    }
    send("PATCH", "/api/products/1/threats/2", {{"status", "mitigated"}});
    const std::string file = get("/api/products/1/download/model.json").body;
    made("POST", "/api/products", {{"name", "Copy"}});
    const Answer answer = ask("POST", "/api/products/2/import", {.body = file, .type = "x/y"});
    BOOST_TEST_REQUIRE(answer.status == 200, answer.body);
    BOOST_TEST(answer.json().at("format") == "model.json");
    const auto comparable = [](json objects) {
        for (json& object : objects) {
            for (const char* const own : {"product_id", "created_at", "updated_at"}) {
                object.erase(own);
            }
        }
        return objects;
    };
    BOOST_TEST(comparable(threats(2)) == comparable(threats(1)));
    BOOST_TEST(comparable(mitigations(2)) == comparable(mitigations(1)));
    // Imported into the same product, it adds and changes nothing.
    const json own = ask("POST", "/api/products/1/import", {.body = file}).json();
    BOOST_TEST(own.at("counts").at("added") == 0);
    BOOST_TEST(own.at("counts").at("changed") == 0);
    // Not even if a mitigation names only threats that were removed since.
    const auto removed = made("POST", "/api/products/1/threats", {{"name", "Removed"}}).at("id");
    made(
        "POST", "/api/products/1/mitigations",
        {{"name", "Of nothing"}, {"threat_ids", {removed}}, {"diagram", "D"}, {"element_id", "e"}});
    BOOST_TEST(ask("DELETE", "/api/products/1/threats/" + removed.dump()).status == 204);
    const json later = ask("POST", "/api/products/1/import",
                           {.body = get("/api/products/1/download/model.json").body})
                           .json();
    BOOST_TEST(later.at("counts").at("added") == 0);
    BOOST_TEST(later.at("counts").at("changed") == 0);
    BOOST_TEST(later.at("conflicts").empty());
}

BOOST_AUTO_TEST_CASE(an_unreadable_file_changes_nothing) {
    const auto before = version();
    const auto check = [&](const std::string& file, const std::string& query, int status,
                           const std::string& part) {
        const Answer answer = import(file, query);
        BOOST_TEST(answer.status == status, file << query << answer.body);
        BOOST_TEST(answer.json().at("detail").get<std::string>().find(part) != std::string::npos,
                   answer.body);
    };
    check("{\"a\":\n1,", "", 400, "line 2");
    check("", "", 422, "empty");
    check("{\"a\":1}", "", 422, "Known formats are");
    check(table({forged}), "?format=otm", 422, "otmVersion");
    check(table({forged}), "?format=opt", 422, "threat-dragon");
    check(table({forged}), "?missing=drop", 422, "keep, remove or not_applicable");
    check(table({forged}), "?source=", 422, "source");
    check(table({forged}), "?source=%07", 422, "control character");
    for (const std::string bytes : {"%FF", "%ED%A0%BD", "%C0%AF", "a%F4%90%80%80"}) {
        check(table({forged}), "?source=" + bytes, 422, "UTF-8");
        check(table({forged}), "?reason=" + bytes, 422, "UTF-8");
    }
    check(table({forged}), "?source=" + std::string(101, 'x'), 422, "100");
    check(table({forged}), "?dryrun=true", 422, "dry_run");
    check(std::string(17 << 20, 'x'), "", 413, "");
    BOOST_TEST(version() == before);
}

BOOST_AUTO_TEST_CASE(rights) {
    const std::string file = table({forged});
    made("POST", "/api/products", {{"name", "Other"}});
    const std::string editor_of_other =
        issue({{"name", "other"}, {"role", "editor"}, {"product_ids", {2}}});
    const auto status = [&](const std::string& token, bool with_token = true) {
        return ask("POST", "/api/products/1/import",
                   {.token = token, .with_token = with_token, .body = file, .type = "text/csv"})
            .status;
    };
    BOOST_TEST(status("", false) == 401);
    for (const std::string role : {"gate", "monitor", "auditor"}) {
        BOOST_TEST(status(issue_role(role)) == 403, role);
    }
    BOOST_TEST(status(editor_of_other) == 404);
    BOOST_TEST(ask("POST", "/api/products/9/import", {.body = file, .type = "text/csv"}).status ==
               404);
    BOOST_TEST(threats().empty());
    BOOST_TEST(status(issue_role("editor")) == 200);
    ask("DELETE", "/api/products/1");
    BOOST_TEST(status("") == 404);
}

BOOST_AUTO_TEST_CASE(conditions_and_repeated_requests) {
    const std::string tag = get("/api/products/1").header("ETag");
    BOOST_TEST(import(table({forged}), "", {{"If-None-Match", "*"}}).status == 422);
    const Answer first =
        import(table({forged}), "", {{"If-Match", tag}, {"Idempotency-Key", "one"}});
    BOOST_TEST_REQUIRE(first.status == 200, first.body);
    // The same request again: the first answer, although the tag is no longer the current one.
    const Answer again =
        import(table({forged}), "", {{"If-Match", tag}, {"Idempotency-Key", "one"}});
    BOOST_TEST(again.status == 200);
    BOOST_TEST(again.body == first.body);
    BOOST_TEST(import(table({flooded}), "", {{"Idempotency-Key", "one"}}).status == 409);
    BOOST_TEST(import(table({flooded}), "", {{"If-Match", tag}}).status == 412);
    BOOST_TEST(import(table({flooded}), "?dry_run=true", {{"If-Match", tag}}).status == 412);
    BOOST_TEST(threats().size() == 1U);
}

// Concurrent imports of the same file, with other writes: each object exists once.
BOOST_AUTO_TEST_CASE(concurrent_imports_add_each_object_once) {
    std::vector<std::string> rows;
    for (int i = 0; i < 50; ++i) {
        rows.push_back(fmt::format("t{},Threat {},,low,,Control {}", i, i, i));
    }
    const std::string file = table(rows);
    std::array<Answer, 4> answers;
    std::atomic<bool> done = false;
    std::thread writer([&] {
        for (int i = 0; i < 200 && !done; ++i) {
            send("POST", "/api/products/1/threats", {{"name", fmt::format("By hand {}", i)}});
        }
    });
    std::vector<std::thread> importers;
    for (Answer& answer : answers) {
        importers.emplace_back([&] { answer = import(file); });
    }
    for (std::thread& importer : importers) {
        importer.join();
    }
    done = true;
    writer.join();
    imported(file);  // in case every import was refused
    std::size_t recorded = 0;
    for (const Answer& answer : answers) {
        BOOST_TEST((answer.status == 200 || answer.status == 503), answer.body);
        recorded += answer.status == 200 && !answer.json().at("first_position").is_null();
    }
    BOOST_TEST(recorded <= 1U);
    std::map<std::string, int> found;
    for (const json& one : threats()) {
        if (!one.at("external_id").is_null()) {
            ++found[one.at("external_id")];
        }
    }
    BOOST_TEST(found.size() == 50U);
    for (const auto& [id, count] : found) {
        BOOST_TEST(count == 1, id);
    }
    BOOST_TEST(mitigations().size() == 50U);
    stop();
    const auto store = store::Store::open(data(), {});
    BOOST_TEST(audit::verify_projections(*store).clean());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
