#include <boost/test/unit_test.hpp>

#include "support/made_up_log.hpp"
#include "support/replay_fixture.hpp"
#include "support/temp_directory.hpp"

BOOST_AUTO_TEST_SUITE(import_plan_test)

using namespace threatatlas::testing;
using nlohmann::json;

namespace {

struct ModelFile {
    ModelFile() { write(model); }

    void write(std::string_view text) const { ReplayFixture::write_file(path, text); }
    ProgramResult plan(std::vector<std::string> options = {}) const {
        options.insert(options.begin(), {"import-plan", path});
        return run_replay(options);
    }

    static constexpr std::string_view model = R"({
      "summary": {"title": "Shop"},
      "detail": {"diagrams": [{"id": 0, "title": "Checkout", "version": "2.2.0", "cells": [
        {"id": "c1", "shape": "process", "data": {"name": "Cart", "threats": [
          {"id": "t1", "title": "Prices can be changed", "type": "Tampering", "severity": "High",
           "status": "Mitigated", "mitigation": "Sign the cart", "description": "In transit"},
          {"id": "t2", "title": "Carts leak", "type": "Information disclosure",
           "severity": "Very bad", "status": "Open", "mitigation": "", "description": ""}
        ]}}]}]}})";
    TempDirectory directory;
    std::string path = directory / "model.json";
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(a_model_is_shown_with_counts_and_warnings, ModelFile) {
    const ProgramResult result = plan();
    BOOST_TEST_REQUIRE(result.exit_code == 0, result.err);
    const json shown = json::parse(result.out);
    BOOST_TEST(shown.at("format") == "threat-dragon");
    BOOST_TEST(shown.at("title") == "Shop");
    BOOST_TEST(shown.at("threat_count") == 2);
    BOOST_TEST(shown.at("threats_by_severity") ==
               json::parse(R"({"critical":0,"high":1,"medium":0,"low":0,"unscored":1})"));
    BOOST_TEST(shown.at("threats_by_status").at("mitigated") == 1);
    BOOST_TEST(shown.at("mitigations_by_status").at("proposed") == 1);
    BOOST_TEST(shown.at("links") == 1);
    BOOST_TEST(shown.at("threats").at(0).at("key") == "0/c1/t1");
    BOOST_TEST(shown.at("threats").at(0).at("element_name") == "Cart");
    BOOST_TEST(shown.at("threats").at(1).at("severity").is_null());
    BOOST_TEST(shown.at("mitigations").at(0).at("threats") == json::array({"0/c1/t1"}));
    BOOST_TEST(shown.at("warning_count") == 1);
    BOOST_TEST(shown.at("warnings").at(0).at("path") ==
               "/detail/diagrams/0/cells/0/data/threats/1/severity");
    BOOST_TEST(plan({"--format", "threat-dragon"}).out == result.out);
}

BOOST_FIXTURE_TEST_CASE(a_file_that_is_no_model_is_refused_with_the_reason, ModelFile) {
    write("{\"detail\": ");
    ProgramResult result = plan();
    BOOST_TEST(result.exit_code == 3);
    BOOST_TEST(result.out == "");
    BOOST_TEST(result.err.find("line 1, column ") != std::string::npos, result.err);
    write(R"({"name": "x", "scripts": {}})");
    result = plan();
    BOOST_TEST(result.exit_code == 3);
    BOOST_TEST(result.err.find("package.json") != std::string::npos, result.err);
    write(model);
    BOOST_TEST(plan({"--format", "threagile"}).exit_code == 3);
    result = plan({"--format", "visio"});
    BOOST_TEST(result.exit_code == 2);
    BOOST_TEST(result.err.find("threat-dragon") != std::string::npos, result.err);
    BOOST_TEST(run_replay({"import-plan", directory / "nothing"}).exit_code == 3);
}

// The plan for a product, from the lines of its log alone.
BOOST_FIXTURE_TEST_CASE(a_plan_for_a_product_lists_what_an_import_would_record, ModelFile) {
    MadeUpLog log;
    log.record(1, {product_named("Shop")});
    auto known = threat(1, threatatlas::events::Severity::high);
    known.texts.set(threatatlas::events::ThreatField::external_id, "web/0/c1/t1");
    log.record(1, {known});
    const std::string lines = directory / "log.ndjson";
    ReplayFixture::write_file(lines, log.text());
    const std::vector<std::string> options{"--events", lines, "--product", "1"};
    const auto plan_with = [&](std::vector<std::string> more) {
        more.insert(more.begin(), options.begin(), options.end());
        return plan(more);
    };

    const ProgramResult result = plan_with({"--source", "web"});
    BOOST_TEST_REQUIRE(result.exit_code == 0, result.err);
    const json shown = json::parse(result.out);
    BOOST_TEST(shown.at("source") == "web");
    BOOST_TEST(shown.at("dry_run") == true);
    BOOST_TEST(shown.at("counts").at("added") == 2);  // a threat and a mitigation
    BOOST_TEST(shown.at("changed").at(0).at("id") == 1);
    BOOST_TEST(shown.at("conflicts").size() > 0U);
    BOOST_TEST(shown.at("counts").at("warnings") == 1);
    BOOST_TEST(shown.at("version") == 2);
    // Another source does not know the threat.
    BOOST_TEST(json::parse(plan_with({}).out).at("counts").at("added") == 3);
    // At a past moment, before the threat existed.
    BOOST_TEST(json::parse(plan_with({"--source", "web", "--at-position", "1"}).out)
                   .at("counts")
                   .at("added") == 3);
    const auto check_usage = [&](const ProgramResult& refused, const std::string& part) {
        BOOST_TEST(refused.exit_code == 2);
        BOOST_TEST(refused.err.find(part) != std::string::npos, refused.err);
    };
    check_usage(plan({"--product", "1"}), "--data DIR or --events FILE");
    check_usage(plan({"--events", lines}), "--product N");
    check_usage(plan({"--source", "web"}), "--product N");
    check_usage(plan_with({"--missing", "drop"}), "keep, remove or not_applicable");
    check_usage(plan_with({"--source", " "}), "blank");
    check_usage(plan({"--events", lines, "--product", "7"}), "7");
}

BOOST_AUTO_TEST_SUITE_END()
