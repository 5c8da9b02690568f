// The real server and the real replay tool return the same bytes for the same data.

#include <chrono>
#include <fstream>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "export/report.hpp"
#include "support/made_up_log.hpp"
#include "support/server_process.hpp"
#include "support/temp_directory.hpp"

BOOST_AUTO_TEST_SUITE(server_and_tool_test)

using namespace threatatlas;
using namespace threatatlas::base;
using namespace threatatlas::exports;
using namespace threatatlas::testing;

namespace {

const std::string sample = THREATATLAS_SOURCE_DIRECTORY "/samples/payments-api.ndjson";

struct Site {
    explicit Site(const std::string& log = sample) : server(directory / "data") {
        const auto imported = run_replay({"--data", server.data().string(), "import", log});
        BOOST_TEST_REQUIRE(imported.exit_code == 0, imported.err);
        server.start();
    }

    std::string of_server(const ReportForm& form, const std::string& query) const {
        const auto answer =
            server.ask("GET", fmt::format("/api/products/1/download/{}{}", form.name, query));
        BOOST_TEST_REQUIRE(answer.status == 200, answer.body);
        return answer.body;
    }
    static std::string of_tool(const ReportForm& form, std::vector<std::string> source,
                               const std::vector<std::string>& arguments) {
        source.insert(source.end(),
                      {"report", "--product", "1", "--format", std::string(form.word)});
        source.insert(source.end(), arguments.begin(), arguments.end());
        const auto answer = run_replay(source);
        BOOST_TEST_REQUIRE(answer.exit_code == 0, answer.err);
        return answer.out;
    }

    TempDirectory directory;
    ServerProcess server;
};

std::string today() {
    const auto now = std::chrono::system_clock::now();
    return format_instant(std::chrono::time_point_cast<Instant::duration>(now)).substr(0, 10);
}

}  // namespace

// Products with policies, whose newest events are older than the definitions of these.
std::string log_with_policies() {
    using namespace threatatlas::events;
    MadeUpLog log;
    const auto policy = [](std::vector<PolicyRule> rules) {
        Policy made;
        made.texts.set(PolicyField::title, "Baseline");
        made.rules = std::move(rules);
        return made;
    };
    const PolicyRule scored{.kind = RuleKind::max_unscored};
    const PolicyRule reviewed{.kind = RuleKind::max_days_since_review, .limit = 90};
    const PolicyRule open{.kind = RuleKind::max_open_days, .severity = Severity::low, .limit = 10};
    log.record(0, {PolicyDefined{"counts", 1, policy({scored})}});
    log.record(0, {PolicyDefined{"days", 1, policy({reviewed})}});
    for (ProductId id = 1; id <= 2; ++id) {
        ProductRegistered product;
        product.texts.set(ProductField::name, "Shop");
        ThreatIdentified threat;
        threat.threat_id = 1;
        threat.texts.set(ThreatField::name, "Spoofing");
        threat.scoring.severity = Severity::high;
        log.record(id, {product, threat, PolicyAssigned{id == 1 ? "counts" : "days", true},
                        ProductReviewed{"As it is"}});
    }
    log.record(0, {PolicyDefined{"counts", 2,
                                 policy({scored, {.kind = RuleKind::min_threats, .limit = 2}})}});
    log.record(0, {PolicyDefined{"days", 2, policy({reviewed, open})}});
    log.record(0, {PolicyDefined{"later", 1, policy({scored})}});
    return log.text();
}

BOOST_FIXTURE_TEST_CASE(the_same_bytes_from_both, Site) {
    struct Case {
        std::string query;
        std::vector<std::string> arguments;
    };
    const std::vector<Case> cases{
        {"", {}},
        {"?as_of=" + today(), {"--as-of", today()}},
        {"?as_of=2026-03-31", {"--as-of", "2026-03-31"}},
        {"?as_of=2025-12-01T09:02:23.369581Z", {"--as-of", "2025-12-01T09:02:23.369581Z"}},
        {"?at_position=75", {"--at-position", "75"}},
        {"?as_of=2026-01-20&fail_on_critical=true&min_mitigation_ratio=0.25&min_threats=3",
         {"--as-of", "2026-01-20", "--fail-on-critical", "--min-mitigation-ratio", "0.25",
          "--min-threats", "3"}},
    };
    for (const ReportForm& form : report_forms()) {
        for (const Case& one : cases) {
            const std::string bytes = of_server(form, one.query);
            for (const std::vector<std::string>& source :
                 {std::vector<std::string>{"--data", server.data().string()},
                  std::vector<std::string>{"--events", sample}}) {
                BOOST_TEST((of_tool(form, source, one.arguments) == bytes), form.word << one.query);
            }
        }
    }
}

// Archives contain local times, which must not depend on the machine's time zone.
BOOST_AUTO_TEST_CASE(reports_do_not_depend_on_the_time_zone) {
    for (const ReportForm& form : report_forms()) {
        std::vector<std::string> bytes;
        for (const char* zone : {"UTC", "Asia/Kathmandu", "America/St_Johns"}) {
            ChildOptions options;
            options.arguments = {replay_binary(), "--events", sample,     "report",
                                 "--product",     "1",        "--format", std::string(form.word)};
            options.environment = {{"TZ", zone}};
            bytes.push_back(run_program(options).out);
            BOOST_TEST(!bytes.back().empty());
            BOOST_TEST((bytes.back() == bytes.front()), form.word << " in " << zone);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_file_is_written_and_a_wrong_question_is_refused) {
    const TempDirectory directory;
    const std::string file = (directory / "report.md").string();
    const std::vector<std::string> about{"--events", sample, "report", "--product"};
    const auto ask = [&](std::vector<std::string> more) {
        more.insert(more.begin(), about.begin(), about.end());
        return run_replay(more);
    };
    BOOST_TEST(ask({"1", "-o", file}).exit_code == 0);
    BOOST_TEST(std::filesystem::file_size(file) == ask({"1"}).out.size());
    BOOST_TEST(ask({"2"}).exit_code == 2);
    BOOST_TEST(ask({"1", "--format", "table"}).exit_code == 2);
    BOOST_TEST(ask({"1", "--as-of", "2020-01-01"}).exit_code == 2);
    BOOST_TEST(ask({"1", "--as-of", "2999-01-01"}).exit_code == 2);
    BOOST_TEST(ask({"1", "--at-position", "4711"}).exit_code == 2);
    BOOST_TEST(ask({"1", "--min-mitigation-ratio", "2"}).exit_code == 2);
}

BOOST_AUTO_TEST_CASE(policies_give_the_same_bytes_from_both) {
    const TempDirectory directory;
    const std::string log = (directory / "log.ndjson").string();
    std::ofstream(log) << log_with_policies();
    const Site site(log);
    struct Case {
        std::string query;
        std::vector<std::string> arguments;
    };
    const std::vector<Case> cases{
        {"", {}},
        {"?as_of=" + today(), {"--as-of", today()}},
        {"?as_of=2026-01-06", {"--as-of", "2026-01-06"}},
        {"?as_of=2026-03-31", {"--as-of", "2026-03-31"}},
        {"?at_position=10", {"--at-position", "10"}},
        {"?policy=later&min_threats=5", {"--policy", "later", "--min-threats", "5"}},
    };
    for (const std::string product : {"1", "2"}) {
        for (const Case& one : cases) {
            const auto answer = site.server.ask(
                "GET", fmt::format("/api/products/{}/download/model.json{}", product, one.query));
            std::vector<std::string> arguments{"--events", log,        "report", "--product",
                                               product,    "--format", "json"};
            arguments.insert(arguments.end(), one.arguments.begin(), one.arguments.end());
            const auto replayed = run_replay(arguments);
            BOOST_TEST(answer.status == 200, answer.body);
            BOOST_TEST(replayed.exit_code == 0, replayed.err);
            BOOST_TEST(answer.body == replayed.out, product << one.query);
        }
    }
    // Of the second product, the day counts as well, and the other version of the policy.
    const auto model = [&](const std::string& target) {
        return nlohmann::json::parse(site.server.ask("GET", target).body);
    };
    const auto counts = model("/api/products/1/download/model.json");
    BOOST_TEST(counts["verdict"]["policy"]["version"] == 2);
    BOOST_TEST(counts["as_of"].get<std::string>().starts_with("2026-01-05T08:"));
    BOOST_TEST(counts["as_of"] > counts["recorded_at"]);
    BOOST_TEST(
        model(
            "/api/products/1/download/model.json?at_position=10")["verdict"]["policy"]["version"] ==
        1);
    const auto days = model("/api/products/2/download/model.json");
    BOOST_TEST(days["as_of"] == today() + "T00:00:00.000000Z");
    BOOST_TEST(days["verdict"]["conditions"].size() == 2U);
    BOOST_TEST(days["verdict"]["pass"] == false);
}

BOOST_AUTO_TEST_SUITE_END()
