#include "events/event_line.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "events/event_rules.hpp"
#include "events/limits.hpp"
#include "support/random_event.hpp"

BOOST_AUTO_TEST_SUITE(event_line_test)

using namespace threatatlas;
using namespace threatatlas::base;
using namespace threatatlas::events;
using namespace threatatlas::testing;
namespace data = boost::unit_test::data;

namespace {

constexpr std::string_view event_id = "019ab0f2-1c5b-7cc3-98c4-dc0c0c07398f";

// The parts before and after `type` in the lines below.
const std::string head = R"({"specversion":"1.0","id":"019ab0f2-1c5b-7cc3-98c4-dc0c0c07398f",)";
const std::string tail =
    R"("time":"2026-11-23T15:12:39.659623Z","position":1234,"actor":"ci-bot#3",)";

struct Golden {
    EventData data;
    std::string line;
};

Event event_of(EventData data) {
    Event event;
    event.position = 1234;
    event.time = parse_instant("2026-11-23T15:12:39.659623Z").value();
    event.id = event_id;
    event.actor = "ci-bot#3";
    event.data = std::move(data);
    const bool of_token =
        event.type() == EventType::token_issued || event.type() == EventType::token_revoked;
    event.product_id = of_token ? 0 : 1;
    return event;
}

std::string product_line(std::string_view type, std::string_view subject, std::string_view data) {
    return head + R"("source":"/api/products/1","type":"threatatlas.)" + std::string(type) +
           R"(.v1","subject":")" + std::string(subject) + "\"," + tail + R"("data":)" +
           std::string(data) + "}";
}

std::string token_line(std::string_view type, std::string_view subject, std::string_view data) {
    return head + R"("source":"/api/api-tokens","type":"threatatlas.)" + std::string(type) +
           R"(.v1","subject":")" + std::string(subject) + "\"," + tail + R"("data":)" +
           std::string(data) + "}";
}

ProductTexts all_product_texts() {
    ProductTexts texts;
    texts = {{"Payments API", "Takes cards", "production", "Retail", "Ada", "ada@example.org",
              "https://git.example.org/pay", "https://pay.example.org",
              "https://wiki.example.org/pay", "git/pay"}};
    return texts;
}

ThreatTexts all_threat_texts() {
    ThreatTexts texts;
    texts = {{"SQL injection in login form", "Line one\nline two\t\"quoted\" \\ / é 漢 😀",
              "Tampering", "Checkout", "node-7", "Login", "seen in review", "JIRA-1"}};
    return texts;
}

MitigationTexts all_mitigation_texts() {
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

const std::string sha256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

// Lines of every event type, with all optional members and with none.
// The digest of the name is the beginning of the SHA-256 of "Spoofing".
ModelImported imported_model() {
    ModelImported imported{"web", "threat-dragon", sha256, {}, {}};
    ThreatDigests digests;
    digests[ImportedThreatField::name] = field_digest("Spoofing");
    imported.threats = {{7, digests}, {9, std::nullopt}};
    imported.mitigations = {{2, MitigationDigests()}};
    return imported;
}

const std::vector<Golden>& golden_lines() {
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
                     parse_instant("2027-01-01T00:00:00Z"),
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
        {ProductDescribed{changes_of<ProductChanges>({{9, ""}})},
         product_line("product.described", "product", R"({"external_id":null})")}};
    return lines;
}

std::string line_of(const Event& event) {
    std::string line;
    append_line(line, event);
    return line;
}

std::string replaced(std::string text, std::string_view what, std::string_view with) {
    const auto at = text.find(what);
    BOOST_REQUIRE_MESSAGE(at != std::string::npos, "the line has no " << what);
    return text.replace(at, what.size(), with);
}

// The reader's error for a line; empty if it is accepted.
std::string refusal_of(std::string_view line) {
    LineReader reader;
    try {
        static_cast<void>(reader.read(line));
        return {};
    } catch (const BadLine& refusal) {
        return refusal.what();
    }
}

const std::string& full_threat_line() {
    return golden_lines()[4].line;
}

void check_refused(std::string_view line) {
    BOOST_TEST(!refusal_of(line).empty(), "took " << line);
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_kind_of_event_has_the_line_that_is_written_here) {
    LineReader reader;
    std::array<bool, std::variant_size_v<EventData>> seen{};
    for (const auto& golden : golden_lines()) {
        const Event event = event_of(golden.data);
        BOOST_TEST(line_of(event) == golden.line);
        BOOST_CHECK_MESSAGE(reader.read(golden.line) == event, golden.line);
        BOOST_CHECK_MESSAGE(reader.read_stored(golden.line) == event, golden.line);
        seen[golden.data.index()] = true;
    }
    for (std::size_t i = 0; i < seen.size(); ++i) {
        BOOST_TEST(seen[i], "no line of type " << name_of(static_cast<EventType>(i)));
    }
}

BOOST_AUTO_TEST_CASE(a_malformed_import_is_refused) {
    const std::string line = line_of(event_of(imported_model()));
    const std::string digests = "\"digests\":\"" + std::string(8, 'A');
    check_refused(replaced(line, digests, "\"digests\":\"" + std::string(4, 'A')));
    check_refused(replaced(line, digests, "\"digests\":\"!!!!AAAA"));
    check_refused(replaced(line, R"("threat_id":9)", R"("threat_id":7)"));
    check_refused(replaced(line, R"("threat_id":9)", R"("threat_id":6)"));
    check_refused(replaced(line, R"("threat_id":7)", R"("threat_id":0)"));
    check_refused(replaced(line, R"("threat_id":7)", R"("id":7)"));
    check_refused(replaced(line, R"("mitigation_id":2)", R"("mitigation_id":9007199254740992)"));
    check_refused(replaced(line, R"("digests":null)", R"("digests":null,"more":1)"));
    check_refused(replaced(line, R"("source":"web")", R"("source":" ")"));
    check_refused(replaced(line, R"("source":"web",)", ""));
    check_refused(replaced(line, R"("format":"threat-dragon",)", ""));
    check_refused(replaced(line, sha256, sha256.substr(1)));
    ModelImported large = imported_model();
    large.threats.clear();
    large.mitigations.clear();
    for (ThreatId id = 1; id <= limits::seen_objects_max; ++id) {
        large.threats.push_back({limits::id_max - limits::seen_objects_max + id, ThreatDigests()});
    }
    BOOST_TEST(refusal_of(line_of(event_of(large))) == "");
    large.mitigations.push_back({1, MitigationDigests()});
    check_refused(line_of(event_of(large)));
}

// A whole part fits into a line, whatever the request adds to it.
BOOST_AUTO_TEST_CASE(the_longest_import_fits_into_a_line) {
    ModelImported longest = imported_model();
    longest.source = std::string(limits::source_points_max, '"');
    longest.threats.clear();
    longest.mitigations.clear();
    for (ThreatId id = 1; id <= limits::seen_objects_max; ++id) {
        longest.threats.push_back(
            {limits::id_max - limits::seen_objects_max + id, ThreatDigests()});
    }
    Event event = event_of(longest);
    const auto longest_text = [](std::size_t points) {
        std::string text;
        for (; points > 0; --points) {
            text += "\u2028";  // six bytes in a line
        }
        return text;
    };
    event.actor = longest_text(limits::name_points_max) + "#9007199254740991";
    event.reason = longest_text(limits::reason_points_max);
    event.on_behalf_of = longest_text(limits::on_behalf_of_points_max);
    event.idempotency_key = std::string(limits::idempotency_key_chars_max, '"');
    BOOST_TEST(line_of(event).size() <= limits::line_bytes_max);
    BOOST_TEST(refusal_of(line_of(event)) == "");
}

BOOST_AUTO_TEST_CASE(what_a_writer_adds_stands_behind_the_actor) {
    Event event = event_of(ThreatRemoved{7});
    event.reason = "found \"twice\"";
    event.on_behalf_of = "Grace";
    event.idempotency_key = "k-1";
    event.occurred_at = parse_instant("2026-11-20T00:00:00Z");
    const std::string line =
        head +
        R"("source":"/api/products/1","type":"threatatlas.threat.removed.v1",)"
        R"("subject":"threats/7",)" +
        tail +
        R"("reason":"found \"twice\"","onbehalfof":"Grace","idempotencykey":"k-1",)"
        R"("data":{"threat_id":7,"occurred_at":"2026-11-20T00:00:00.000000Z"}})";
    BOOST_TEST(line_of(event) == line);
    LineReader reader;
    BOOST_CHECK(reader.read(line) == event);
    BOOST_CHECK(reader.read_stored(line) == event);
}

BOOST_AUTO_TEST_CASE(random_events_come_back_from_their_lines_as_they_were) {
    Random random(test_seed());
    LineReader reader;
    Event again;  // reused, so that each event is read into the previous one's memory
    for (auto round = test_rounds(3'000); round > 0; --round) {
        const Event event = random_event(random);
        const std::string line = line_of(event);
        const bool fits = line.size() <= events::limits::line_bytes_max;
        BOOST_REQUIRE_EQUAL(refusal_of(line).empty(), fits);
        const Event stored = reader.read_stored(line);
        BOOST_REQUIRE_MESSAGE(stored == event, line);
        BOOST_REQUIRE_EQUAL(line_of(stored), line);
        reader.read_stored(line, again);
        BOOST_REQUIRE_MESSAGE(again == event, line);
        const std::string behind = line + std::string(line_bytes_behind, '"');
        reader.read_stored(std::string_view(behind).substr(0, line.size()), again,
                           line_bytes_behind);
        BOOST_REQUIRE_MESSAGE(again == event, line);
        BOOST_REQUIRE_EQUAL(line.find('\n'), std::string::npos);
    }
}

// A corrupted line is either refused or a valid line of another event; it is never read as
// something that it does not encode.
BOOST_AUTO_TEST_CASE(a_changed_byte_is_never_misread) {
    Random random(test_seed());
    LineReader reader;
    std::uint64_t taken = 0;
    for (auto round = test_rounds(20'000); round > 0; --round) {
        std::string line = random.pick(golden_lines()).line;
        for (auto changes = random.between(1, 3); changes > 0; --changes) {
            const auto at = random.below(line.size());
            switch (random.below(3)) {
                case 0:
                    line[at] = static_cast<char>(random.below(256));
                    break;
                case 1:
                    line.erase(at, 1);
                    break;
                default:
                    line.insert(at, 1, line[random.below(line.size())]);
            }
        }
        try {
            static_cast<void>(reader.read_stored(line));
        } catch (const BadLine&) {
        }
        try {
            const Event event = reader.read(line);
            BOOST_REQUIRE_EQUAL(line_of(event), line);
            BOOST_REQUIRE(!fault_of(event));
            ++taken;
        } catch (const BadLine&) {
        }
    }
    BOOST_TEST(taken > 0U);
}

BOOST_AUTO_TEST_CASE(every_line_that_was_cut_short_is_refused) {
    LineReader reader;
    for (const auto& golden : golden_lines()) {
        for (std::size_t length = 0; length < golden.line.size(); ++length) {
            const auto cut = std::string_view(golden.line).substr(0, length);
            BOOST_CHECK_THROW(static_cast<void>(reader.read(cut)), BadLine);
            BOOST_CHECK_THROW(static_cast<void>(reader.read_stored(cut)), BadLine);
        }
    }
}

BOOST_AUTO_TEST_CASE(unknown_members_are_refused) {
    const auto& line = full_threat_line();
    check_refused(replaced(line, R"("actor")", R"("extra":1,"actor")"));
    check_refused(replaced(line, R"("threat_id":7)", R"("threat_id":7,"extra":1)"));
    check_refused(replaced(line, R"("threat_id":7)", R"("mitigation_id":7)"));
    check_refused(replaced(line, R"("category")", R"("owner_name")"));
    check_refused(product_line("product.archived", "product", R"({"name":"A"})"));
    check_refused(product_line("threat.removed", "threats/7", R"({"threat_id":7,"status":"low"})"));
    BOOST_TEST(refusal_of(replaced(line, R"("actor")", R"("extra":1,"actor")")) ==
               "unknown member \"extra\"");
    BOOST_TEST(refusal_of(replaced(line, R"("category")", R"("owner_name")")) ==
               "unknown member \"owner_name\" in data");
}

BOOST_AUTO_TEST_CASE(a_type_of_a_newer_version_is_named) {
    const auto refusal = refusal_of(replaced(full_threat_line(), "identified.v1", "identified.v2"));
    BOOST_TEST(refusal.find("threatatlas.threat.identified.v2") != std::string::npos, refusal);
    BOOST_TEST(refusal.find("newer version") != std::string::npos, refusal);
}

BOOST_AUTO_TEST_CASE(missing_members_are_refused) {
    for (const std::string_view member :
         {R"("specversion":"1.0",)", R"("id":"019ab0f2-1c5b-7cc3-98c4-dc0c0c07398f",)",
          R"("source":"/api/products/1",)", R"("type":"threatatlas.threat.identified.v1",)",
          R"("subject":"threats/7",)", R"("time":"2026-11-23T15:12:39.659623Z",)",
          R"("position":1234,)", R"("actor":"ci-bot#3",)", R"("threat_id":7,)",
          R"("name":"SQL injection in login form",)", R"("status":"in_progress",)",
          R"("likelihood":4,)", R"("severity":"high",)"}) {
        check_refused(replaced(full_threat_line(), member, ""));
    }
    check_refused(product_line("threat.removed", "threats/0", "{}"));
    check_refused(replaced(golden_lines()[8].line, R"(,"severity":null)", ""));
    check_refused("{}");
}

BOOST_AUTO_TEST_CASE(another_order_of_members_is_refused) {
    const auto& line = full_threat_line();
    check_refused(replaced(line, R"("position":1234,"actor":"ci-bot#3")",
                           R"("actor":"ci-bot#3","position":1234)"));
    check_refused(replaced(line, R"("likelihood":4,"impact":3)", R"("impact":3,"likelihood":4)"));
    check_refused(replaced(line, R"("threat_id":7,"name":"SQL injection in login form")",
                           R"("name":"SQL injection in login form","threat_id":7)"));
}

BOOST_AUTO_TEST_CASE(a_member_twice_is_refused) {
    const auto& line = full_threat_line();
    check_refused(replaced(line, R"("impact":3)", R"("impact":3,"impact":3)"));
    check_refused(replaced(line, R"("position":1234)", R"("position":1234,"position":1234)"));
}

BOOST_AUTO_TEST_CASE(spaces_around_the_members_are_refused) {
    const auto& line = full_threat_line();
    check_refused(" " + line);
    check_refused(line + " ");
    check_refused(line + "\n");
    check_refused(line + "{}");
    check_refused(line + std::string(1, '\0'));
    check_refused(replaced(line, R"("position":)", R"("position": )"));
    check_refused(replaced(line, R"(,"position")", R"(, "position")"));
    check_refused("\xEF\xBB\xBF" + line);
}

BOOST_AUTO_TEST_CASE(texts_are_escaped_as_they_must_be_and_no_further) {
    const auto& line = full_threat_line();
    // Escapes that are not needed.
    check_refused(replaced(line, "Tampering", R"(\u0054ampering)"));
    check_refused(replaced(line, " / é", R"( \/ é)"));
    check_refused(replaced(line, "é", R"(\u00e9)"));
    check_refused(replaced(line, "😀", R"(\ud83d\ude00)"));
    check_refused(replaced(line, R"(\n)", R"(\u000a)"));
    check_refused(replaced(line, R"("category")", R"("\u0063ategory")"));
    // Missing escapes.
    check_refused(replaced(line, R"(\n)", "\n"));
    check_refused(replaced(line, R"(\t)", "\t"));
    check_refused(replaced(line, R"(\")", "\""));
    // Characters that no text may contain.
    check_refused(replaced(line, R"(\t)", R"(\r)"));
    check_refused(replaced(line, R"(\t)", R"(\u0000)"));
    check_refused(replaced(line, R"(\t)", R"(\ud800)"));
    check_refused(replaced(line, "é", "\xC3"));
    check_refused(replaced(line, "é", "\xFF"));
    check_refused(replaced(line, "é", "\xC0\x80"));
    check_refused(replaced(line, "é", "\xED\xA0\x80"));
    check_refused(replaced(line, "é", "\xC2\x85"));
    check_refused(replaced(line, "é", "\x7F"));
}

// Some programs split lines at U+2028 and U+2029, so new lines escape them. Lines of earlier
// versions contain them unescaped and remain valid.
BOOST_AUTO_TEST_CASE(line_separators_are_escaped_and_were_not_always) {
    Event event = event_of(ThreatIdentified{});
    auto& threat = std::get<ThreatIdentified>(event.data);
    threat.threat_id = 7;
    threat.texts.set(ThreatField::name, "a\u2028b\u2029c \\u2028");
    event.reason = "\u2029";
    const std::string line = line_of(event);
    BOOST_TEST(line.find(R"("reason":"\u2029",)") != std::string::npos, line);
    BOOST_TEST(line.find(R"("name":"a\u2028b\u2029c \\u2028",)") != std::string::npos, line);
    const std::string earlier =
        replaced(replaced(replaced(line, R"("\u2029")", "\"\u2029\""), R"(a\u2028)", "a\u2028"),
                 R"(b\u2029)", "b\u2029");
    BOOST_TEST(earlier != line);
    LineReader reader;
    for (const std::string& form : {line, earlier}) {
        BOOST_CHECK(reader.read(form) == event);
        BOOST_CHECK(reader.read_stored(form) == event);
    }
    // No version mixed the two forms in one line, or treated an escaped backslash before "u2028" as
    // such an escape.
    check_refused(replaced(line, R"("\u2029")", "\"\u2029\""));
    check_refused(replaced(line, R"(c \\u2028)", "c \\\u2028"));
    check_refused(replaced(earlier, "\u2028", "\u2028\u2028").substr(1));
    check_refused(earlier + " ");
    check_refused(earlier.substr(0, earlier.size() - 1));
}

BOOST_AUTO_TEST_CASE(a_bad_character_is_named_with_its_place) {
    const auto& line = full_threat_line();
    BOOST_TEST(refusal_of(std::string(1, '\0') + line) ==
               "not an event line: it has the control character U+0000 (NUL) at byte 1");
    BOOST_TEST(refusal_of(replaced(line, "Tampering", R"(T\u0007)")) ==
               "category has the control character U+0007, character 2 of the text");
}

BOOST_AUTO_TEST_CASE(values_of_another_kind_are_refused) {
    const auto& line = full_threat_line();
    for (const std::string_view value :
         {R"("1234")", "-1234", "1234.0", "1.234e3", "01234", "+1234", "null", "true", "[1234]",
          "0", "18446744073709551616"}) {
        check_refused(replaced(line, R"("position":1234)", "\"position\":" + std::string(value)));
    }
    check_refused(replaced(line, R"("threat_id":7)", R"("threat_id":"7")"));
    check_refused(replaced(line, R"("category":"Tampering")", R"("category":7)"));
    check_refused(replaced(line, R"("category":"Tampering")", R"("category":null)"));
    check_refused(replaced(line, R"("category":"Tampering")", R"("category":"")"));
    check_refused(replaced(line, R"("category":"Tampering")", R"("category":{})"));
    check_refused(replaced(line, R"("severity":"high")", R"("severity":null)"));
    check_refused(replaced(line, R"("severity":"high")", R"("severity":3)"));
    check_refused(replaced(line, R"("1.0")", "1.0"));
    check_refused(product_line("threat.removed", "threats/7", "[]"));
    check_refused(product_line("threat.removed", "threats/7", "null"));
    check_refused("[" + line + "]");
    check_refused("null");
}

BOOST_AUTO_TEST_CASE(values_out_of_range_are_refused) {
    const auto& line = full_threat_line();
    check_refused(replaced(line, R"("likelihood":4)", R"("likelihood":6)"));
    check_refused(replaced(line, R"("likelihood":4)", R"("likelihood":0)"));
    check_refused(replaced(line, R"("likelihood":4)", R"("likelihood":256)"));
    check_refused(replaced(line, R"("severity":"high")", R"("severity":"extreme")"));
    check_refused(replaced(line, R"("severity":"high")", R"("severity":"High")"));
    check_refused(replaced(line, R"("status":"in_progress")", R"("status":"retired")"));
    check_refused(replaced(line, R"("1.0")", R"("1.1")"));
    check_refused(replaced(line, "2026-11-23T15:12:39.659623Z", "2026-11-31T15:12:39.659623Z"));
    check_refused(replaced(line, "2026-11-23T15:12:39.659623Z", "2026-11-23T15:12:39.659Z"));
    check_refused(
        replaced(line, "2026-11-23T15:12:39.659623Z", "2026-11-23T15:12:39.659623+00:00"));
    check_refused(replaced(line, event_id, "019ab0f2-1c5b-4cc3-98c4-dc0c0c07398f"));
    check_refused(replaced(line, R"("subject":"threats/7")", R"("subject":"threats/8")"));
    for (const std::string_view source :
         {"/api/products/0", "/api/products/01", "/api/products/", "/api/products/1/",
          "/api/products", "/api/products/-1", "/api/products/18446744073709551616",
          "/api/api-tokens", ""}) {
        check_refused(replaced(line, "/api/products/1", source));
    }
    const auto& mitigation = golden_lines()[12].line;
    check_refused(replaced(mitigation, "[1,7,20]", "[7,1,20]"));
    check_refused(replaced(mitigation, "[1,7,20]", "[1,7,7]"));
    check_refused(replaced(mitigation, "[1,7,20]", "[]"));
    check_refused(replaced(mitigation, "[1,7,20]", "[0,7]"));
    check_refused(replaced(mitigation, "[1,7,20]", "[1,7.0]"));
}

BOOST_AUTO_TEST_CASE(a_line_has_at_most_65535_bytes) {
    // With four bytes per character, two long texts exceed a line.
    Event event = event_of(ThreatIdentified{7, {{"T"}}, {}, ThreatStatus::identified});
    auto& texts = std::get<ThreatIdentified>(event.data).texts;
    const auto add = [&](ThreatField field, std::string_view more) {
        texts.set(field, std::string(texts[field]) + std::string(more));
    };
    for (std::size_t i = 0; i < events::limits::description_points_max; ++i) {
        add(ThreatField::description, "😀");
    }
    add(ThreatField::comments, "x");
    while (line_of(event).size() + 4 <= events::limits::line_bytes_max) {
        add(ThreatField::comments, "😀");
    }
    while (line_of(event).size() < events::limits::line_bytes_max) {
        add(ThreatField::comments, "x");
    }
    BOOST_TEST(refusal_of(line_of(event)) == "");
    add(ThreatField::comments, "x");
    BOOST_TEST(refusal_of(line_of(event)) == "longer than 65535 bytes");
}

BOOST_AUTO_TEST_CASE(a_reader_can_be_used_again_after_a_refusal_and_after_it_was_moved) {
    LineReader first;
    const auto& golden = golden_lines()[4];
    BOOST_CHECK_THROW(static_cast<void>(first.read("{")), BadLine);
    BOOST_CHECK(first.read(golden.line) == event_of(golden.data));
    LineReader second = std::move(first);
    BOOST_CHECK(second.read(golden.line) == event_of(golden.data));
}

BOOST_AUTO_TEST_SUITE_END()
