// The program's results are equal to those that the server's own functions read from the store.
#include <boost/test/unit_test.hpp>

#include "projections/query/diff.hpp"
#include "projections/query/verdict_views.hpp"
#include "projections/query/views.hpp"
#include "support/replay_fixture.hpp"

namespace threatatlas::testing {

BOOST_AUTO_TEST_SUITE(answers_test)

namespace {

// Computes expected results from the projections in the store, which the program does not read.
struct Fixture : ReplayFixture {
    template <class Write>
    std::string json_of(Write write) const {
        std::string text;
        base::JsonWriter json(text);
        write(json);
        return text + "\n";
    }
    std::string posture_at(ProductId product, query::Moment moment) const {
        return json_of([&](base::JsonWriter& json) {
            query::write_posture(
                json, *query::product_at(store::ReadView(*store), product, moment, log.time()));
        });
    }

    // Index, from 0, of the newest line that contains this text.
    std::size_t last_of(std::string_view text) const {
        for (std::size_t i = log.lines().size(); i > 0; --i) {
            if (log.lines()[i - 1].find(text) != std::string::npos) {
                return i - 1;
            }
        }
        throw std::runtime_error("no such line");
    }

    const std::unique_ptr<store::Store> store = store::Store::open(data(), {});
    const events::Event last = *events::event_at(store::ReadView(*store), log.lines().size());
};

constexpr ProductId payments = 1;
constexpr ProductId archived = 3;

}  // namespace

BOOST_FIXTURE_TEST_SUITE(answers, Fixture)

BOOST_AUTO_TEST_CASE(a_posture_can_be_counted_by_hand) {
    // Of the events up to position 9: threat 1 is critical, 2 is high and covered by mitigation 1,
    // 3 is low and mitigated.
    const auto json =
        nlohmann::json::parse(ask_fine({"posture", "--product", "1", "--at-position", "10"}));
    BOOST_TEST(json["product_name"] == "Payments API");
    BOOST_TEST(
        json["summary"].dump() ==
        R"({"active_mitigations":1,"by_severity":{"critical":1,"high":1,"low":1,"medium":0,)"
        R"("unscored":0},"mitigated_threats":1,"mitigation_ratio":0.33,"total_mitigations":1,)"
        R"("total_threats":3,"unmitigated_high":1})");
    BOOST_TEST(json["position"] == 10);
}

BOOST_AUTO_TEST_CASE(postures_equal_those_of_the_store_at_every_moment) {
    query::scan_steps(store::ReadView(*store), payments, base::Instant{}, log.time(),
                      [&](const query::HistoryStep& step) {
                          const std::string expected = posture_at(payments, step.time);
                          const std::string position = std::to_string(step.row.last_position);
                          BOOST_TEST(ask_fine({"posture", "--product", "1", "--as-of",
                                               base::format_instant(step.time)}) == expected);
                          BOOST_TEST(ask_fine({"posture", "--product", "1", "--at-position",
                                               position}) == expected);
                          return step.row.last_position < 30;
                      });
    BOOST_TEST(ask_fine({"posture", "--product", "2"}) == posture_at(2, std::nullopt));
}

BOOST_AUTO_TEST_CASE(a_position_within_a_transaction_selects_the_previous_state) {
    // Positions 4 to 6 are one transaction; at positions 2 and 3 the product had no threats.
    BOOST_TEST(ask_fine({"posture", "--product", "1", "--at-position", "5"}) ==
               ask_fine({"posture", "--product", "1", "--at-position", "3"}));
    BOOST_TEST(ask_fine({"posture", "--product", "1", "--at-position", "6"}) !=
               ask_fine({"posture", "--product", "1", "--at-position", "3"}));
}

BOOST_AUTO_TEST_CASE(the_gate_answers_as_the_server_would) {
    projections::Thresholds thresholds;
    thresholds.fail_on_unmitigated_high = true;
    thresholds.min_mitigation_ratio = projections::parse_ratio("0.01");
    thresholds.min_threats = 3;
    const auto now =
        std::chrono::time_point_cast<base::Instant::duration>(std::chrono::system_clock::now());
    const auto product = *query::product_now(store::ReadView(*store), payments, now);
    const std::string expected = json_of([&](base::JsonWriter& json) {
        query::write_security_status(json, product, projections::judge(product.posture, thresholds),
                                     base::Instant{});
    });
    const auto answer =
        ask({"gate", "--product", "1", "--fail-on-unmitigated-high", "--min-mitigation-ratio",
             "0.01", "--min-threats", "3", "--fail-on-unscored=no"});
    BOOST_TEST(without_clock(answer.out) == without_clock(expected));
    BOOST_TEST(answer.exit_code == 1);
    BOOST_TEST(ask({"gate", "--product", "1"}).exit_code == 0);
    BOOST_TEST(ask({"gate", "--product", "1", "--fail-on-unmitigated-high=off"}).exit_code == 0);
    BOOST_TEST(ask({"gate", "--product", "1", "--min-threats", "1000"}).exit_code == 1);
    // Threat 1 of product 2 has no severity, and is removed later.
    BOOST_TEST(
        ask({"gate", "--product", "2", "--fail-on-unscored", "--at-position", "9"}).exit_code == 1);
    BOOST_TEST(ask({"gate", "--product", "2", "--fail-on-unscored"}).exit_code == 0);
    BOOST_TEST(
        ask({"gate", "--product", "1", "--fail-on-critical", "--at-position", "9"}).exit_code == 1);
}

BOOST_AUTO_TEST_CASE(models_equal_those_of_the_store) {
    for (const query::Moment moment :
         {query::Moment(), query::Moment(*base::parse_instant("2026-01-05T08:12:00Z"))}) {
        for (const ProductId product : {ProductId{1}, ProductId{2}}) {
            const auto model =
                *query::product_model_at(store::ReadView(*store), product, moment, log.time());
            BOOST_TEST_REQUIRE(!model.threats.empty());
            BOOST_TEST_REQUIRE(!model.mitigations.empty());
            const std::string threats = json_of([&](base::JsonWriter& json) {
                json.begin_array();
                for (const auto& [id, threat] : model.threats) {
                    query::write_threat(json, product, model.view(id));
                }
                json.end_array();
            });
            const std::string mitigations = json_of([&](base::JsonWriter& json) {
                json.begin_array();
                for (const auto& [id, mitigation] : model.mitigations) {
                    query::write_mitigation(json, product, {id, mitigation});
                }
                json.end_array();
            });
            std::vector<std::string> question{"threats", "--product", std::to_string(product)};
            if (moment) {
                question.insert(question.end(), {"--as-of", base::format_instant(*moment)});
            }
            BOOST_TEST(ask_fine(question) == threats);
            question.front() = "mitigations";
            BOOST_TEST(ask_fine(question) == mitigations);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_diff_equals_that_of_the_server) {
    const store::ReadView view(*store);
    for (const std::string from : {"2020-01-01T00:00:00Z", "2026-01-05T08:07:00Z"}) {
        const base::Instant from_instant = *base::parse_instant(from);
        const std::string expected = json_of([&](base::JsonWriter& json) {
            query::write_diff(json, from_instant,
                              query::product_model_at(view, payments, from_instant, last.time),
                              last.time,
                              *query::product_model_at(view, payments, last.time, last.time));
        });
        BOOST_TEST(ask_fine({"diff", "--product", "1", "--from", from, "--to",
                             base::format_instant(last.time)}) == expected);
    }
    const auto rows = ask_fine({"--format", "csv", "diff", "--product", "1", "--from",
                                "2026-01-05T08:07:00Z", "--to", base::format_instant(last.time)});
    BOOST_TEST(rows.starts_with("what,id,name,change,field,from,to\n"));
    BOOST_TEST(rows.find("product,1,,changed,name,Payments API,Payments API v2\n") !=
               std::string::npos);
    BOOST_TEST(rows.find("mitigation,2,Control 2,added,,,\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_timeline_equals_that_of_the_server) {
    const base::Instant from = *base::parse_instant("2026-01-05T07:30:00Z");
    const base::Instant to = *base::parse_instant("2026-01-05T11:00:00Z");
    for (const ProductId product : {payments, ProductId{2}, archived}) {
        const store::ReadView view(*store);
        const std::string sampled = json_of([&](base::JsonWriter& json) {
            query::write_timeline(json,
                                  query::timeline(view, product, from, to, std::chrono::hours{1}));
        });
        const std::string changes = json_of([&](base::JsonWriter& json) {
            query::write_timeline(json,
                                  *query::timeline_of_changes(view, product, from, to, 10'000));
        });
        std::vector<std::string> question{"timeline",
                                          "--product",
                                          std::to_string(product),
                                          "--from",
                                          "2026-01-05T07:30:00Z",
                                          "--to",
                                          "2026-01-05T11:00:00Z",
                                          "--every",
                                          "1h"};
        BOOST_TEST(ask_fine(question) == sampled);
        question.back() = "change";
        BOOST_TEST(ask_fine(question) == changes);
    }
    // By default, from the registration of the product.
    const auto whole = nlohmann::json::parse(
        ask_fine({"timeline", "--product", "1", "--to", "2026-01-06", "--every", "7d"}));
    BOOST_TEST(whole.size() == 2U);
    BOOST_TEST(whole[0]["position"] == 2);
    // A ratio of 1 has two decimals in every format.
    const auto rows = ask_fine(
        {"timeline", "--product", "1", "--to", "2026-01-06", "--every", "7d", "--format", "csv"});
    BOOST_TEST(rows.find(",1.00,") != std::string::npos, rows);
    // Points before the product existed are omitted, regardless of their number.
    std::vector<std::string> range{"timeline",   "--product", "1", "--from",
                                   "1990-01-01", "--every",   "1h"};
    range.insert(range.end(), {"--to", "2026-01-05T12:00:00Z"});
    const auto few = nlohmann::json::parse(ask_fine(range));
    BOOST_TEST(few.size() == 4U);
    BOOST_TEST(few[0]["at"] == "2026-01-05T09:00:00.000000Z");
    range.back() = "1990-01-02";
    BOOST_TEST(ask_fine(range) == "[]\n");
    range.back() = "2010-01-01";
    const auto too_many = ask(range);
    BOOST_TEST(too_many.exit_code == 2);
}

// A date means the start of the day in --from, and its end in --to.
BOOST_AUTO_TEST_CASE(a_range_of_one_day_includes_the_whole_day) {
    const std::vector<std::string> day{"--from", "2026-01-05", "--to", "2026-01-05"};
    const std::vector<std::string> instants{"--from", "2026-01-05T00:00:00Z", "--to",
                                            "2026-01-05T23:59:59.999999Z"};
    for (const std::vector<std::string>& question :
         {std::vector<std::string>{"diff", "--product", "1"},
          {"timeline", "--product", "1", "--every", "1h"},
          {"timeline", "--product", "1", "--every", "change"},
          {"events", "--product", "1"}}) {
        const auto with = [&](const std::vector<std::string>& range) {
            auto words = question;
            words.insert(words.end(), range.begin(), range.end());
            return ask_fine(words);
        };
        const std::string answer = with(day);
        BOOST_TEST(answer == with(instants), question.front());
        BOOST_TEST(answer.size() > 10U, question.front());
    }
    // The product was registered on that day, so it did not exist at its start.
    const auto diff = nlohmann::json::parse(
        ask_fine({"diff", "--product", "1", "--from", "2026-01-05", "--to", "2026-01-05"}));
    BOOST_TEST(diff["from"]["at"] == "2026-01-05T00:00:00.000000Z");
    BOOST_TEST(diff["from"]["summary"].is_null());
}

BOOST_AUTO_TEST_CASE(a_chart_shows_the_timeline) {
    const auto svg = ask_fine({"timeline", "--product", "2", "--every", "change", "--format", "svg",
                               "--to", "2026-01-06"});
    BOOST_TEST(svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\""));
    BOOST_TEST(svg.ends_with("</svg>\n"));
    BOOST_TEST(svg.find("Döner &amp; Söhne &lt;shop&gt;") != std::string::npos);
    BOOST_TEST(svg.find("<shop>") == std::string::npos);
    BOOST_TEST(svg.find("class=\"ratio\"") != std::string::npos);
    // All four severities, and the unscored threat that was removed later.
    std::size_t layers = 0;
    for (auto at = svg.find("class=\"layer\""); at != std::string::npos;
         at = svg.find("class=\"layer\"", at + 1)) {
        ++layers;
    }
    BOOST_TEST(layers == 5U);
}

BOOST_AUTO_TEST_CASE(events_are_the_stored_lines) {
    BOOST_TEST(ask_fine({"events"}) == log.text());
    BOOST_TEST(ask_fine({"events", "--from", "2026-01-05", "--to", "2026-01-05"}) == log.text());
    BOOST_TEST(ask_fine({"events", "--to", "2026-01-04"}).empty());
    BOOST_TEST(ask_fine({"events", "--type", "token.revoked"}) ==
               log.lines()[last_of("token.revoked")] + "\n");
    BOOST_TEST(
        ask_fine({"events", "--product", "3", "--type", "product.registered,product.archived"}) ==
        log.lines()[last_of("Short-lived")] + "\n" + log.lines()[last_of("product.archived")] +
            "\n");
    const auto as_list = nlohmann::json::parse(ask_fine({"events", "--format", "json"}));
    BOOST_TEST(as_list.size() == log.lines().size());
    BOOST_TEST(ask({"events", "--type", "threat.forgotten"}).exit_code == 2);
}

BOOST_AUTO_TEST_CASE(stats_count_the_log) {
    const auto stats = nlohmann::json::parse(run_replay({"--data", data().string(), "stats"}).out);
    BOOST_TEST(stats["events"] == log.lines().size());
    BOOST_TEST(stats["products"] == 3);
    BOOST_TEST(stats["line_bytes"]["total"] == log.text().size() - log.lines().size());
    BOOST_TEST(stats["by_type"]["token.issued"] == 3);
    BOOST_TEST(stats["by_product"][0]["name"] == "Payments API v2");
    BOOST_TEST(stats["by_product"][0]["external_id"] == "repo/Payments API");
    BOOST_TEST(stats["by_product"][2]["archived"] == true);
    BOOST_TEST(stats["last_time"] == base::format_instant(last.time));
    BOOST_TEST(stats["directory_bytes"] > 0);
    const auto then = nlohmann::json::parse(
        run_replay({"--events", exported().string(), "stats", "--at-position", "5"}).out);
    BOOST_TEST(then["events"] == 3);
    BOOST_TEST(then["directory_bytes"].is_null());
}

BOOST_AUTO_TEST_CASE(answers_are_available_in_every_form) {
    const auto csv = ask_fine({"threats", "--product", "1", "--format", "csv"});
    BOOST_TEST(csv.starts_with("id,product_id,severity,status,covered,covered_by,name,"));
    BOOST_TEST(csv.find("\n2,1,high,accepted,true,1,\"Threat, \"\"number\"\" 2\",") !=
               std::string::npos);
    const auto table = ask_fine({"posture", "--product", "1", "--format", "table"});
    BOOST_TEST(table.find("Payments API v2") != std::string::npos);
    const auto md = ask_fine({"gate", "--product", "1", "--format", "md"});
    BOOST_TEST(md.starts_with("## PASS — Payments API v2 (product 1)\n"));
    const auto ndjson = ask_fine({"mitigations", "--product", "1", "--format", "ndjson"});
    BOOST_TEST(std::count(ndjson.begin(), ndjson.end(), '\n') == 2);
    BOOST_TEST(ask({"threats", "--product", "1", "--format", "svg"}).exit_code == 2);
    BOOST_TEST(ask({"threats", "--product", "1", "--format", "xml"}).exit_code == 2);
}

BOOST_AUTO_TEST_CASE(no_csv_answer_contains_a_formula) {
    MadeUpLog hostile;
    hostile.record(1, {product_named("x;=cmd|' /C calc'!A0;y")});
    events::ThreatIdentified fact = threat(1, events::Severity::high);
    fact.texts.set(events::ThreatField::name, "=1+1");
    fact.texts.set(events::ThreatField::comments, "a\t@SUM(1)\n- b");
    hostile.record(1, {fact});
    const auto file = (directory / "hostile.ndjson").string();
    write_file(file, hostile.text());
    const auto csv = [&](std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), {"--events", file, "--format", "csv"});
        return run_replay(arguments).out;
    };
    const std::string product = "\"x;'=cmd|' /C calc'!A0;y\"";
    BOOST_TEST(csv({"posture", "--product", "1"}).find(product) != std::string::npos);
    const std::string threats = csv({"threats", "--product", "1"});
    BOOST_TEST(threats.find(",'=1+1,") != std::string::npos, threats);
    BOOST_TEST(threats.find("\"a\t'@SUM(1)\n'- b\"") != std::string::npos, threats);
    const std::string diff = csv({"diff", "--product", "1", "--from", "2026-01-01"});
    BOOST_TEST(diff.find(",'=1+1,added") != std::string::npos, diff);
}

BOOST_AUTO_TEST_CASE(an_answer_may_go_to_a_file) {
    const auto file = (directory / "answer.json").string();
    BOOST_TEST(run_replay({"--data", data().string(), "posture", "--product", "1", "-o", file})
                   .exit_code == 0);
    BOOST_TEST(read_file(file) == posture_at(payments, std::nullopt));
    // If the file cannot be completed, the previous one is kept.
    BOOST_TEST(run_replay({"--data", data().string(), "posture", "--product", "9", "-o", file})
                   .exit_code == 2);
    BOOST_TEST(read_file(file) == posture_at(payments, std::nullopt));
    BOOST_TEST(!std::filesystem::exists(file + ".partial"));
    BOOST_TEST(run_replay({"--data", data().string(), "export", "-o",
                           (directory / "none" / "log").string()})
                   .exit_code == 3);
}

BOOST_AUTO_TEST_CASE(a_missing_object_is_reported) {
    const auto require_refused = [&](std::vector<std::string> question, const std::string& reason) {
        const auto answer = ask(std::move(question));
        BOOST_TEST(answer.exit_code == 2);
        BOOST_TEST(answer.out.empty());
        BOOST_TEST(answer.err.find(reason) != std::string::npos, answer.err);
        BOOST_TEST(std::count(answer.err.begin(), answer.err.end(), '\n') == 1);
    };
    require_refused({"posture", "--product", "9"}, "no product 9");
    require_refused({"posture", "--product", "3"}, "was archived at 2026-01-05T");
    require_refused({"posture", "--product", "1", "--as-of", "2025-12-31"},
                    "was not registered before 2026-01-05T");
    require_refused({"posture", "--product", "1", "--as-of", "9999-01-01"}, "future");
    require_refused({"posture", "--product", "1", "--at-position", "100000"}, "after the end");
    require_refused({"posture", "--product", "1", "--as-of", "yesterday"}, "yesterday");
    for (const char* product : {"0", "abc", "-1", "0x1", "1.5", "", "99999999999999999999"}) {
        require_refused({"posture", "--product", product},
                        "--product: give a whole number from 1 on\n");
    }
    require_refused({"posture", "--product", "1", "--at-position", "first"},
                    "--at-position: give a whole number from 0 on");
    require_refused({"gaet", "--product", "1"}, "there is no command \"gaet\": did you mean gate?");
    require_refused({"dance"}, "there is no command \"dance\": give one of posture, gate, ");
    require_refused({"gate", "--product", "1", "--fail-on-hihg"},
                    "there is no option --fail-on-hihg: did you mean --fail-on-unmitigated-high?");
    require_refused({"gate", "--porduct=1"}, "--porduct: did you mean --product?");
    require_refused({"gate", "--product", "1", "--frobnicate"},
                    "there is no option --frobnicate: see gate --help");
    require_refused({"gate", "--product", "1", "2"}, "\"2\" is one argument too many");
    require_refused({"gate", "--product", "1", "--format", "pdf"},
                    "give one of table, json, csv, ndjson, md\n");
    require_refused({"timeline", "--product", "1", "--format", "pdf"}, "ndjson, md, svg\n");
    require_refused({"report", "--product", "1", "--format", "pdf"},
                    "give one of md, docx, html, csv, json, zip\n");
    require_refused({"events", "--type", "threat.identifed"}, "did you mean threat.identified?");
    require_refused({"events", "--type", "forgotten"}, "give one of product.registered, ");
    require_refused({"posture"}, "--product");
    require_refused({"posture", "--product", "1", "--as-of", "2026-01-05", "--at-position", "3"},
                    "--at-position");
    require_refused({"gate", "--product", "1", "--fail-on-crtical"},
                    "did you mean --fail-on-critical?");
    require_refused({"gate", "--product", "1", "--fail-on-critical=maybe"}, "maybe");
    require_refused({"gate", "--product", "1", "--min-mitigation-ratio", "1.5"}, "1.5");
    require_refused({"gate", "--product", "1", "--min-threats", "2", "--min-threats", "3"},
                    "min-threats");
    require_refused({"diff", "--product", "1", "--from", "2026-01-06", "--to", "2026-01-05"},
                    "--from");
    require_refused({"timeline", "--product", "1", "--every", "1w"}, "1w");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()

}  // namespace threatatlas::testing
