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
    model.product.posture.unmitigated = {0, 1, 1, 0};
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
    model.product.posture.unmitigated = {0, 0, 1, 0};
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

std::string written(Instant from, const std::optional<ProductModel>& before, Instant to,
                    const ProductModel& after) {
    std::string out;
    JsonWriter writer(out);
    write_diff(writer, from, before, to, after);
    return out;
}
std::string written(const std::optional<ProductModel>& before, const ProductModel& after) {
    return written(instant("2026-03-01T00:00:00Z"), before, instant("2026-03-31T00:00:00Z"), after);
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
            if (key == "created_at" || key == "updated_at" || key == "acceptance_ids") {
                continue;
            }
            if (value != old->second[key]) {
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

std::map<std::uint64_t, json> shown_acceptances(Instant at,
                                                const std::optional<ProductModel>& model) {
    std::map<std::uint64_t, json> all;
    if (model) {
        for (const auto& [id, acceptance] : model->acceptances) {
            std::string out;
            JsonWriter writer(out);
            write_acceptance(writer, model->product.id,
                             view_of(id, acceptance, at, model->has_threat_of(acceptance)));
            all[id] = json::parse(out);
        }
    }
    return all;
}

// The expected member about acceptances: null if nothing differs.
json wanted_acceptances(const std::map<std::uint64_t, json>& before,
                        const std::map<std::uint64_t, json>& after) {
    json wanted = {{"added", json::array()}, {"changed", json::array()}};
    for (const auto& [id, object] : after) {
        const auto old = before.find(id);
        if (old == before.end()) {
            wanted["added"].push_back(object);
            continue;
        }
        json fields = json::object();
        for (const auto& [key, value] : object.items()) {
            if (value != old->second[key]) {
                fields[key] = {{"from", old->second[key]}, {"to", value}};
            }
        }
        if (!fields.empty()) {
            wanted["changed"].push_back({{"id", id}, {"fields", fields}});
        }
    }
    return wanted["added"].empty() && wanted["changed"].empty() ? json() : wanted;
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

BOOST_AUTO_TEST_CASE(the_policy_and_the_last_review_of_a_product_are_compared) {
    ProductModel before = first_model();
    before.product.policy = {"web-baseline", false};
    ProductModel after = before;
    after.product.policy.enforced = true;
    after.product.reviewed_at = instant("2026-03-30T00:00:00Z");
    BOOST_TEST(json::parse(written(before, after))["product"]["changed"].dump() ==
               R"({"policy":{"from":{"enforced":false,"name":"web-baseline"},)"
               R"("to":{"enforced":true,"name":"web-baseline"}},)"
               R"("reviewed_at":{"from":null,"to":"2026-03-30T00:00:00.000000Z"}})");
    BOOST_TEST(
        json::parse(written(after, first_model()))["product"]["changed"]["policy"]["to"].is_null());
    BOOST_TEST(field_names(changes_between(before, after).product) == "reviewed_at policy");
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

// Acceptance 1 of threat 1, requested before the first moment of a diff, until its last day.
ProductModel accepting_model() {
    ProductModel model = first_model();
    Acceptance acceptance;
    acceptance.threat_ids = {1};
    acceptance.requested_severities = {Severity::high};
    acceptance.texts.set(AcceptanceField::justification, "Too costly");
    acceptance.last_day = parse_day("2026-03-20").value();
    acceptance.request = {instant("2026-02-01T00:00:00Z"), "editor#2", "", ""};
    model.acceptances[1] = acceptance;
    return model;
}

void approve(ProductModel& model) {
    Acceptance& acceptance = model.acceptances.at(1);
    acceptance.state = AcceptanceState::approved;
    acceptance.approved_severities = {Severity::high};
    acceptance.decision =
        AcceptanceStep{instant("2026-03-02T00:00:00Z"), "approver#3", "Petra", "Until spring"};
    acceptance.threats_in_force = 1;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_diff_without_changes_of_acceptances_does_not_mention_them) {
    ProductModel lasting = accepting_model();
    lasting.acceptances.at(1).last_day = parse_day("2026-12-31").value();
    BOOST_TEST(!json::parse(written(lasting, lasting)).contains("acceptances"));
    BOOST_TEST(!json::parse(written(first_model(), second_model())).contains("acceptances"));
}

BOOST_AUTO_TEST_CASE(a_new_acceptance_is_added_as_it_is_at_the_later_moment) {
    ProductModel after = accepting_model();
    approve(after);
    after.acceptances.at(1).last_day = parse_day("2026-12-31").value();
    const auto changes = json::parse(written(first_model(), after))["acceptances"];
    BOOST_TEST(changes["added"].size() == 1U);
    BOOST_TEST(changes["added"][0]["state"] == "approved");
    BOOST_TEST(changes["added"][0]["justification"] == "Too costly");
    BOOST_TEST(changes["added"][0]["decided"]["note"] == "Until spring");
    BOOST_TEST(changes["changed"].empty());
}

BOOST_AUTO_TEST_CASE(decisions_and_the_passing_of_time_change_an_acceptance) {
    ProductModel approved = accepting_model();
    approve(approved);
    const auto at = [&](std::string_view to, const ProductModel& before,
                        const ProductModel& after) {
        return json::parse(written(instant("2026-03-01T00:00:00Z"), before, instant(to),
                                   after))["acceptances"]["changed"]
            .dump();
    };
    BOOST_TEST(at("2026-03-20T23:59:59Z", accepting_model(), approved) ==
               R"([{"fields":{"approved_severities":{"from":null,"to":["high"]},)"
               R"("assurance":{"from":null,"to":"tokens"},)"
               R"("decided":{"from":null,"to":{"actor":"approver#3",)"
               R"("at":"2026-03-02T00:00:00.000000Z","note":"Until spring",)"
               R"("on_behalf_of":"Petra"}},"in_force":{"from":false,"to":true},)"
               R"("state":{"from":"requested","to":"approved"}},"id":1}])");
    BOOST_TEST(at("2026-03-21T00:00:00Z", approved, approved) ==
               R"([{"fields":{"in_force":{"from":true,"to":false},)"
               R"("state":{"from":"approved","to":"expired"}},"id":1}])");
    BOOST_TEST(at("2026-03-21T00:00:00Z", accepting_model(), accepting_model()) ==
               R"([{"fields":{"state":{"from":"requested","to":"lapsed"}},"id":1}])");
    // The threat was removed meanwhile.
    ProductModel moot = approved;
    moot.threats.erase(1);
    moot.acceptances.at(1).threats_in_force = 0;
    BOOST_TEST(at("2026-03-20T00:00:00Z", approved, moot) ==
               R"([{"fields":{"in_force":{"from":true,"to":false},)"
               R"("state":{"from":"approved","to":"moot"}},"id":1}])");
}

namespace {

struct RandomMoment {
    Instant at{};
    std::map<ProductId, ProductModel> models;
};

// The models of all products, at the start and at up to 60 moments of a random history.
std::vector<RandomMoment> random_moments(std::uint64_t seed) {
    RandomHistory history(seed);
    Random random(seed);
    MemoryTables tables;
    std::vector<RandomMoment> moments(1);
    for (auto round = test_rounds(300); round > 0; --round) {
        Instant time;
        for (const Event& event : history.next_transaction()) {
            fold(tables, event);
            time = event.time;
        }
        settle_coverage(tables);
        if (moments.size() < 60 && random.chance(10)) {
            RandomMoment& moment = moments.emplace_back();
            moment.at = time + std::chrono::hours{random.below(100)};
            for (const auto& [product, row] : tables.products()) {
                moment.models[product] = product_model_of(tables, product, moment.at).value();
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
    constexpr std::size_t kinds_wanted = 9;
    std::set<std::string> kinds_seen;
    // Few mitigations are removed: a single history may lack a kind of difference.
    for (std::uint64_t attempt = 0; attempt < 50 && kinds_seen.size() < kinds_wanted; ++attempt) {
        const auto moments = random_moments(seed + attempt);
        Random random(seed + attempt);
        for (int round = 0; round < 100 && moments.size() > 1; ++round) {
            const auto later = random.between(1, moments.size() - 1);
            const auto earlier = random.below(later);
            // The time between two events may be reached by both moments.
            const Instant to = std::max(moments[later].at, moments[earlier].at);
            for (const auto& [product, after] : moments[later].models) {
                const auto found = moments[earlier].models.find(product);
                const auto before = found == moments[earlier].models.end()
                                        ? std::nullopt
                                        : std::optional(found->second);
                const Instant from = moments[earlier].at;
                const auto document = json::parse(written(from, before, to, after));
                const json accepted = wanted_acceptances(shown_acceptances(from, before),
                                                         shown_acceptances(to, after));
                BOOST_TEST(document.value("acceptances", json()) == accepted);
                if (!accepted.is_null()) {
                    kinds_seen.insert("acceptances");
                    for (const json& change : accepted["changed"]) {
                        const bool is_decided = change["fields"].contains("decided") ||
                                                change["fields"].contains("ended");
                        kinds_seen.insert(is_decided ? "decided" : "changed in time");
                    }
                }
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
    BOOST_TEST(kinds_seen.size() ==
               kinds_wanted);  // the histories contain every kind of difference
}

BOOST_AUTO_TEST_SUITE_END()
