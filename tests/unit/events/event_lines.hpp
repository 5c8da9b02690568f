#pragma once

/// @file
/// Events and the lines that they have, and checks of what a reader refuses.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "base/instant.hpp"
#include "events/event_line.hpp"

namespace threatatlas::events::testing {

inline constexpr std::string_view event_id = "019ab0f2-1c5b-7cc3-98c4-dc0c0c07398f";

// The parts before and after `type` and `subject` in a line.
inline const std::string head =
    R"({"specversion":"1.0","id":"019ab0f2-1c5b-7cc3-98c4-dc0c0c07398f",)";
inline const std::string tail =
    R"("time":"2026-11-23T15:12:39.659623Z","position":1234,"actor":"ci-bot#3",)";

struct Golden {
    EventData data;
    std::string line;
};

inline Event event_of(EventData data) {
    Event event;
    event.position = 1234;
    event.time = base::parse_instant("2026-11-23T15:12:39.659623Z").value();
    event.id = event_id;
    event.actor = "ci-bot#3";
    event.data = std::move(data);
    event.product_id = is_of_product(event.type()) ? 1 : 0;
    return event;
}

inline std::string product_line(std::string_view type, std::string_view subject,
                                std::string_view data) {
    return head + R"("source":"/api/products/1","type":"threatatlas.)" + std::string(type) +
           R"(.v1","subject":")" + std::string(subject) + "\"," + tail + R"("data":)" +
           std::string(data) + "}";
}

inline std::string token_line(std::string_view type, std::string_view subject,
                              std::string_view data) {
    return head + R"("source":"/api/api-tokens","type":"threatatlas.)" + std::string(type) +
           R"(.v1","subject":")" + std::string(subject) + "\"," + tail + R"("data":)" +
           std::string(data) + "}";
}

inline std::string policy_line(std::string_view type, std::string_view name,
                               std::string_view data) {
    return head + R"("source":"/api/policies","type":"threatatlas.policy.)" + std::string(type) +
           R"(.v1","subject":"policies/)" + std::string(name) + "\"," + tail + R"("data":)" +
           std::string(data) + "}";
}

inline ProductTexts all_product_texts() {
    ProductTexts texts;
    texts = {{"Payments API", "Takes cards", "production", "Retail", "Ada", "ada@example.org",
              "https://git.example.org/pay", "https://pay.example.org",
              "https://wiki.example.org/pay", "git/pay"}};
    return texts;
}

inline ThreatTexts all_threat_texts() {
    ThreatTexts texts;
    texts = {{"SQL injection in login form", "Line one\nline two\t\"quoted\" \\ / é 漢 😀",
              "Tampering", "Checkout", "node-7", "Login", "seen in review", "JIRA-1"}};
    return texts;
}

inline MitigationTexts all_mitigation_texts() {
    MitigationTexts texts;
    texts = {{"Prepared statements", "Everywhere", "Input", "done twice", "JIRA-2"}};
    return texts;
}

template <class Changes>
Changes changes_of(std::initializer_list<std::pair<std::size_t, std::string>> given) {
    Changes changes;
    for (const auto& [field, text] : given) {
        changes.set_at(field, text);
    }
    return changes;
}

inline const std::string sha256 =
    "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

// The digest of the name is the beginning of the SHA-256 of "Spoofing".
inline ModelImported imported_model() {
    ModelImported imported{"web", "threat-dragon", sha256, {}, {}};
    ThreatDigests digests;
    digests[ImportedThreatField::name] = field_digest("Spoofing");
    imported.threats = {{7, digests}, {9, std::nullopt}};
    imported.mitigations = {{2, MitigationDigests()}};
    return imported;
}

inline GateChecked full_check() {
    GateChecked check;
    check.check_id = 4;
    check.pass = false;
    check.question = {.fail_on_critical = true,
                      .fail_on_unmitigated_high = true,
                      .min_mitigation_ratio = parse_ratio("0.7"),
                      .fail_on_unscored = true,
                      .min_threats = 3,
                      .ignores_acceptances = true,
                      .policy = "web"};
    check.conditions = {{"fail_on_critical", "0", "2", false, 1, {}, {}, {}, {}, {}},
                        {"max_open_days",
                         "30",
                         "41",
                         false,
                         0,
                         "web",
                         Severity::high,
                         RuleMode::warn,
                         base::parse_day("2027-01-31"),
                         {7, 20}}};
    check.policies = {{"web", 3, true}, {"team", 1, false}};
    check.product_version = 12;
    check.product_position = 40;
    check.subject = {"shop 4.2", {{"gitCommit", "00ff"}, {"sha256", "ab"}}};
    check.ref = "refs/tags/v4.2";
    check.pipeline_url = "https://ci.example.com/7";
    return check;
}

inline const std::string full_check_data =
    R"({"check_id":4,"pass":false,"question":{"fail_on_critical":true,)"
    R"("fail_on_unmitigated_high":true,"min_mitigation_ratio":0.7,"fail_on_unscored":true,)"
    R"("min_threats":3,"acceptances":"ignore","policy":"web"},"conditions":[)"
    R"({"rule":"fail_on_critical","limit":0,"actual":2,"pass":false,"accepted":1},)"
    R"({"rule":"max_open_days","limit":30,"actual":41,"pass":false,"policy":"web",)"
    R"("severity":"high","mode":"warn","fails_from":"2027-01-31","threat_ids":[7,20]}],)"
    R"("policies":[{"name":"web","version":3,"enforced":true},)"
    R"({"name":"team","version":1,"enforced":false}],"product_version":12,)"
    R"("product_position":40,"subject":{"name":"shop 4.2","digest":{"gitCommit":"00ff",)"
    R"("sha256":"ab"}},"ref":"refs/tags/v4.2","pipeline_url":"https://ci.example.com/7"})";

// A policy with all optional members and every kind of rule.
inline Policy full_policy() {
    using enum RuleKind;
    return {{{"Web baseline", "For what faces the internet"}},
            {{.kind = max_threats, .severity = Severity::critical, .limit = 0},
             {.kind = max_unmitigated, .severity = Severity::high, .limit = 1'000'000'000},
             {.kind = min_mitigation_ratio, .ratio = {12'345'678'901'234'567}},
             {.kind = min_mitigation_ratio, .ratio = {Ratio::one}, .mode = RuleMode::warn},
             {.kind = max_unscored, .limit = 2},
             {.kind = min_threats, .limit = 3},
             {.kind = max_open_days, .severity = Severity::low, .limit = 36'500},
             {.kind = max_accepted, .limit = 5, .mode = RuleMode::warn},
             {.kind = max_days_since_review, .limit = 180}},
            true,
            90,
            base::parse_day("2027-01-31")};
}

inline const std::string full_policy_data =
    R"({"policy":"web-baseline","version":7,"title":"Web baseline",)"
    R"("description":"For what faces the internet","rules":[)"
    R"({"rule":"max_threats","severity":"critical","limit":0,"mode":"fail"},)"
    R"({"rule":"max_unmitigated","severity":"high","limit":1000000000,"mode":"fail"},)"
    R"({"rule":"min_mitigation_ratio","limit":0.12345678901234567,"mode":"fail"},)"
    R"({"rule":"min_mitigation_ratio","limit":1,"mode":"warn"},)"
    R"({"rule":"max_unscored","limit":2,"mode":"fail"},)"
    R"({"rule":"min_threats","limit":3,"mode":"fail"},)"
    R"({"rule":"max_open_days","severity":"low","limit":36500,"mode":"fail"},)"
    R"({"rule":"max_accepted","limit":5,"mode":"warn"},)"
    R"({"rule":"max_days_since_review","limit":180,"mode":"fail"}],)"
    R"("acceptances":{"honoured":true,"max_days":90},"effective_from":"2027-01-31"})";

// Lines of every event type, with all optional members and with none.
inline const std::vector<Golden>& golden_lines() {
    static const std::vector<Golden> lines{
        {ProductRegistered{all_product_texts()},
         product_line("product.registered", "product",
                      R"({"name":"Payments API","description":"Takes cards","status":"production",)"
                      R"("business_area":"Retail","owner_name":"Ada",)"
                      R"("owner_email":"ada@example.org",)"
                      R"("repository_url":"https://git.example.org/pay",)"
                      R"("application_url":"https://pay.example.org",)"
                      R"("confluence_url":"https://wiki.example.org/pay",)"
                      R"("external_id":"git/pay"})")},
        {ProductRegistered{{{"A"}}},
         product_line("product.registered", "product", R"({"name":"A"})")},
        {ProductDescribed{changes_of<ProductChanges>({{0, "B"}, {1, ""}, {2, "design"}})},
         product_line("product.described", "product",
                      R"({"name":"B","description":null,"status":"design"})")},
        {ProductArchived{}, product_line("product.archived", "product", "{}")},
        {ThreatIdentified{7,
                          all_threat_texts(),
                          {Severity::high, std::uint8_t{4}, std::uint8_t{3}},
                          ThreatStatus::in_progress},
         product_line(
             "threat.identified", "threats/7",
             R"({"threat_id":7,"name":"SQL injection in login form",)"
             R"("description":"Line one\nline two\t\"quoted\" \\ / é 漢 😀",)"
             R"("category":"Tampering","diagram":"Checkout","element_id":"node-7",)"
             R"("element_name":"Login","severity":"high","likelihood":4,"impact":3,)"
             R"("status":"in_progress","comments":"seen in review","external_id":"JIRA-1"})")},
        {ThreatIdentified{1'000'000'000, {{"T"}}, {}, ThreatStatus::identified},
         product_line("threat.identified", "threats/1000000000",
                      R"({"threat_id":1000000000,"name":"T","status":"identified"})")},
        {ThreatScored{7, {Severity::critical, std::uint8_t{5}, std::uint8_t{4}}},
         product_line("threat.scored", "threats/7",
                      R"({"threat_id":7,"severity":"critical","likelihood":5,"impact":4})")},
        {ThreatScored{7, {Severity::low, std::nullopt, std::nullopt}},
         product_line("threat.scored", "threats/7", R"({"threat_id":7,"severity":"low"})")},
        {ThreatScored{7, {}},
         product_line("threat.scored", "threats/7", R"({"threat_id":7,"severity":null})")},
        {ThreatStatusChanged{7, ThreatStatus::not_applicable, ThreatStatus::accepted},
         product_line("threat.status_changed", "threats/7",
                      R"({"threat_id":7,"status":"not_applicable","from":"accepted"})")},
        {ThreatDescribed{7, changes_of<ThreatChanges>({{0, "N"},
                                                       {1, ""},
                                                       {2, "C"},
                                                       {3, ""},
                                                       {4, "node-8"},
                                                       {5, ""},
                                                       {6, "c"},
                                                       {7, ""}})},
         product_line("threat.described", "threats/7",
                      R"({"threat_id":7,"name":"N","description":null,"category":"C",)"
                      R"("diagram":null,"element_id":"node-8","element_name":null,)"
                      R"("comments":"c","external_id":null})")},
        {ThreatRemoved{7}, product_line("threat.removed", "threats/7", R"({"threat_id":7})")},
        {MitigationProposed{2,
                            all_mitigation_texts(),
                            MitigationStatus::verified,
                            {{1, 7, 20}, "Checkout", "node-7"}},
         product_line("mitigation.proposed", "mitigations/2",
                      R"({"mitigation_id":2,"name":"Prepared statements",)"
                      R"("description":"Everywhere","category":"Input","status":"verified",)"
                      R"("threat_ids":[1,7,20],"diagram":"Checkout","element_id":"node-7",)"
                      R"("comments":"done twice","external_id":"JIRA-2"})")},
        {MitigationProposed{2, {{"M"}}, MitigationStatus::proposed, {}},
         product_line("mitigation.proposed", "mitigations/2",
                      R"({"mitigation_id":2,"name":"M","status":"proposed"})")},
        {MitigationStatusChanged{2, MitigationStatus::retired, MitigationStatus::implemented},
         product_line("mitigation.status_changed", "mitigations/2",
                      R"({"mitigation_id":2,"status":"retired","from":"implemented"})")},
        {MitigationLinked{2, {{7}, "", "node-7"}},
         product_line("mitigation.linked", "mitigations/2",
                      R"({"mitigation_id":2,"threat_ids":[7],"element_id":"node-7"})")},
        {MitigationLinked{2, {}},
         product_line("mitigation.linked", "mitigations/2", R"({"mitigation_id":2})")},
        {MitigationDescribed{
             2, changes_of<MitigationChanges>({{0, "N"}, {1, ""}, {2, ""}, {3, "c"}, {4, "x"}})},
         product_line("mitigation.described", "mitigations/2",
                      R"({"mitigation_id":2,"name":"N","description":null,"category":null,)"
                      R"("comments":"c","external_id":"x"})")},
        {MitigationRemoved{2},
         product_line("mitigation.removed", "mitigations/2", R"({"mitigation_id":2})")},
        {TokenIssued{3,
                     "ci-bot",
                     Role::gate,
                     {{1, 2, 40}},
                     base::parse_instant("2027-01-01T00:00:00Z"),
                     "ta_abcd",
                     sha256},
         token_line("token.issued", "tokens/3",
                    R"({"token_id":3,"name":"ci-bot","role":"gate","product_ids":[1,2,40],)"
                    R"("expires_at":"2027-01-01T00:00:00.000000Z","prefix":"ta_abcd","sha256":")" +
                        sha256 + "\"}")},
        {TokenIssued{3, "root", Role::admin, std::nullopt, std::nullopt, "ta_abcd", sha256},
         token_line("token.issued", "tokens/3",
                    R"({"token_id":3,"name":"root","role":"admin","prefix":"ta_abcd","sha256":")" +
                        sha256 + "\"}")},
        {TokenRevoked{3}, token_line("token.revoked", "tokens/3", R"({"token_id":3})")},
        {imported_model(),
         product_line("model.imported", "product",
                      R"({"source":"web","format":"threat-dragon","sha256":")" + sha256 +
                          R"(","threats":[{"threat_id":7,"digests":")" + std::string(8, 'A') +
                          "4FrXQNVl" + std::string(72, 'A') +
                          R"("},{"threat_id":9,"digests":null}],)"
                          R"("mitigations":[{"mitigation_id":2,"digests":")" +
                          std::string(64, 'A') + "\"}]}")},
        {ModelImported{"web", "otm", sha256, {}, {}},
         product_line("model.imported", "product",
                      R"({"source":"web","format":"otm","sha256":")" + sha256 + "\"}")},
        {AcceptanceRequested{3,
                             {1, 7},
                             {Severity::high, std::nullopt},
                             {{"Fixed in the next release", "Behind the VPN", "https://e.com/1"}},
                             base::parse_day("2027-01-31").value(),
                             {2},
                             1},
         product_line("acceptance.requested", "acceptances/3",
                      R"({"acceptance_id":3,"threat_ids":[1,7],"severities":["high",null],)"
                      R"("justification":"Fixed in the next release",)"
                      R"("conditions":"Behind the VPN","reference":"https://e.com/1",)"
                      R"("valid_until":"2027-01-31","while_mitigations":[2],"replaces":1})")},
        {AcceptanceRequested{1,
                             {1},
                             {Severity::low},
                             {{"J", "", ""}},
                             base::parse_day("2027-01-31").value(),
                             {},
                             0},
         product_line("acceptance.requested", "acceptances/1",
                      R"({"acceptance_id":1,"threat_ids":[1],"severities":["low"],)"
                      R"("justification":"J","valid_until":"2027-01-31"})")},
        {AcceptanceApproved{3, {Severity::high, std::nullopt}, Assurance::persons, "Agreed"},
         product_line("acceptance.approved", "acceptances/3",
                      R"({"acceptance_id":3,"severities":["high",null],"assurance":"persons",)"
                      R"("note":"Agreed"})")},
        {AcceptanceRejected{3, "No"}, product_line("acceptance.rejected", "acceptances/3",
                                                   R"({"acceptance_id":3,"note":"No"})")},
        {AcceptanceWithdrawn{3},
         product_line("acceptance.withdrawn", "acceptances/3", R"({"acceptance_id":3})")},
        {AcceptanceRevoked{3, "Exploited"},
         product_line("acceptance.revoked", "acceptances/3",
                      R"({"acceptance_id":3,"note":"Exploited"})")},
        {full_check(), product_line("gate.checked", "checks/4", full_check_data)},
        {GateChecked{.check_id = 1,
                     .pass = true,
                     .question = {},
                     .conditions = {},
                     .policies = {},
                     .product_version = 2,
                     .product_position = 9,
                     .subject = {"shop", {{"gitCommit", "00ff"}}},
                     .ref = {},
                     .pipeline_url = {}},
         product_line("gate.checked", "checks/1",
                      R"({"check_id":1,"pass":true,"question":{},"conditions":[],"policies":[],)"
                      R"("product_version":2,"product_position":9,)"
                      R"("subject":{"name":"shop","digest":{"gitCommit":"00ff"}}})")},
        {PolicyDefined{"web-baseline", 7, full_policy()},
         policy_line("defined", "web-baseline", full_policy_data)},
        {PolicyDefined{"a", 1, {{{"T"}}, {{.kind = RuleKind::min_threats}}, false}},
         policy_line("defined", "a",
                     R"({"policy":"a","version":1,"title":"T",)"
                     R"("rules":[{"rule":"min_threats","limit":0,"mode":"fail"}],)"
                     R"("acceptances":{"honoured":false}})")},
        {PolicyRemoved{"web-baseline"},
         policy_line("removed", "web-baseline", R"({"policy":"web-baseline"})")},
        {PolicyAssigned{"web-baseline", true},
         product_line("product.policy_assigned", "product",
                      R"({"policy":"web-baseline","enforced":true})")},
        {PolicyAssigned{},
         product_line("product.policy_assigned", "product", R"({"enforced":false})")},
        {ProductReviewed{"Still right"},
         product_line("product.reviewed", "product", R"({"note":"Still right"})")},
        {ProductReviewed{}, product_line("product.reviewed", "product", "{}")},
        {ProductDescribed{changes_of<ProductChanges>({{9, ""}})},
         product_line("product.described", "product", R"({"external_id":null})")}};
    return lines;
}

inline std::string line_of(const Event& event) {
    std::string line;
    append_line(line, event);
    return line;
}

inline std::string replaced(std::string text, std::string_view what, std::string_view with) {
    const auto at = text.find(what);
    BOOST_REQUIRE_MESSAGE(at != std::string::npos, "the line has no " << what);
    return text.replace(at, what.size(), with);
}

// The reader's error for a line; empty if it is accepted.
inline std::string refusal_of(std::string_view line) {
    LineReader reader;
    try {
        static_cast<void>(reader.read(line));
        return {};
    } catch (const BadLine& refusal) {
        return refusal.what();
    }
}

inline const std::string& full_threat_line() {
    return golden_lines()[4].line;
}

inline void check_refused(std::string_view line) {
    BOOST_TEST(!refusal_of(line).empty(), "took " << line);
}

}  // namespace threatatlas::events::testing
