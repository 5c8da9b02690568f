// Extracts the two pipeline scripts from the guide that the project is based on and runs them
// unchanged: real bash, curl and jq with the real server.
#include <fstream>
#include <sstream>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "support/server_process.hpp"
#include "support/temp_directory.hpp"
#include "system/seed/guide.hpp"

namespace threatatlas::testing {

BOOST_AUTO_TEST_SUITE(seed_test)

namespace {

using nlohmann::json;
namespace data = boost::unit_test::data;

const Guide& guide() {
    static const Guide result(THREATATLAS_SOURCE_DIRECTORY "/tests/system/seed/ci-integration.txt");
    return result;
}

json parse_answer(const httplib::Response& answer, int expected_status) {
    BOOST_TEST_REQUIRE(answer.status == expected_status, answer.body);
    return json::parse(answer.body);
}

// A server with the sample, whose product 1 fails the guide's thresholds, and another product that
// passes them.
class Site {
  public:
    Site() : server_(directory_ / "data") {
        const ProgramResult imported =
            run_replay({"--data", server_.data(), "import",
                        THREATATLAS_SOURCE_DIRECTORY "/samples/payments-api.ndjson"});
        BOOST_TEST_REQUIRE(imported.exit_code == 0, imported.err);
        server_.start();
        const json product =
            parse_answer(server_.ask("POST", "/api/products", R"({"name":"Gift Cards"})"), 201);
        passing_product_ = std::to_string(product.at("id").get<int>());
        const std::string threats = "/api/products/" + passing_product_ + "/threats";
        for (const char* threat :
             {R"({"name":"Codes can be guessed","severity":"medium","status":"mitigated"})",
              R"({"name":"Balance read by others","severity":"high","status":"mitigated"})",
              R"({"name":"Card sold twice","severity":"low","status":"mitigated"})",
              R"({"name":"Long queue at Christmas","severity":"low"})"}) {
            parse_answer(server_.ask("POST", threats, threat), 201);
        }
        token_ = server_.issue_token({{"name", "pipeline"}, {"role", "gate"}});
    }

    const ServerProcess& server() const { return server_; }
    const std::string& passing_product() const { return passing_product_; }
    const std::string& token() const { return token_; }

  private:
    TempDirectory directory_;
    ServerProcess server_;
    std::string passing_product_;
    std::string token_;
};

const Site& site() {
    static const Site result;
    return result;
}

enum class Pipeline { github, gitlab };

std::ostream& operator<<(std::ostream& out, Pipeline pipeline) {
    return out << (pipeline == Pipeline::github ? "GitHub Actions" : "GitLab CI");
}

const auto both_pipelines = data::make({Pipeline::github, Pipeline::gitlab});
const std::string failing_product = "1";

// The secrets and variables that a team sets for its pipeline.
struct Settings {
    std::string url = site().server().url();
    std::string token = site().token();
    std::string product = failing_product;
};

struct PipelineRun {
    ProgramResult result;
    std::string summary;  // what GitHub would show on the job's page
};

PipelineRun run_pipeline(Pipeline pipeline, const Settings& settings) {
    const TempDirectory directory;
    const bool github = pipeline == Pipeline::github;
    std::ofstream(directory / "script")
        << (github ? guide().github_script() : guide().gitlab_script());
    ChildOptions options;
    // GitHub runs a block with -e. GitLab does so too, but this script must fail closed without it.
    options.arguments = {"bash", "--noprofile", "--norc"};
    if (github) {
        options.arguments.emplace_back("-e");
    }
    options.arguments.push_back(directory / "script");
    options.environment = {
        {"THREATATLAS_URL", settings.url},
        {"THREATATLAS_TOKEN", settings.token},
        {"PRODUCT_ID", settings.product},
        {"THRESHOLDS", guide().gitlab_thresholds()},
        {"GITHUB_STEP_SUMMARY", directory / "summary"},
        {"no_proxy", "127.0.0.1"},
    };
    PipelineRun run{run_program(options), {}};
    std::ostringstream summary;
    summary << std::ifstream(directory / "summary").rdbuf();
    run.summary = summary.str();
    return run;
}

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

// Requires that `actual` has every member of `expected`; it may have more.
void check_has_all_of(const json& actual, const json& expected) {
    for (const auto& [key, value] : expected.items()) {
        BOOST_TEST_REQUIRE(actual.contains(key), key << " is missing in " << actual);
        if (value.is_object()) {
            check_has_all_of(actual.at(key), value);
        } else {
            BOOST_TEST((actual.at(key) == value),
                       key << " is " << actual.at(key) << " and not " << value);
        }
    }
}

BOOST_AUTO_TEST_CASE(the_scripts_of_the_guide_are_extracted_completely) {
    BOOST_TEST(
        guide().github_script().starts_with("set -euo pipefail\n\nresponse=$(curl -sf \\\n"));
    BOOST_TEST(guide().github_script().ends_with("\necho \"✅ Threat model gate passed.\"\n\n"));
    BOOST_TEST(guide().gitlab_script().starts_with("response=$(curl -sf -H "));
    BOOST_TEST(guide().gitlab_script().ends_with("  exit 1\nfi\n\n"));
}

BOOST_AUTO_TEST_CASE(the_sample_answers_as_the_guide_shows) {
    const json answer = parse_answer(site().server().ask("GET", "/api/products/1/security-status?" +
                                                                    guide().gitlab_thresholds()),
                                     200);
    check_has_all_of(answer, json::parse(guide().example_answer()));
}

BOOST_DATA_TEST_CASE(a_product_that_is_good_enough_passes, both_pipelines, pipeline) {
    Settings settings;
    settings.product = site().passing_product();
    const PipelineRun run = run_pipeline(pipeline, settings);
    BOOST_TEST(run.result.exit_code == 0, run.result.out << run.result.err);
    BOOST_TEST(contains(run.result.out, "\"product_name\": \"Gift Cards\""));
    if (pipeline == Pipeline::github) {
        BOOST_TEST(contains(run.result.out, "✅ Threat model gate passed."));
        BOOST_TEST(run.summary ==
                   "## 🛡️ Threat Model — Gift Cards\n\n"
                   "| Metric | Value |\n"
                   "|--------|-------|\n"
                   "| Total threats | 4 |\n"
                   "| Critical | 0 |\n"
                   "| High | 1 |\n"
                   "| Mitigation ratio | 75% |\n");
    }
}

BOOST_DATA_TEST_CASE(a_product_that_is_not_good_enough_fails_with_the_reasons, both_pipelines,
                     pipeline) {
    const PipelineRun run = run_pipeline(pipeline, Settings{});
    BOOST_TEST(run.result.exit_code == 1, run.result.err);
    const std::string reason = "3 high/critical threat(s) have no active mitigation\n";
    if (pipeline == Pipeline::github) {
        BOOST_TEST(
            run.result.out.ends_with("::error::Threat model gate failed:\n::error::- " + reason));
        BOOST_TEST(contains(run.summary, "| Mitigation ratio | 79% |"));
    } else {
        BOOST_TEST(run.result.out.ends_with("Threat model gate failed:\n" + reason));
    }
}

BOOST_AUTO_TEST_CASE(the_full_report_is_attached_with_a_gate_token) {
    BOOST_TEST(guide().download_script().starts_with("# Markdown"));
    const TempDirectory directory;
    std::ofstream(directory / "script") << "cd '" << (directory / "").string() << "'\n"
                                        << guide().download_script();
    ChildOptions options;
    options.arguments = {"bash", "--noprofile", "--norc", "-e", directory / "script"};
    options.environment = {{"THREATATLAS_URL", site().server().url()},
                           {"THREATATLAS_TOKEN", site().token()},
                           {"PRODUCT_ID", failing_product},
                           {"no_proxy", "127.0.0.1"}};
    const ProgramResult run = run_program(options);
    BOOST_TEST(run.exit_code == 0, run.err);
    const auto content = [&](const char* name) {
        std::ostringstream text;
        text << std::ifstream(directory / name, std::ios::binary).rdbuf();
        return text.str();
    };
    BOOST_TEST(content("threat-model.md").starts_with("# Threat model of Payments API\n"));
    BOOST_TEST(content("threat-model.docx").starts_with("PK\x03\x04"));
}

BOOST_DATA_TEST_CASE(a_wrong_token_fails, both_pipelines, pipeline) {
    Settings settings;
    settings.token.back() = settings.token.back() == 'A' ? 'E' : 'A';
    settings.product = site().passing_product();
    BOOST_TEST(run_pipeline(pipeline, settings).result.exit_code != 0);
}

BOOST_DATA_TEST_CASE(an_unknown_product_fails, both_pipelines, pipeline) {
    Settings settings;
    settings.product = "4711";
    BOOST_TEST(run_pipeline(pipeline, settings).result.exit_code != 0);
}

BOOST_DATA_TEST_CASE(a_server_that_is_down_fails, both_pipelines, pipeline) {
    Settings settings;
    settings.url = "http://127.0.0.1:" + std::to_string(free_port());
    settings.product = site().passing_product();
    BOOST_TEST(run_pipeline(pipeline, settings).result.exit_code != 0);
}

}  // namespace

BOOST_AUTO_TEST_SUITE_END()

}  // namespace threatatlas::testing
