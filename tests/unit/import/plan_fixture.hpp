#pragma once

/// @file
/// Imports of small models into a product, for the tests of plans.

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "import/plan.hpp"
#include "unit/import/plan_product.hpp"

namespace threatatlas::imports::testing {

/// A product, and imports of a file into it.
struct PlanFixture {
    PlanProduct product;

    static ImportedThreat threat(std::string_view key, std::string_view name,
                                 std::string_view element_id = "",
                                 std::string_view element_name = "") {
        ImportedThreat made;
        made.key = key;
        made.texts = {{name, "", "", "", element_id, element_name}};
        return made;
    }

    static ImportedMitigation mitigation(std::string_view key, std::string_view name,
                                         std::vector<std::size_t> threats = {}) {
        ImportedMitigation made;
        made.key = key;
        made.texts = {{name}};
        made.threats = std::move(threats);
        return made;
    }

    static ImportedModel model(std::vector<ImportedThreat> threats,
                               std::vector<ImportedMitigation> mitigations = {}) {
        ImportedModel made;
        made.threats = std::move(threats);
        made.mitigations = std::move(mitigations);
        return made;
    }

    // After each import, the same file changes nothing.
    ImportPlan import(const ImportedModel& file, MissingObjects missing = MissingObjects::keep,
                      const std::string& source = "file") {
        const PlanOptions options{source, missing};
        ImportPlan plan = plan_import(file, product.current(source), options);
        product.apply(source, plan);
        const ImportPlan again = plan_import(file, product.current(source), options);
        BOOST_TEST(again.events.empty());
        BOOST_TEST(again.seen_threats.empty());
        BOOST_TEST(again.seen_mitigations.empty());
        BOOST_TEST(again.conflicts.empty());
        BOOST_TEST(again.unchanged == file.threats.size() + file.mitigations.size());
        return plan;
    }

    void add_threat(const events::ThreatTexts& texts) {
        product.apply(events::ThreatIdentified{
            product.last_threat_id + 1, texts, {}, events::ThreatStatus::identified});
    }
    void describe(ThreatId id, events::ThreatField field, std::string_view text) {
        events::ThreatDescribed event{id, {}};
        event.changes.set(field, text);
        product.apply(event);
    }
    void set_status(ThreatId id, events::ThreatStatus status) {
        product.apply(events::ThreatStatusChanged{id, status, product.threats.at(id).status});
    }

    std::string_view text(ThreatId id, events::ThreatField field) const {
        return product.threats.at(id).texts[field];
    }
    std::string_view external_id(ThreatId id) const {
        return text(id, events::ThreatField::external_id);
    }
    const std::vector<ThreatId>& links(MitigationId id) const {
        return product.mitigations.at(id).scope.threat_ids;
    }

    static constexpr events::Scoring high{events::Severity::high, std::nullopt, std::nullopt};
    static constexpr events::Scoring low{events::Severity::low, std::nullopt, std::nullopt};
    static constexpr events::Scoring medium{events::Severity::medium, std::uint8_t{3},
                                            std::uint8_t{2}};
};

inline void check_ids(const std::vector<ThreatId>& found, const std::vector<ThreatId>& expected) {
    BOOST_CHECK_EQUAL_COLLECTIONS(found.begin(), found.end(), expected.begin(), expected.end());
}

}  // namespace threatatlas::imports::testing
