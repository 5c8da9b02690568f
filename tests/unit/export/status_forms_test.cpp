// The forms of the gate's answer for other tools, checked by parsing them.

#include "export/status_forms.hpp"

#include <map>
#include <regex>
#include <set>
#include <sstream>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <pugixml.hpp>

#include "unit/export/reports.hpp"

BOOST_AUTO_TEST_SUITE(status_forms_test)

using namespace threatatlas;
using namespace threatatlas::events;
using namespace threatatlas::exports;
using namespace threatatlas::projections;
using namespace threatatlas::query;
using namespace threatatlas::testing;
using nlohmann::json;

namespace {

// Conditions about threats fail as well as others.
const Thresholds strict{.fail_on_critical = true,
                        .fail_on_unmitigated_high = true,
                        .min_mitigation_ratio = parse_ratio("0.9"),
                        .fail_on_unscored = true,
                        .min_threats = 1'000};

// A product with a threat of each severity, an accepted one and an unscored one. `text` is every
// text.
ProductModel model_full_of(const std::string& text) {
    EventMaker maker;
    ProductRegistered product;
    product.texts.set(ProductField::name, text);
    maker.add(product);
    ThreatId id = 0;
    const auto add = [&](std::optional<Severity> severity, ThreatStatus status) {
        ThreatIdentified threat;
        threat.threat_id = ++id;
        for (std::size_t field = 0; field < threat_field_count; ++field) {
            threat.texts.set_at(field, text);
        }
        threat.scoring.severity = severity;
        threat.status = status;
        maker.add(threat);
    };
    add(Severity::low, ThreatStatus::identified);
    add(Severity::medium, ThreatStatus::in_progress);
    add(Severity::high, ThreatStatus::identified);
    add(Severity::critical, ThreatStatus::identified);
    add(std::nullopt, ThreatStatus::identified);
    add(Severity::high, ThreatStatus::accepted);
    add(Severity::high, ThreatStatus::mitigated);
    return collect(maker.events(), 1, std::nullopt, false).model;
}

std::vector<std::string> texts_of_all_kinds() {
    std::vector<std::string> texts = hostile_texts();
    texts.emplace_back("100% sure: a, b::error title=x::y %0A");
    texts.push_back(std::string(500, '|'));
    std::string wide;
    for (int i = 0; i < 500; ++i) {
        wide += "\u202E";
    }
    texts.push_back(wide);
    return texts;
}

json sarif_run(const StatusView& view) {
    const json sarif = json::parse(status_as_sarif(view));
    BOOST_TEST(sarif["version"] == "2.1.0");
    BOOST_TEST_REQUIRE(sarif["runs"].size() == 1u);
    return sarif["runs"][0];
}

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) {
        lines.push_back(line);
    }
    return lines;
}

}  // namespace

BOOST_AUTO_TEST_CASE(sarif_has_a_result_for_each_threat) {
    const ProductModel model = model_full_of("Spoofing");
    const json run = sarif_run(status_of(model, strict, {"a b/c.json", "a%20b/c.json"}));
    const json& rules = run["tool"]["driver"]["rules"];
    std::map<std::uint64_t, json> by_threat;
    std::set<std::string> fingerprints;
    for (const json& result : run["results"]) {
        // What GitHub needs of a result and its rule.
        const json& rule = rules[result["ruleIndex"].get<std::size_t>()];
        BOOST_TEST(rule["id"] == result["ruleId"]);
        for (const char* text : {"shortDescription", "fullDescription", "help"}) {
            BOOST_TEST(!rule[text]["text"].get<std::string>().empty());
        }
        BOOST_TEST(!result["message"]["text"].get<std::string>().empty());
        const json& place = result["locations"][0]["physicalLocation"];
        BOOST_TEST(place["artifactLocation"]["uri"] == "a%20b/c.json");
        BOOST_TEST(place["region"]["startLine"] == 1);
        BOOST_TEST(result["suppressions"].is_array());
        fingerprints.insert(result["partialFingerprints"]["primaryLocationLineHash"]);
        if (result.contains("properties")) {
            by_threat[result["properties"]["threat_id"].get<std::uint64_t>()] = result;
        }
    }
    BOOST_TEST(run["results"].size() == 8u);  // six threats and two conditions
    BOOST_TEST(fingerprints.size() == 8u);
    BOOST_TEST(by_threat.size() == 6u);
    BOOST_TEST(!by_threat.contains(7));
    const std::map<std::uint64_t, std::string> levels{{1, "note"},  {2, "warning"}, {3, "error"},
                                                      {4, "error"}, {5, "warning"}, {6, "error"}};
    for (const auto& [id, level] : levels) {
        BOOST_TEST(by_threat[id]["level"] == level, id);
        BOOST_TEST(by_threat[id]["suppressions"].size() == (id == 6 ? 1u : 0u));
        BOOST_TEST(by_threat[id]["ruleId"] == "category/spoofing");
    }
    BOOST_TEST(by_threat[6]["suppressions"][0]["kind"] == "external");
    BOOST_TEST(by_threat[3]["message"]["text"] ==
               "Spoofing (high, identified, no active mitigation). This fails "
               "fail_on_unmitigated_high.");
    BOOST_TEST(by_threat[3]["locations"][0]["logicalLocations"][0]["fullyQualifiedName"] ==
               "Spoofing/Spoofing");
    BOOST_TEST(run["results"][0]["ruleId"] == "condition/min_mitigation_ratio");
    BOOST_TEST(run["results"][1]["ruleId"] == "condition/min_threats");
    BOOST_TEST(run["automationDetails"]["id"] == "threatatlas/product-1/");
    BOOST_TEST(run["invocations"][0]["toolExecutionNotifications"].empty());
}

BOOST_AUTO_TEST_CASE(a_fingerprint_survives_new_words_and_ratings) {
    const auto fingerprints = [](const ProductModel& model) {
        std::map<std::uint64_t, std::string> found;
        const json run = sarif_run(status_of(model));
        for (const json& result : run["results"]) {
            found[result["properties"]["threat_id"].get<std::uint64_t>()] =
                result["partialFingerprints"].dump();
        }
        return found;
    };
    ProductModel model = model_full_of("before");
    const auto before = fingerprints(model);
    for (auto& [id, threat] : model.threats) {
        threat.texts.set(ThreatField::name, "after");
        threat.texts.set(ThreatField::element_name, "after");
        threat.scoring.severity = Severity::critical;
    }
    BOOST_TEST((fingerprints(model) == before));
    BOOST_TEST(before.size() == 6u);
}

BOOST_AUTO_TEST_CASE(sarif_without_a_path_has_no_physical_location) {
    const json run = sarif_run(status_of(model_full_of("x"), strict));
    for (const json& result : run["results"]) {
        BOOST_TEST((!result.contains("locations") ||
                    !result["locations"][0].contains("physicalLocation")));
    }
}

BOOST_AUTO_TEST_CASE(no_text_becomes_a_link_or_a_placeholder_in_sarif) {
    for (const std::string& hostile : texts_of_all_kinds()) {
        const json run = sarif_run(status_of(model_full_of(hostile), strict));
        BOOST_TEST(run["results"].size() == 8u);
        for (const json& result : run["results"]) {
            std::string text = result["message"]["text"];
            BOOST_TEST(text.find("](") == std::string::npos, text);
            for (const char* brace : {"{{", "}}"}) {
                for (auto at = text.find(brace); at != std::string::npos; at = text.find(brace)) {
                    text.erase(at, 2);
                }
            }
            BOOST_TEST(text.find_first_of("{}\n\t") == std::string::npos, text);
        }
        BOOST_TEST(run["properties"]["product_name"] == hostile);
        BOOST_TEST(run["results"][2]["properties"]["external_id"] == hostile);
    }
}

BOOST_AUTO_TEST_CASE(a_truncated_list_is_reported) {
    StatusView view = status_of(model_full_of("x"), strict);
    view.unlisted_threats = 12;
    const json notes = sarif_run(view)["invocations"][0]["toolExecutionNotifications"];
    BOOST_TEST_REQUIRE(notes.size() == 1u);
    BOOST_TEST(notes[0]["message"]["text"].get<std::string>().ends_with("12 more are not listed."));
    BOOST_TEST(json::parse(status_as_gitlab(view)).back()["description"] ==
               "12 more threats are not listed.");
    BOOST_TEST(status_as_markdown(view).find("\n12 more are not listed.\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_gitlab_report_follows_its_schema) {
    const std::set<std::string> severities{"info", "minor", "major", "critical", "blocker"};
    for (const std::string& hostile : texts_of_all_kinds()) {
        const json report =
            json::parse(status_as_gitlab(status_of(model_full_of(hostile), strict, {"m", "m"})));
        // The accepted threat breaks a condition, as no active mitigation covers it.
        BOOST_TEST_REQUIRE(report.size() == 8u);
        std::set<std::string> fingerprints;
        for (const json& entry : report) {
            BOOST_TEST(entry.size() == 5u);
            BOOST_TEST(!entry["description"].get<std::string>().empty());
            BOOST_TEST(!entry["check_name"].get<std::string>().empty());
            BOOST_TEST(severities.contains(entry["severity"]));
            BOOST_TEST(entry["location"] == (json{{"path", "m"}, {"lines", {{"begin", 1}}}}));
            fingerprints.insert(entry["fingerprint"]);
        }
        BOOST_TEST(fingerprints.size() == report.size());
        BOOST_TEST(report[0]["severity"] == "blocker");
        BOOST_TEST(report[2]["severity"] == "blocker");  // the critical threat
        BOOST_TEST(report[3]["severity"] == "critical");
    }
    const json unjudged = json::parse(status_as_gitlab(status_of(model_full_of("x"))));
    BOOST_TEST(unjudged.size() == 5u);
    BOOST_TEST(unjudged[0]["location"]["path"] == "threat-model");
}

BOOST_AUTO_TEST_CASE(junit_has_a_test_case_for_each_condition) {
    for (const std::string& hostile : texts_of_all_kinds()) {
        const StatusView view = status_of(model_full_of(hostile), strict);
        const std::string xml = status_as_junit(view);
        BOOST_TEST(xml.find("\uFFFE") == std::string::npos);
        pugi::xml_document document;
        const auto parsed = document.load_buffer(xml.data(), xml.size());
        BOOST_TEST_REQUIRE(static_cast<bool>(parsed), parsed.description());
        const pugi::xml_node suite = document.child("testsuites").child("testsuite");
        BOOST_TEST(suite.attribute("tests").as_int() == 5);
        BOOST_TEST(suite.attribute("failures").as_int() == 5);
        BOOST_TEST(std::regex_match(suite.attribute("timestamp").value(),
                                    std::regex(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)")));
        // The children are in the order of Ant's schema.
        std::string order;
        auto reason = view.verdict.failures.begin();
        for (const pugi::xml_node child : suite.children()) {
            order += std::string(child.name()) + " ";
            if (std::string_view(child.name()) == "testcase") {
                BOOST_TEST(child.child("failure").attribute("message").value() == *reason++);
                for (const char* attribute : {"name", "classname", "time"}) {
                    BOOST_TEST(child.attribute(attribute).value() != "");
                }
            }
        }
        BOOST_TEST(order ==
                   "properties testcase testcase testcase testcase testcase system-out "
                   "system-err ");
    }
}

BOOST_AUTO_TEST_CASE(junit_distinguishes_passed_and_not_judged) {
    const ProductModel model = model_full_of("x");
    const std::string passed = status_as_junit(status_of(model, {.min_threats = 1}));
    BOOST_TEST(passed.find("tests=\"1\" failures=\"0\"") != std::string::npos);
    BOOST_TEST(passed.find("name=\"min_threats\"") != std::string::npos);
    BOOST_TEST(passed.find("<failure") == std::string::npos);
    const std::string unjudged = status_as_junit(status_of(model));
    BOOST_TEST(unjudged.find("tests=\"1\" failures=\"0\" errors=\"0\" skipped=\"1\"") !=
               std::string::npos);
    BOOST_TEST(unjudged.find("<skipped>No threshold was given, so") != std::string::npos);
    for (const std::string& report : {passed, unjudged}) {
        BOOST_TEST(report.find("<properties><property name=\"product_id\" value=\"1\"/>"
                               "<property name=\"position\" value=") != std::string::npos,
                   report);
    }
}

BOOST_AUTO_TEST_CASE(commands_are_lines_that_no_text_can_add_to) {
    const std::regex shape("::(error|warning|notice) title=([^:,]*)::(.*)");
    for (const std::string& hostile : texts_of_all_kinds()) {
        const std::string text =
            status_as_workflow_commands(status_of(model_full_of(hostile), strict));
        const auto lines = lines_of(text);
        // The verdict and six threats: critical, high, accepted, unscored, medium, low.
        BOOST_TEST_REQUIRE(lines.size() == 7u, text);
        for (const std::string& line : lines) {
            std::smatch parts;
            BOOST_TEST_REQUIRE(std::regex_match(line, parts, shape), line);
            for (const std::string& part : {parts[2].str(), parts[3].str()}) {
                BOOST_TEST(!std::regex_search(part, std::regex("%(?!25|0A|0D|3A|2C)")), part);
            }
        }
    }
    const StatusView view = status_of(model_full_of("50%: a, b"), strict);
    BOOST_TEST(
        lines_of(status_as_workflow_commands(view))[1] ==
        "::error title=critical threat%3A 50%25%3A a%2C b::Threat 4: critical, identified, no "
        "active mitigation. Fails fail_on_critical, fail_on_unmitigated_high.");
}

BOOST_AUTO_TEST_CASE(ten_commands_of_a_level_and_the_important_ones_first) {
    ProductAt product;
    product.posture.by_severity.fill(25);
    StatusCollector collector(product, {.fail_on_critical = true});
    for (ThreatId id = 1; id <= 100; ++id) {
        ThreatView threat{.id = id, .threat = {}, .covered_by = {}};
        threat.threat.scoring.severity = static_cast<Severity>(id % 4);
        collector.add(threat);
    }
    std::map<std::string, int> counts;
    const auto lines = lines_of(status_as_workflow_commands(collector.finish()));
    for (const std::string& line : lines) {
        ++counts[line.substr(2, line.find(' ') - 2)];
    }
    BOOST_TEST(
        (counts == std::map<std::string, int>{{"error", 10}, {"warning", 10}, {"notice", 10}}));
    BOOST_TEST(lines[0].find("critical threat(s) require immediate attention") !=
               std::string::npos);
    BOOST_TEST(lines[1].find("Threat 4: critical") != std::string::npos);
    BOOST_TEST(lines[20].find("medium threat") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(commands_name_the_verdict) {
    const ProductModel model = model_full_of("P");
    BOOST_TEST(lines_of(status_as_workflow_commands(status_of(model, {.min_threats = 1})))[3] ==
               "::notice title=Threat model of P%3A passed::7 threats: 1 critical, "
               "3 high, 1 medium, 1 low, 1 unscored; 1 mitigated");
}

BOOST_AUTO_TEST_CASE(the_summary_names_failed_conditions) {
    EventMaker maker;
    ProductRegistered product;
    product.texts.set(ProductField::name, "Shop");
    maker.add(product);
    for (ThreatId id = 1; id <= 12; ++id) {
        ThreatIdentified threat;
        threat.threat_id = id;
        threat.texts.set(ThreatField::name, fmt::format("Threat with name {}", id));
        threat.scoring.severity = Severity::high;
        maker.add(threat);
    }
    const ProductModel model = collect(maker.events(), 1, std::nullopt, false).model;
    const std::string text = status_as_markdown(
        status_of(model, {.fail_on_critical = true, .fail_on_unmitigated_high = true}));
    BOOST_TEST(text.starts_with("### Threat model of Shop: failed\n"), text);
    BOOST_TEST(text.find("- 12 high/critical threat(s) have no active mitigation: Threat with name "
                         "1 (threat 1), Threat with name 2") != std::string::npos,
               text);
    BOOST_TEST(text.find("name 10 (threat 10) and 2 more\n") != std::string::npos, text);
    BOOST_TEST(text.find("| fail\\_on\\_critical | 0 | 0 | passed |\n") != std::string::npos, text);
    BOOST_TEST(text.find("| fail\\_on\\_unmitigated\\_high | 0 | 12 | **failed** |\n") !=
                   std::string::npos,
               text);
    BOOST_TEST(text.find("| 12 | Threat with name 12 | high | identified | no | – | "
                         "fail\\_on\\_unmitigated\\_high |\n") != std::string::npos,
               text);
}

BOOST_AUTO_TEST_CASE(the_summary_has_no_markup_of_its_texts) {
    const std::string harmless = status_as_markdown(status_of(model_full_of("harmless"), strict));
    for (const std::string& hostile : texts_of_all_kinds()) {
        const std::string text = status_as_markdown(status_of(model_full_of(hostile), strict));
        BOOST_TEST(!std::regex_search(text, std::regex("<")), text);
        BOOST_TEST(!std::regex_search(text, std::regex(R"((^|[^\\])[\[`$@])")), text);
        BOOST_TEST(text.find("https://") == std::string::npos);
        BOOST_TEST(text.find("www.") == std::string::npos);
        BOOST_TEST(lines_of(text).size() == lines_of(harmless).size());
    }
}

BOOST_AUTO_TEST_CASE(the_longest_summary_is_one_that_github_shows) {
    StatusView view = status_of(model_full_of(std::string(500, '|')), strict);
    StatusThreat first = view.threats.front();
    first.breaks = {0, 1, 3};
    view.threats.assign(status_threats_max, first);
    const std::string text = status_as_markdown(view);
    BOOST_TEST(text.size() < std::size_t{1} << 20U);
    BOOST_TEST(text.find("\n4,800 more are not listed.\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_badge_shows_passed_failed_or_the_counts) {
    const ProductModel model = model_full_of("<&\"");
    StatusView empty;
    for (const auto& [view, message, colour] :
         std::vector<std::tuple<StatusView, std::string, std::string>>{
             {status_of(model, strict), "failed", "red"},
             {status_of(model, {.min_threats = 1}), "passed", "brightgreen"},
             {status_of(model), "1 of 7 mitigated", "blue"},
             {empty, "no threats", "lightgrey"}}) {
        BOOST_TEST(json::parse(badge_as_json(view)) == (json{{"schemaVersion", 1},
                                                             {"label", "threat model"},
                                                             {"message", message},
                                                             {"color", colour}}));
        const std::string svg = badge_as_svg(view);
        pugi::xml_document document;
        BOOST_TEST(static_cast<bool>(document.load_buffer(svg.data(), svg.size())));
        BOOST_TEST(document.child("svg").child("title").text().get() == "threat model: " + message);
        BOOST_TEST(svg.find("script") == std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(a_form_is_found_by_its_suffix) {
    for (const StatusForm& form : status_forms()) {
        const std::string path = "/api/products/1/security-status" + std::string(form.suffix);
        BOOST_TEST(status_form_of_path(path) == &form);
    }
    for (const StatusForm& form : badge_forms()) {
        BOOST_TEST(status_form_of_path("/api/products/1" + std::string(form.suffix)) == &form);
        BOOST_TEST(form.is_badge);
    }
    BOOST_TEST(status_form_of_path("/api/products/1/security-status") == nullptr);
}

BOOST_AUTO_TEST_SUITE_END()
