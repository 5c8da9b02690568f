// model.json, the lossless form of a model: an import of an export gives the same model.

#include <algorithm>
#include <map>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include "import/formats.hpp"
#include "support/random.hpp"
#include "unit/import/downloads.hpp"
#include "unit/import/model_files.hpp"
#include "unit/import/plan_product.hpp"

BOOST_AUTO_TEST_SUITE(model_json_test)

using namespace threatatlas;
using namespace threatatlas::imports;
using namespace threatatlas::imports::testing;
using events::MitigationStatus;
using events::Severity;
using events::ThreatStatus;
using threatatlas::testing::Random;

namespace {

const std::vector<std::string> odd_texts{
    "plain",         " blanks  kept ",     "two\nlines\n", "<b>bold</b> &amp; <script>",
    "\"\\/\t",       "ünïcode 😀 卡",       "\uFEFFmark",   "=formula",
    "it's; \"all\"", std::string(500, 'x')};

template <class Texts>
Texts random_texts(Random& random) {
    Texts texts;
    for (std::size_t i = 0; i + 1 < Texts::size(); ++i) {
        if (i == 0 || random.chance(60)) {
            texts.set_at(i, random.pick(odd_texts));
        }
    }
    return texts;
}

events::Scoring random_scoring(Random& random) {
    if (random.chance(30)) {
        return {};
    }
    if (random.chance(40)) {
        return {static_cast<Severity>(random.below(4)), std::nullopt, std::nullopt};
    }
    const auto likelihood = static_cast<std::uint8_t>(random.between(1, 5));
    const auto impact = static_cast<std::uint8_t>(random.between(1, 5));
    return {events::severity_from(likelihood, impact), likelihood, impact};
}

// Some objects get an external_id, which is their key; that of the others has their id.
template <class Texts>
std::string give_key(Random& random, std::string_view kind, std::uint64_t id, Texts& texts) {
    if (random.chance(50)) {
        return fmt::format("{} {}", kind, id);
    }
    std::string external_id = fmt::format("file:T/{}", id);
    texts.set_at(Texts::size() - 1, external_id);
    return external_id;
}

// Imported into an empty product, the file gives the same objects with other ids.
void check_same_in_empty_product(
    const ImportedModel& model, const std::map<std::string, events::ThreatIdentified>& threats,
    const std::map<std::string, events::MitigationProposed>& mitigations) {
    PlanProduct product;
    product.apply("file", plan_import(model, {}, {"file", MissingObjects::keep}));
    BOOST_TEST(product.threats.size() == threats.size());
    BOOST_TEST(product.mitigations.size() == mitigations.size());
    const auto old_id_of = [&](ThreatId id) {
        return threats.at(model.threats.at(id - 1).key).threat_id;
    };
    for (const auto& [id, threat] : product.threats) {
        const events::ThreatIdentified& expected = threats.at(model.threats.at(id - 1).key);
        BOOST_TEST((threat.texts == expected.texts));
        BOOST_TEST((threat.scoring == expected.scoring));
        BOOST_TEST((threat.status == expected.status));
    }
    for (const auto& [id, mitigation] : product.mitigations) {
        const events::MitigationProposed& expected =
            mitigations.at(model.mitigations.at(id - 1).key);
        BOOST_TEST((mitigation.texts == expected.texts));
        BOOST_TEST((mitigation.status == expected.status));
        events::CoverageScope scope = mitigation.scope;
        std::transform(scope.threat_ids.begin(), scope.threat_ids.end(), scope.threat_ids.begin(),
                       old_id_of);
        std::sort(scope.threat_ids.begin(), scope.threat_ids.end());
        BOOST_TEST((scope == expected.scope));
    }
}

}  // namespace

BOOST_AUTO_TEST_CASE(export_and_import_give_the_same_model) {
    Random random(threatatlas::testing::test_seed());
    for (auto round = threatatlas::testing::test_rounds(50); round > 0; --round) {
        std::vector<events::EventData> changes{events::ProductRegistered{{{"Ticket shop"}}}};
        std::map<std::string, events::ThreatIdentified> threats;
        std::map<std::string, events::MitigationProposed> mitigations;
        for (std::uint64_t id = 1; id <= random.between(1, 9); ++id) {
            events::ThreatIdentified threat{id, random_texts<events::ThreatTexts>(random),
                                            random_scoring(random),
                                            static_cast<ThreatStatus>(random.below(5))};
            threats.try_emplace(give_key(random, "threat", id, threat.texts), threat);
            changes.emplace_back(threat);
        }
        for (std::uint64_t id = 1; id <= random.below(6); ++id) {
            events::MitigationProposed mitigation{id,
                                                  random_texts<events::MitigationTexts>(random),
                                                  static_cast<MitigationStatus>(random.below(4)),
                                                  {}};
            for (std::uint64_t threat = 1; threat <= threats.size(); ++threat) {
                if (random.chance(30)) {
                    mitigation.scope.threat_ids.push_back(threat);
                }
            }
            if (random.chance(50)) {
                mitigation.scope.diagram = random.pick(odd_texts);
                mitigation.scope.element_id = random.chance(70) ? random.pick(odd_texts) : "";
            }
            mitigations.try_emplace(give_key(random, "mitigation", id, mitigation.texts),
                                    mitigation);
            changes.emplace_back(mitigation);
        }
        const ImportedModel model = read_model(download_of(changes, "json"));
        BOOST_TEST(model.format == "model.json");
        BOOST_TEST(model.title == "Ticket shop");
        BOOST_TEST(model.warning_count == 0U);
        BOOST_TEST(model.keeps_external_ids);
        BOOST_REQUIRE(model.threats.size() == threats.size());
        for (const ImportedThreat& threat : model.threats) {
            const auto& expected = threats.at(threat.key);
            BOOST_TEST((threat.texts == expected.texts));
            BOOST_TEST((threat.scoring == expected.scoring));
            BOOST_TEST((threat.status == expected.status));
        }
        BOOST_REQUIRE(model.mitigations.size() == mitigations.size());
        for (const ImportedMitigation& mitigation : model.mitigations) {
            const auto& expected = mitigations.at(mitigation.key);
            BOOST_TEST((mitigation.texts == expected.texts));
            BOOST_TEST((mitigation.status == expected.status));
            BOOST_TEST(mitigation.diagram == expected.scope.diagram);
            BOOST_TEST(mitigation.element_id == expected.scope.element_id);
            std::vector<std::uint64_t> ids;
            for (const std::size_t threat : mitigation.threats) {
                for (const auto& [key, identified] : threats) {
                    if (key == model.threats.at(threat).key) {
                        ids.push_back(identified.threat_id);
                    }
                }
            }
            std::sort(ids.begin(), ids.end());
            BOOST_TEST((ids == expected.scope.threat_ids));
        }
        check_same_in_empty_product(model, threats, mitigations);
    }
}

// They are decisions of people about the product that they were made for.
BOOST_AUTO_TEST_CASE(acceptances_are_not_imported) {
    events::ThreatIdentified threat;
    threat.threat_id = 1;
    threat.texts.set(events::ThreatField::name, "Spoofing");
    events::AcceptanceRequested request;
    request.acceptance_id = 1;
    request.threat_ids = {1};
    request.severities = {std::nullopt};
    request.texts.set(events::AcceptanceField::justification, "Too costly");
    request.valid_until = *base::parse_day("2026-12-31");
    const std::vector<events::EventData> without{events::ProductRegistered{}, threat};
    std::vector<events::EventData> with = without;
    with.insert(with.end(), {request, events::AcceptanceApproved{1, {std::nullopt}, {}, {}}});
    const std::string file = download_of(with, "json");
    BOOST_TEST_REQUIRE(file.find("Too costly") != std::string::npos);
    const ImportedModel model = read_model_json(file);
    const ImportedModel same = read_model_json(download_of(without, "json"));
    BOOST_TEST(model.warnings.empty());
    BOOST_TEST(model.mitigations.empty());
    BOOST_TEST_REQUIRE(model.threats.size() == 1U);
    BOOST_TEST((model.threats[0].texts == same.threats[0].texts));
    BOOST_TEST((model.threats[0].status == same.threats[0].status));
    const ImportedModel table = read_csv(download_of(with, "csv"));
    BOOST_TEST(table.warnings.size() == read_csv(download_of(without, "csv")).warnings.size());
    BOOST_TEST(table.threats.size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_lost_link_does_not_widen_the_coverage) {
    const ImportedModel model = read_model_json(R"({"report_format": 1, "threats": [
        {"id": 1, "name": "kept", "diagram": "d", "element_id": "e"}], "mitigations": [
        {"id": 1, "name": "m", "status": "verified", "threat_ids": [2], "diagram": "d", "element_id": "e"},
        {"id": 2, "name": "n", "status": "verified", "threat_ids": [1, 3], "element_id": "e"}]})");
    BOOST_TEST(model.mitigations.at(0).threats.empty());
    BOOST_TEST(model.mitigations.at(0).element_id.empty());
    BOOST_TEST(model.mitigations.at(1).threats.size() == 1U);
    BOOST_TEST(model.mitigations.at(1).element_id == "e");
    check_equal(warnings_of(model),
                {"/mitigations/0/threat_ids: 1 of the threats that the mitigation covers is not in "
                 "the file. Its element is left out, so that it does not cover all threats there.",
                 "/mitigations/1/threat_ids: 1 of the threats that the mitigation covers is not in "
                 "the file."});
}

BOOST_AUTO_TEST_CASE(duplicated_ids_are_kept_apart) {
    const ImportedModel model = read_model_json(R"({"report_format": 1, "threats": [
        {"id": 1, "name": "a"}, {"id": 1, "name": "b"}, {"name": "c", "external_id": "threat 1"}]})");
    check_equal(keys_of(model), {"threat 1", "threat 1#2", "threat 1#3"});
}

BOOST_AUTO_TEST_CASE(values_of_other_types_are_accepted) {
    const ImportedModel model = read_model_json(R"({"report_format": {}, "product": 3, "threats": [
        1, null, [], {"id": {}, "name": [], "severity": 5, "likelihood": "x", "impact": {},
        "status": false}], "accepted_threats": 7, "mitigations": [{}, {"name": 5, "threat_ids": {}},
        "m"]})");
    BOOST_TEST(model.threats.size() == 4U);
    BOOST_TEST(model.mitigations.size() == 1U);
    BOOST_TEST(refusal(read_model_json, "[]").find("no model.json") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
