#include "projections/query/views.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "projections/query/verdict_views.hpp"

BOOST_AUTO_TEST_SUITE(views_test)

using namespace threatatlas;
using namespace threatatlas::base;
using namespace threatatlas::events;
using namespace threatatlas::projections;
using namespace threatatlas::query;

namespace {

template <class Write>
std::string written(const Write& write) {
    std::string out;
    JsonWriter json(out);
    write(json);
    return out;
}

Instant instant(std::string_view text) {
    return parse_instant(text).value();
}

// The product in the seed's example.
ProductAt payments_api() {
    ProductAt product;
    product.id = 1;
    product.texts.set(ProductField::name, "Payments API");
    product.posture.total_threats = 24;
    product.posture.by_severity = {0, 3, 8, 13};
    product.posture.mitigated_threats = 19;
    product.posture.total_mitigations = 21;
    product.posture.active_mitigations = 19;
    product.posture.unmitigated = {0, 3, 7, 9};
    product.version = 61;
    product.position = 1234;
    product.created_at = instant("2026-01-02T03:04:05Z");
    product.recorded_at = instant("2026-11-23T15:12:39.659623Z");
    return product;
}

constexpr std::string_view payments_summary =
    R"({"total_threats":24,"by_severity":{"critical":0,"high":3,"medium":8,"low":13,"unscored":0},)"
    R"("mitigated_threats":19,"mitigation_ratio":0.79,"total_mitigations":21,)"
    R"("active_mitigations":19,"unmitigated_high":3})";

ThreatView bare_threat() {
    ThreatView view;
    view.id = 7;
    view.threat.texts.set(ThreatField::name, "Replay");
    view.threat.created_at = instant("2026-01-02T03:04:05Z");
    view.threat.updated_at = instant("2026-01-02T03:04:05.000001Z");
    return view;
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_answer_of_the_gate_equals_the_example_of_the_contract) {
    Thresholds thresholds;
    thresholds.fail_on_unmitigated_high = true;
    thresholds.min_mitigation_ratio = parse_ratio("0.7");
    const ProductAt product = payments_api();
    const std::string body = written([&](JsonWriter& json) {
        write_security_status(json, product, judge(product.posture, thresholds),
                              instant("2026-11-23T16:00:00Z"));
    });
    BOOST_TEST(
        body ==
        R"({"product_id":1,"product_name":"Payments API","summary":)" +
            std::string(payments_summary) +
            R"(,"pass":false,"failures":["3 high/critical threat(s) have no active mitigation"],)"
            R"("conditions":[{"rule":"fail_on_unmitigated_high","limit":0,"actual":3,"pass":false},)"
            R"({"rule":"min_mitigation_ratio","limit":0.7,"actual":0.7916666666666666,"pass":true}],)"
            R"("thresholds":{"fail_on_critical":false,"fail_on_unmitigated_high":true,)"
            R"("min_mitigation_ratio":0.7},)"
            R"("position":1234,"recorded_at":"2026-11-23T15:12:39.659623Z",)"
            R"("generated_at":"2026-11-23T16:00:00.000000Z"})");
}

BOOST_AUTO_TEST_CASE(a_gate_without_thresholds_passes_with_empty_lists) {
    const auto document = nlohmann::json::parse(written([](JsonWriter& json) {
        write_security_status(json, payments_api(), Verdict{}, Instant{});
    }));
    BOOST_TEST(document["pass"].get<bool>());
    BOOST_TEST(document["failures"].dump() == "[]");
    BOOST_TEST(document["conditions"].dump() == "[]");
    BOOST_TEST(document["thresholds"].dump() ==
               R"({"fail_on_critical":false,"fail_on_unmitigated_high":false,)"
               R"("min_mitigation_ratio":null})");
}

BOOST_AUTO_TEST_CASE(a_summary_without_threats_has_the_ratio_one) {
    BOOST_TEST(
        written([](JsonWriter& json) { write_summary(json, Posture{}); }) ==
        R"({"total_threats":0,"by_severity":{"critical":0,"high":0,"medium":0,"low":0,"unscored":0},)"
        R"("mitigated_threats":0,"mitigation_ratio":1.00,"total_mitigations":0,)"
        R"("active_mitigations":0,"unmitigated_high":0})");
}

BOOST_AUTO_TEST_CASE(a_posture_is_the_summary_with_its_place_in_the_log) {
    BOOST_TEST(written([](JsonWriter& json) { write_posture(json, payments_api()); }) ==
               R"({"product_id":1,"product_name":"Payments API","summary":)" +
                   std::string(payments_summary) +
                   R"(,"position":1234,"recorded_at":"2026-11-23T15:12:39.659623Z"})");
}

BOOST_AUTO_TEST_CASE(a_threat_with_only_a_name_shows_nulls) {
    BOOST_TEST(written([](JsonWriter& json) { write_threat(json, 1, bare_threat()); }) ==
               R"({"id":7,"product_id":1,"name":"Replay","description":null,"category":null,)"
               R"("diagram":null,"element_id":null,"element_name":null,"severity":null,)"
               R"("likelihood":null,"impact":null,"risk_score":null,"status":"identified",)"
               R"("covered":false,"covered_by":[],"comments":null,"external_id":null,)"
               R"("created_at":"2026-01-02T03:04:05.000000Z",)"
               R"("updated_at":"2026-01-02T03:04:05.000001Z"})");
}

BOOST_AUTO_TEST_CASE(a_threat_shows_every_field_in_order) {
    ThreatView view = bare_threat();
    view.threat.texts = ThreatTexts{{"n", "d", "c", "Checkout", "node-7", "Login", "co", "X-1"}};
    view.threat.scoring = {Severity::high, std::uint8_t{3}, std::uint8_t{5}};
    view.threat.status = ThreatStatus::in_progress;
    view.covered_by = {2, 9};
    BOOST_TEST(written([&](JsonWriter& json) { write_threat(json, 12, view); }) ==
               R"({"id":7,"product_id":12,"name":"n","description":"d","category":"c",)"
               R"("diagram":"Checkout","element_id":"node-7","element_name":"Login",)"
               R"("severity":"high","likelihood":3,"impact":5,"risk_score":15,)"
               R"("status":"in_progress","covered":true,"covered_by":[2,9],"comments":"co",)"
               R"("external_id":"X-1","created_at":"2026-01-02T03:04:05.000000Z",)"
               R"("updated_at":"2026-01-02T03:04:05.000001Z"})");
}

BOOST_AUTO_TEST_CASE(a_severity_alone_has_no_risk_score) {
    ThreatView view = bare_threat();
    view.threat.scoring.severity = Severity::critical;
    const auto document =
        nlohmann::json::parse(written([&](JsonWriter& json) { write_threat(json, 1, view); }));
    BOOST_TEST(document["severity"].get<std::string>() == "critical");
    BOOST_TEST(document["risk_score"].is_null());
}

BOOST_AUTO_TEST_CASE(a_mitigation_shows_every_field_in_order) {
    MitigationView view;
    view.id = 4;
    view.mitigation.texts = MitigationTexts{{"WAF", "", "edge", "", "M-4"}};
    view.mitigation.scope = {{1, 3}, "Checkout", ""};
    view.mitigation.status = MitigationStatus::verified;
    view.mitigation.created_at = instant("2026-01-02T03:04:05Z");
    view.mitigation.updated_at = instant("2026-01-03T03:04:05Z");
    BOOST_TEST(written([&](JsonWriter& json) { write_mitigation(json, 2, view); }) ==
               R"({"id":4,"product_id":2,"name":"WAF","description":null,"category":"edge",)"
               R"("status":"verified","active":true,"threat_ids":[1,3],"diagram":"Checkout",)"
               R"("element_id":null,"comments":null,"external_id":"M-4",)"
               R"("created_at":"2026-01-02T03:04:05.000000Z",)"
               R"("updated_at":"2026-01-03T03:04:05.000000Z"})");

    for (const auto status : {MitigationStatus::proposed, MitigationStatus::retired}) {
        view.mitigation.status = status;
        const auto document = nlohmann::json::parse(
            written([&](JsonWriter& json) { write_mitigation(json, 2, view); }));
        BOOST_TEST(!document["active"].get<bool>());
    }
}

BOOST_AUTO_TEST_CASE(a_product_shows_its_fields_and_its_summary) {
    ProductAt product = payments_api();
    product.texts.set(ProductField::status, "production");
    product.texts.set(ProductField::confluence_url, "https://wiki.example/p");
    product.texts.set(ProductField::external_id, "git/pay");
    const std::string fields =
        R"({"id":1,"name":"Payments API","description":null,"status":"production",)"
        R"("business_area":null,"owner_name":null,"owner_email":null,"repository_url":null,)"
        R"("application_url":null,"confluence_url":"https://wiki.example/p",)"
        R"("external_id":"git/pay","version":61,)"
        R"("created_at":"2026-01-02T03:04:05.000000Z","updated_at":"2026-11-23T15:12:39.659623Z",)";
    const std::string summary = R"("summary":)" + std::string(payments_summary) + "}";
    const auto body = [&] {
        return written([&](JsonWriter& json) { write_product(json, product); });
    };
    BOOST_TEST(body() == fields + R"("archived_at":null,)" + summary);
    product.archived = true;
    BOOST_TEST(body() == fields + R"("archived_at":"2026-11-23T15:12:39.659623Z",)" + summary);
}

BOOST_AUTO_TEST_CASE(texts_are_escaped) {
    ProductAt product = payments_api();
    product.texts.set(ProductField::name, "a \"b\"\n\\ \xc3\xa4");
    const auto document =
        nlohmann::json::parse(written([&](JsonWriter& json) { write_posture(json, product); }));
    BOOST_TEST(document["product_name"].get<std::string>() == product.texts[ProductField::name]);
}

BOOST_AUTO_TEST_CASE(a_token_is_shown_without_its_secret_or_digest) {
    Token token;
    token.name = "ci-bot";
    token.role = Role::gate;
    token.prefix = "ta_abcd";
    token.sha256 = std::string(64, 'f');
    token.created_at = instant("2026-01-02T03:04:05Z");
    const auto body = [&](std::optional<Instant> last_used_at) {
        return written([&](JsonWriter& json) { write_token(json, 3, token, last_used_at); });
    };
    BOOST_TEST(body(std::nullopt) ==
               R"({"id":3,"name":"ci-bot","role":"gate","product_ids":null,"prefix":"ta_abcd",)"
               R"("created_at":"2026-01-02T03:04:05.000000Z","expires_at":null,)"
               R"("last_used_at":null})");
    token.product_ids = {1, 2};
    token.expires_at = instant("2027-01-01T00:00:00Z");
    BOOST_TEST(body(instant("2026-02-02T00:00:00Z")) ==
               R"({"id":3,"name":"ci-bot","role":"gate","product_ids":[1,2],"prefix":"ta_abcd",)"
               R"("created_at":"2026-01-02T03:04:05.000000Z",)"
               R"("expires_at":"2027-01-01T00:00:00.000000Z",)"
               R"("last_used_at":"2026-02-02T00:00:00.000000Z"})");
}

BOOST_AUTO_TEST_CASE(a_timeline_is_a_list_of_points) {
    BOOST_TEST(written([](JsonWriter& json) { write_timeline(json, {}); }) == "[]");
    const ProductAt product = payments_api();
    const std::vector<TimelinePoint> points{
        {instant("2026-11-23T15:12:39.659623Z"), 1234, product.posture},
        {instant("2026-11-24T00:00:00Z"), 1234, product.posture}};
    BOOST_TEST(written([&](JsonWriter& json) { write_timeline(json, points); }) ==
               R"([{"at":"2026-11-23T15:12:39.659623Z","position":1234,"summary":)" +
                   std::string(payments_summary) +
                   R"(},{"at":"2026-11-24T00:00:00.000000Z","position":1234,"summary":)" +
                   std::string(payments_summary) + "}]");
}

BOOST_AUTO_TEST_SUITE_END()
