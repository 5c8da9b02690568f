#include "events/event_rules.hpp"

#include <boost/test/unit_test.hpp>

#include "events/limits.hpp"
#include "support/random_event.hpp"

BOOST_AUTO_TEST_SUITE(event_rules_test)

using namespace threatatlas;
using namespace threatatlas::base;
using namespace threatatlas::events;
using namespace threatatlas::testing;

namespace {

Event event_of(EventData data) {
    Event event;
    event.position = 1;
    event.time = Instant{std::chrono::seconds{1}};
    event.id = "017f22e2-79b0-7cc3-98c4-dc0c0c07398f";
    event.actor = "system";
    event.data = std::move(data);
    event.product_id = is_of_product(event.type()) ? 1 : 0;
    return event;
}

std::string fault_in(const Event& event) {
    return fault_of(event).value_or("");
}

// The fault found after `change` is applied to valid event data.
template <class Data, class Change>
std::string fault_in(Data data, const Change& change) {
    BOOST_TEST(fault_in(event_of(data)) == "", "before the change");
    change(data);
    return fault_in(event_of(data));
}

ThreatIdentified threat() {
    return {1, {{"T"}}, {}, ThreatStatus::identified};
}

MitigationProposed mitigation() {
    return {1, {{"M"}}, MitigationStatus::proposed, {}};
}

TokenIssued token() {
    return {1, "ci", Role::gate, std::nullopt, std::nullopt, "ta_x", std::string(64, 'a')};
}

std::vector<std::uint64_t> ids_up_to(std::uint64_t last) {
    std::vector<std::uint64_t> ids;
    for (std::uint64_t id = 1; id <= last; ++id) {
        ids.push_back(id);
    }
    return ids;
}

}  // namespace

BOOST_AUTO_TEST_CASE(random_events_are_valid) {
    Random random(test_seed());
    for (int i = 0; i < 2'000; ++i) {
        BOOST_REQUIRE_EQUAL(fault_in(random_event(random)), "");
    }
}

BOOST_AUTO_TEST_CASE(the_envelope) {
    const auto fault_after = [](const auto& change) {
        Event event = event_of(ThreatRemoved{1});
        change(event);
        return fault_in(event);
    };
    BOOST_TEST(fault_after([](Event&) {}) == "");
    BOOST_TEST(fault_after([](Event& event) { event.position = 0; }) == "position is not from 1");
    BOOST_TEST(fault_after([](Event& event) { event.time = Instant{}; }) ==
               "time is not after 1970-01-01T00:00:00Z");
    BOOST_TEST(fault_after([](Event& event) { event.id.clear(); }) == "id is not a version 7 UUID");
    BOOST_TEST(fault_after([](Event& event) { event.actor.clear(); }) == "actor is missing");
    BOOST_TEST(fault_after([](Event& event) { event.actor = "a\r#1"; }) ==
               "actor has the control character U+000D, character 2 of the text");
    BOOST_TEST(fault_after([](Event& event) { event.reason = std::string(1'000, 'x'); }) == "");
    BOOST_TEST(fault_after([](Event& event) { event.reason = std::string(1'001, 'x'); }) ==
               "reason is longer than 1000 characters");
    BOOST_TEST(fault_after([](Event& event) { event.on_behalf_of = std::string(201, 'x'); }) ==
               "onbehalfof is longer than 200 characters");
    const std::string key_fault = "idempotencykey is not made of 1 to 255 visible ASCII characters";
    BOOST_TEST(fault_after([](Event& event) { event.idempotency_key = std::string(255, '~'); }) ==
               "");
    for (const std::string& key :
         {std::string(256, 'x'), std::string("a b"), std::string("é"), std::string("\x7f")}) {
        BOOST_TEST(fault_after([&](Event& event) { event.idempotency_key = key; }) == key_fault);
    }
}

BOOST_AUTO_TEST_CASE(the_source_must_match_the_type) {
    Event event = event_of(ThreatRemoved{1});
    event.product_id = 0;
    BOOST_TEST(fault_in(event) == "source does not belong to this type of event");
    event = event_of(TokenRevoked{1});
    event.product_id = 1;
    BOOST_TEST(fault_in(event) == "source does not belong to this type of event");
    event = event_of(ProductArchived{});
    event.product_id = events::limits::id_max + 1;
    BOOST_TEST(fault_in(event) == "source is not from 1 to 9007199254740991");
}

BOOST_AUTO_TEST_CASE(ids_are_limited_to_exact_json_integers) {
    BOOST_TEST(fault_in(event_of(ThreatRemoved{events::limits::id_max})) == "");
    BOOST_TEST(fault_in(event_of(ThreatRemoved{0})) ==
               "threat_id is not from 1 to 9007199254740991");
    BOOST_TEST(fault_in(event_of(MitigationRemoved{events::limits::id_max + 1})) ==
               "mitigation_id is not from 1 to 9007199254740991");
    BOOST_TEST(fault_in(event_of(TokenRevoked{0})) == "token_id is not from 1 to 9007199254740991");
}

BOOST_AUTO_TEST_CASE(texts) {
    BOOST_TEST(fault_in(threat(), [](auto& data) { data.texts.set(ThreatField::name, ""); }) ==
               "name is missing");
    BOOST_TEST(fault_in(threat(), [](auto& data) {
                   data.texts.set(ThreatField::name, std::string(501, 'x'));
               }) == "name is longer than 500 characters");
    BOOST_TEST(fault_in(threat(), [](auto& data) {
                   data.texts.set(ThreatField::description, std::string(10'000, 'x'));
               }) == "");
    BOOST_TEST(fault_in(threat(), [](auto& data) {
                   data.texts.set(ThreatField::comments, std::string(10'001, 'x'));
               }) == "comments is longer than 10000 characters");
    BOOST_TEST(fault_in(threat(), [](auto& data) {
                   data.texts.set(ThreatField::category, "a\x01");
               }) == "category has the control character U+0001, character 2 of the text");
    BOOST_TEST(fault_in(mitigation(), [](auto& data) { data.scope.diagram = "a\x7f"; }) ==
               "diagram has the control character U+007F, character 2 of the text");
    BOOST_TEST(fault_in(mitigation(), [](auto& data) {
                   data.scope.element_id = std::string(501, 'x');
               }) == "element_id is longer than 500 characters");
    BOOST_TEST(fault_in(ThreatDescribed{1, {}}, [](auto& data) {
                   data.changes.set(ThreatField::name, "");
               }) == "name is missing");
    BOOST_TEST(fault_in(ProductRegistered{{{"P"}}}, [](auto& data) {
                   data.texts.set(ProductField::status, "retired");
               }) == "unknown status \"retired\"");
    BOOST_TEST(fault_in(ProductDescribed{},
                        [](auto& data) { data.changes.set(ProductField::status, ""); }) == "");
}

BOOST_AUTO_TEST_CASE(scores_are_pairs_and_determine_the_severity) {
    const auto scored = [](std::optional<Severity> severity, std::optional<std::uint8_t> likelihood,
                           std::optional<std::uint8_t> impact) {
        return fault_in(event_of(ThreatScored{1, {severity, likelihood, impact}}));
    };
    BOOST_TEST(scored(std::nullopt, std::nullopt, std::nullopt) == "");
    BOOST_TEST(scored(Severity::low, std::nullopt, std::nullopt) == "");
    BOOST_TEST(scored(Severity::high, 4, 4) == "");
    const std::string together = "likelihood and impact are given together or not at all";
    BOOST_TEST(scored(Severity::high, 4, std::nullopt) == together);
    BOOST_TEST(scored(std::nullopt, std::nullopt, 4) == together);
    const std::string follows = "severity does not follow from likelihood and impact";
    BOOST_TEST(scored(Severity::critical, 4, 4) == follows);
    BOOST_TEST(scored(std::nullopt, 4, 4) == follows);
}

BOOST_AUTO_TEST_CASE(a_mitigation_names_at_most_1000_threats) {
    BOOST_TEST(
        fault_in(mitigation(), [](auto& data) { data.scope.threat_ids = ids_up_to(1'000); }) == "");
    BOOST_TEST(fault_in(mitigation(), [](auto& data) {
                   data.scope.threat_ids = ids_up_to(1'001);
               }) == "threat_ids has more than 1000 ids");
}

BOOST_AUTO_TEST_CASE(a_token) {
    BOOST_TEST(fault_in(token(), [](auto& data) { data.name.clear(); }) ==
               "name or prefix is missing");
    BOOST_TEST(fault_in(token(), [](auto& data) { data.prefix.clear(); }) ==
               "name or prefix is missing");
    BOOST_TEST(fault_in(token(), [](auto& data) { data.sha256[0] = 'A'; }) ==
               "sha256 is not 64 lower-case hexadecimal digits");
    BOOST_TEST(fault_in(token(), [](auto& data) { data.sha256.pop_back(); }) ==
               "sha256 is not 64 lower-case hexadecimal digits");
    BOOST_TEST(fault_in(token(), [](auto& data) { data.product_ids.emplace(); }) ==
               "product_ids is empty");
    BOOST_TEST(fault_in(token(), [](auto& data) { data.product_ids = ids_up_to(1'001); }) ==
               "product_ids has more than 1000 ids");
    BOOST_TEST(fault_in(token(), [](auto& data) { data.name = std::string(501, 'x'); }) ==
               "name is longer than 500 characters");
}

BOOST_AUTO_TEST_SUITE_END()
