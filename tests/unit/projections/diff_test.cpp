#include "projections/query/diff.hpp"

#include <set>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "projections/fold.hpp"
#include "projections/query/views.hpp"
#include "support/random_history.hpp"

BOOST_AUTO_TEST_SUITE(diff_test)

using namespace threatatlas;
using namespace threatatlas::base;
using namespace threatatlas::events;
using namespace threatatlas::projections;
using namespace threatatlas::query;
using namespace threatatlas::testing;
using nlohmann::json;

namespace {

Instant instant(std::string_view text) {
    return parse_instant(text).value();
}

// A small model, written by hand.
ProductModel first_model() {
    ProductModel model;
    model.product.id = 1;
    model.product.texts.set(ProductField::name, "Payments");
    model.product.position = 10;
    model.product.posture.total_threats = 2;
    model.product.posture.by_severity = {0, 1, 0, 0};
    model.product.posture.unscored = 1;
    model.product.posture.unmitigated_high = 1;
    model.product.posture.total_mitigations = 1;
    Threat threat;
    threat.texts.set(ThreatField::name, "Spoofing");
    threat.scoring.severity = Severity::high;
    model.threats[1] = threat;
    threat.texts.set(ThreatField::name, "Tampering");
    threat.scoring = {};
    model.threats[2] = threat;
    Mitigation mitigation;
    mitigation.texts.set(MitigationField::name, "TLS");
    mitigation.scope.threat_ids = {1};
    model.mitigations[1] = mitigation;
    return model;
}

// The mitigation became active, one threat was scored and described, one removed, one added.
ProductModel second_model() {
    ProductModel model = first_model();
    model.product.texts.set(ProductField::name, "Payments API");
    model.product.texts.set(ProductField::status, "production");
    model.product.texts.set(ProductField::external_id, "git/pay");
    model.product.position = 20;
    model.product.posture.total_threats = 2;
    model.product.posture.by_severity = {1, 0, 0, 0};
    model.product.posture.unmitigated_high = 0;
    model.product.posture.active_mitigations = 1;
    model.threats[1].scoring = {Severity::critical, std::uint8_t{5}, std::uint8_t{4}};
    model.threats[1].texts.set(ThreatField::comments, "seen in the wild");
    model.threats[1].updated_at = instant("2026-03-31T00:00:00Z");
    model.threats.erase(2);
    model.threats[3].texts.set(ThreatField::name, "Repudiation");
    model.mitigations[1].status = MitigationStatus::implemented;
    model.active.add(1, model.mitigations[1].scope);
    return model;
}

std::string written(const std::optional<ProductModel>& before, const ProductModel& after) {
    std::string out;
    JsonWriter writer(out);
    write_diff(writer, instant("2026-03-01T00:00:00Z"), before, instant("2026-03-31T00:00:00Z"),
               after);
    return out;
}

std::string field_names(const std::vector<FieldChange>& changes) {
    std::string names;
    for (const FieldChange& change : changes) {
        names += std::string(names.empty() ? "" : " ") + std::string(change.field);
    }
    return names;
}

json shown(const ProductModel& model, ThreatId id) {
    std::string out;
    JsonWriter writer(out);
    write_threat(writer, model.product.id, model.view(id));
    return json::parse(out);
}
json shown_mitigation(const ProductModel& model, MitigationId id) {
    std::string out;
    JsonWriter writer(out);
    write_mitigation(writer, model.product.id, {id, model.mitigations.at(id)});
    return json::parse(out);
}

// The expected diff for one kind of object, derived from the rendered objects.
json wanted_objects(const std::map<std::uint64_t, json>& before,
                    const std::map<std::uint64_t, json>& after) {
    json wanted = {
        {"added", json::array()}, {"removed", json::array()}, {"changed", json::array()}};
    for (const auto& [id, object] : before) {
        if (!after.contains(id)) {
            wanted["removed"].push_back(object);
        }
    }
    for (const auto& [id, object] : after) {
        const auto old = before.find(id);
        if (old == before.end()) {
            wanted["added"].push_back(object);
            continue;
        }
        json fields = json::object();
        for (const auto& [key, value] : object.items()) {
            if (value != old->second[key] && key != "created_at" && key != "updated_at") {
                fields[key] = {{"from", old->second[key]}, {"to", value}};
            }
        }
        if (!fields.empty()) {
            wanted["changed"].push_back({{"id", id}, {"name", object["name"]}, {"fields", fields}});
        }
    }
    return wanted;
}

std::map<std::uint64_t, json> shown_threats(const std::optional<ProductModel>& model) {
    std::map<std::uint64_t, json> all;
    if (model) {
        for (const auto& [id, threat] : model->threats) {
            all[id] = shown(*model, id);
        }
    }
    return all;
}
std::map<std::uint64_t, json> shown_mitigations(const std::optional<ProductModel>& model) {
    std::map<std::uint64_t, json> all;
    if (model) {
        for (const auto& [id, mitigation] : model->mitigations) {
            all[id] = shown_mitigation(*model, id);
        }
    }
    return all;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_diff_in_every_byte) {
    BOOST_TEST(
        written(first_model(), second_model()) ==
        R"({"product_id":1,)"
        R"("from":{"at":"2026-03-01T00:00:00.000000Z","position":10,"summary":{"total_threats":2,)"
        R"("by_severity":{"critical":0,"high":1,"medium":0,"low":0,"unscored":1},)"
        R"("mitigated_threats":0,"mitigation_ratio":0.00,"total_mitigations":1,)"
        R"("active_mitigations":0,"unmitigated_high":1}},)"
        R"("to":{"at":"2026-03-31T00:00:00.000000Z","position":20,"summary":{"total_threats":2,)"
        R"("by_severity":{"critical":1,"high":0,"medium":0,"low":0,"unscored":1},)"
        R"("mitigated_threats":0,"mitigation_ratio":0.00,"total_mitigations":1,)"
        R"("active_mitigations":1,"unmitigated_high":0}},)"
        R"("summary":{"total_threats":0,"by_severity":{"critical":1,"high":-1,"medium":0,"low":0,)"
        R"("unscored":0},"mitigated_threats":0,"total_mitigations":0,"active_mitigations":1,)"
        R"("unmitigated_high":-1},)"
        R"("product":{"changed":{"name":{"from":"Payments","to":"Payments API"},)"
        R"("status":{"from":null,"to":"production"},)"
        R"("external_id":{"from":null,"to":"git/pay"}}},)"
        R"("threats":{"added":[{"id":3,"product_id":1,"name":"Repudiation","description":null,)"
        R"("category":null,"diagram":null,"element_id":null,"element_name":null,"severity":null,)"
        R"("likelihood":null,"impact":null,"risk_score":null,"status":"identified",)"
        R"("covered":false,"covered_by":[],"comments":null,"external_id":null,)"
        R"("created_at":"1970-01-01T00:00:00.000000Z","updated_at":"1970-01-01T00:00:00.000000Z"}],)"
        R"("removed":[{"id":2,"product_id":1,"name":"Tampering","description":null,)"
        R"("category":null,"diagram":null,"element_id":null,"element_name":null,"severity":null,)"
        R"("likelihood":null,"impact":null,"risk_score":null,"status":"identified",)"
        R"("covered":false,"covered_by":[],"comments":null,"external_id":null,)"
        R"("created_at":"1970-01-01T00:00:00.000000Z","updated_at":"1970-01-01T00:00:00.000000Z"}],)"
        R"("changed":[{"id":1,"name":"Spoofing","fields":{)"
        R"("severity":{"from":"high","to":"critical"},"likelihood":{"from":null,"to":5},)"
        R"("impact":{"from":null,"to":4},"risk_score":{"from":null,"to":20},)"
        R"("covered":{"from":false,"to":true},"covered_by":{"from":[],"to":[1]},)"
        R"("comments":{"from":null,"to":"seen in the wild"}}}]},)"
        R"("mitigations":{"added":[],"removed":[],"changed":[{"id":1,"name":"TLS","fields":{)"
        R"("status":{"from":"proposed","to":"implemented"},"active":{"from":false,"to":true}}}]}})");
}

BOOST_AUTO_TEST_CASE(no_change_gives_empty_lists) {
    ProductModel later = first_model();
    later.product.position = 11;
    later.threats[1].updated_at = instant("2026-03-31T00:00:00Z");
    later.mitigations[1].updated_at = instant("2026-03-31T00:00:00Z");
    const auto document = json::parse(written(first_model(), later));
    BOOST_TEST(document["product"].dump() == R"({"changed":{}})");
    BOOST_TEST(document["threats"].dump() == R"({"added":[],"changed":[],"removed":[]})");
    BOOST_TEST(document["mitigations"].dump() == R"({"added":[],"changed":[],"removed":[]})");
    for (const auto& [key, value] : document["summary"].items()) {
        BOOST_TEST((key == "by_severity" || value == 0), key);
    }
}

BOOST_AUTO_TEST_CASE(a_diff_from_before_the_product_lists_everything) {
    const auto document = json::parse(written(std::nullopt, first_model()));
    BOOST_TEST(document["from"].dump() ==
               R"({"at":"2026-03-01T00:00:00.000000Z","position":null,"summary":null})");
    BOOST_TEST(document["summary"]["total_threats"] == 2);
    BOOST_TEST(document["summary"]["by_severity"]["unscored"] == 1);
    BOOST_TEST(document["product"]["changed"].dump() ==
               R"({"name":{"from":null,"to":"Payments"}})");
    BOOST_TEST(document["threats"]["added"].size() == 2U);
    BOOST_TEST(document["threats"]["removed"].empty());
    BOOST_TEST(document["mitigations"]["added"].size() == 1U);
}

BOOST_AUTO_TEST_CASE(every_field_of_a_mitigation_is_compared) {
    const ProductModel before = first_model();
    ProductModel after = before;
    after.mitigations[1].texts = MitigationTexts{{"mTLS", "d", "c", "co", "X"}};
    after.mitigations[1].scope = {{1, 2}, "D", "e"};
    after.mitigations[1].status = MitigationStatus::verified;
    const auto changes = changes_between(before, after);
    BOOST_REQUIRE(changes.mitigations.changed.size() == 1);
    BOOST_TEST(changes.mitigations.changed[0].name == "mTLS");
    BOOST_TEST(field_names(changes.mitigations.changed[0].fields) ==
               "name description category status active threat_ids diagram element_id comments "
               "external_id");
    BOOST_TEST(changes.mitigations.changed[0].fields[5].from == "[1]");
    BOOST_TEST(changes.mitigations.changed[0].fields[5].to == "[1,2]");
}

namespace {

// The models of all products, at the start and at up to 60 moments of a random history.
std::vector<std::map<ProductId, ProductModel>> random_moments(std::uint64_t seed) {
    RandomHistory history(seed);
    Random random(seed);
    MemoryTables tables;
    std::vector<std::map<ProductId, ProductModel>> moments(1);
    for (auto round = test_rounds(300); round > 0; --round) {
        for (const Event& event : history.next_transaction()) {
            fold(tables, event);
        }
        settle_coverage(tables);
        if (moments.size() < 60 && random.chance(10)) {
            auto& models = moments.emplace_back();
            for (const auto& [product, row] : tables.products()) {
                models[product] = product_model_of(tables, product, Instant::max()).value();
            }
        }
    }
    return moments;
}

}  // namespace

// Between any two moments of random histories, the diff contains exactly the differences between
// the rendered objects.
BOOST_AUTO_TEST_CASE(a_diff_names_the_fields_that_differ) {
    const std::uint64_t seed = test_seed();
    std::set<std::string> kinds_seen;
    // Few mitigations are removed: a single history may lack a kind of difference.
    for (std::uint64_t attempt = 0; attempt < 50 && kinds_seen.size() < 6; ++attempt) {
        const auto moments = random_moments(seed + attempt);
        Random random(seed + attempt);
        for (int round = 0; round < 100 && moments.size() > 1; ++round) {
            const auto later = random.between(1, moments.size() - 1);
            const auto earlier = random.below(later);
            for (const auto& [product, after] : moments[later]) {
                const auto found = moments[earlier].find(product);
                const auto before =
                    found == moments[earlier].end() ? std::nullopt : std::optional(found->second);
                const auto document = json::parse(written(before, after));
                const std::pair<const char*, json> wanted[]{
                    {"threats", wanted_objects(shown_threats(before), shown_threats(after))},
                    {"mitigations",
                     wanted_objects(shown_mitigations(before), shown_mitigations(after))}};
                for (const auto& [kind, objects] : wanted) {
                    BOOST_TEST(document[kind] == objects);
                    for (const auto& [list, members] : objects.items()) {
                        if (!members.empty()) {
                            kinds_seen.insert(std::string(kind) + " " + list);
                        }
                    }
                }
            }
        }
    }
    BOOST_TEST(kinds_seen.size() == 6U);  // the histories contain every kind of difference
}

BOOST_AUTO_TEST_SUITE_END()
