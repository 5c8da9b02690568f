#pragma once

/// @file
/// A product into which the tests of plans import: the events of a plan are applied to it, and it
/// remembers what the log would.

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "base/instant.hpp"
#include "events/event_rules.hpp"
#include "import/plan.hpp"

namespace threatatlas::imports::testing {

class PlanProduct {
  public:
    std::map<ThreatId, CurrentThreat> threats;  ///< `has_source` is set by current() only
    std::map<MitigationId, CurrentMitigation> mitigations;
    ThreatId last_threat_id = 0;
    MitigationId last_mitigation_id = 0;

    /// Applies an event, which must be valid.
    void apply(const events::EventData& data) {
        events::Event event;
        event.position = 1;
        event.product_id = 1;
        event.id = "019b0000-0000-7000-8000-000000000000";
        event.actor = "editor#2";
        event.time = base::parse_instant("2026-01-05T08:00:00Z").value();
        event.data = data;
        const auto fault = events::fault_of(event);
        BOOST_TEST(!fault.has_value(), fault.value_or(""));
        std::visit([this](const auto& known) { change(known); }, data);
    }

    /// Records a plan for this source.
    void apply(const std::string& source, const ImportPlan& plan) {
        for (const events::EventData& event : plan.events) {
            apply(event);
        }
        for (const events::SeenThreat& seen : plan.seen_threats) {
            seen_threats_[source][seen.threat_id] = seen.digests;
        }
        for (const events::SeenMitigation& seen : plan.seen_mitigations) {
            seen_mitigations_[source][seen.mitigation_id] = seen.digests;
        }
    }

    /// The product as the next import of this source finds it.
    CurrentModel current(const std::string& source) const {
        CurrentModel model;
        model.last_threat_id = last_threat_id;
        model.last_mitigation_id = last_mitigation_id;
        for (const auto& [id, threat] : threats) {
            model.threats.push_back(threat);
            model.threats.back().has_source = has_source(seen_threats_, id);
        }
        for (const auto& [id, mitigation] : mitigations) {
            model.mitigations.push_back(mitigation);
            model.mitigations.back().has_source = has_source(seen_mitigations_, id);
        }
        if (const auto found = seen_threats_.find(source); found != seen_threats_.end()) {
            for (const auto& [id, digests] : found->second) {
                if (digests) {
                    model.seen_threats.push_back({id, digests});
                }
            }
        }
        if (const auto found = seen_mitigations_.find(source); found != seen_mitigations_.end()) {
            for (const auto& [id, digests] : found->second) {
                if (digests) {
                    model.seen_mitigations.push_back({id, digests});
                }
            }
        }
        return model;
    }

  private:
    template <class Digests>
    using Seen = std::map<std::string, std::map<std::uint64_t, std::optional<Digests>>>;

    template <class Digests>
    static bool has_source(const Seen<Digests>& seen, std::uint64_t id) {
        return std::any_of(seen.begin(), seen.end(),
                           [&](const auto& source) { return source.second.contains(id); });
    }

    // Only threats that exist may be named, and those that the mitigation names already.
    void require_threats(const events::CoverageScope& scope, const std::vector<ThreatId>& before) {
        for (const ThreatId id : scope.threat_ids) {
            BOOST_TEST(
                (threats.contains(id) || std::binary_search(before.begin(), before.end(), id)));
        }
    }

    void change(const events::ThreatIdentified& data) {
        BOOST_TEST(data.threat_id > last_threat_id);
        last_threat_id = std::max(last_threat_id, data.threat_id);
        threats[data.threat_id] = {data.threat_id, data.texts, data.scoring, data.status, false};
    }
    void change(const events::ThreatDescribed& data) {
        BOOST_TEST(!data.changes.empty());
        data.changes.apply_to(threats.at(data.threat_id).texts);
    }
    void change(const events::ThreatScored& data) {
        threats.at(data.threat_id).scoring = data.scoring;
    }
    void change(const events::ThreatStatusChanged& data) {
        BOOST_TEST((threats.at(data.threat_id).status == data.from));
        BOOST_TEST((data.status != data.from));
        threats.at(data.threat_id).status = data.status;
    }
    void change(const events::ThreatRemoved& data) {
        BOOST_TEST(threats.erase(data.threat_id) == 1U);
    }
    void change(const events::MitigationProposed& data) {
        BOOST_TEST(data.mitigation_id > last_mitigation_id);
        last_mitigation_id = std::max(last_mitigation_id, data.mitigation_id);
        require_threats(data.scope, {});
        mitigations[data.mitigation_id] = {data.mitigation_id, data.texts, data.scope, data.status,
                                           false};
    }
    void change(const events::MitigationDescribed& data) {
        BOOST_TEST(!data.changes.empty());
        data.changes.apply_to(mitigations.at(data.mitigation_id).texts);
    }
    void change(const events::MitigationLinked& data) {
        CurrentMitigation& mitigation = mitigations.at(data.mitigation_id);
        require_threats(data.scope, mitigation.scope.threat_ids);
        mitigation.scope = data.scope;
    }
    void change(const events::MitigationStatusChanged& data) {
        BOOST_TEST((mitigations.at(data.mitigation_id).status == data.from));
        BOOST_TEST((data.status != data.from));
        mitigations.at(data.mitigation_id).status = data.status;
    }
    void change(const events::MitigationRemoved& data) {
        BOOST_TEST(mitigations.erase(data.mitigation_id) == 1U);
    }
    template <class Other>
    void change(const Other&) {
        BOOST_ERROR("an import does not give such an event");
    }

    Seen<events::ThreatDigests> seen_threats_;
    Seen<events::MitigationDigests> seen_mitigations_;
};

/// "threat 3 name status" for each object of a list of a plan.
inline std::vector<std::string> shown(const std::vector<PlannedObject>& objects) {
    std::vector<std::string> lines;
    for (const PlannedObject& object : objects) {
        std::string& line =
            lines.emplace_back(object.kind == ObjectKind::threat ? "threat " : "mitigation ");
        line += std::to_string(object.id);
        for (const std::string_view field : object.fields) {
            line += " ";
            line += field;
        }
    }
    return lines;
}

/// "threat 3 status: person" for each conflict, "file" if the file wins.
inline std::vector<std::string> shown(const std::vector<PlannedConflict>& conflicts) {
    std::vector<std::string> lines;
    for (const PlannedConflict& conflict : conflicts) {
        std::string& line =
            lines.emplace_back(conflict.kind == ObjectKind::threat ? "threat " : "mitigation ");
        line += std::to_string(conflict.id) + " ";
        line += conflict.field;
        line += conflict.file_wins ? ": file" : ": person";
    }
    return lines;
}

}  // namespace threatatlas::imports::testing
