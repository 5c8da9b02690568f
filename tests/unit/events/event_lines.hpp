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
    const bool of_token =
        event.type() == EventType::token_issued || event.type() == EventType::token_revoked;
    event.product_id = of_token ? 0 : 1;
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
