#pragma once

/// @file
/// Threats and mitigations as a plan sees them: the types of each kind, and the one field that only
/// this kind has, its "own" field. Everything else is planned alike (kind_planner.hpp).

#include <algorithm>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "import/field_merge.hpp"
#include "import/plan.hpp"

namespace threatatlas::imports {

struct ThreatKind {
    static constexpr ObjectKind kind = ObjectKind::threat;
    using Id = ThreatId;
    using InFile = ImportedThreat;
    using Current = CurrentThreat;
    using Seen = events::SeenThreat;
    using Digests = events::ThreatDigests;
    using Field = events::ImportedThreatField;
    using TextField = events::ThreatField;
    using Changes = events::ThreatChanges;
    using Described = events::ThreatDescribed;
    using StatusChanged = events::ThreatStatusChanged;
    using Removed = events::ThreatRemoved;
    static constexpr auto set_aside = events::ThreatStatus::not_applicable;

    static events::EventData added(ThreatId id, ImportedThreat&& threat) {
        return events::ThreatIdentified{id, std::move(threat.texts), threat.scoring, threat.status};
    }

    static constexpr Field own_field = Field::scoring;
    static constexpr std::string_view own_field_name = "scoring";
    static constexpr Precedence own_precedence = Precedence::person;
    static events::Scoring own_in_file(const ImportedThreat& threat) { return threat.scoring; }
    static events::Scoring own_here(const CurrentThreat& threat) { return threat.scoring; }
    static events::Scoring own_to_record(const ImportedThreat& threat, const CurrentThreat&) {
        return threat.scoring;
    }
    /// True for a value that is no reason to change another one.
    static bool is_unsaid(const events::Scoring&) { return false; }
    static events::EventData own_changed(ThreatId id, events::Scoring scoring) {
        return events::ThreatScored{id, scoring};
    }
};

/// A mitigation of the file whose threats are known in the product.
struct LinkedMitigation {
    std::string key;
    events::MitigationTexts texts;
    events::MitigationStatus status = events::MitigationStatus::proposed;
    events::CoverageScope scope;            ///< as the file names it
    std::vector<ThreatId> removed_threats;  ///< those in `scope` that stay removed; ascending

    /// The scope without the removed threats, except those in `named` (ascending): a mitigation
    /// that names a removed threat keeps naming it. If no threat remains, it covers nothing rather
    /// than its element.
    events::CoverageScope scope_naming(const std::vector<ThreatId>& named) const {
        std::vector<ThreatId> left_out;
        std::set_difference(removed_threats.begin(), removed_threats.end(), named.begin(),
                            named.end(), std::back_inserter(left_out));
        events::CoverageScope remaining{{}, scope.diagram, scope.element_id};
        std::set_difference(scope.threat_ids.begin(), scope.threat_ids.end(), left_out.begin(),
                            left_out.end(), std::back_inserter(remaining.threat_ids));
        if (remaining.threat_ids.empty() && !scope.threat_ids.empty()) {
            remaining.element_id.clear();
        }
        return remaining;
    }
};

struct MitigationKind {
    static constexpr ObjectKind kind = ObjectKind::mitigation;
    using Id = MitigationId;
    using InFile = LinkedMitigation;
    using Current = CurrentMitigation;
    using Seen = events::SeenMitigation;
    using Digests = events::MitigationDigests;
    using Field = events::ImportedMitigationField;
    using TextField = events::MitigationField;
    using Changes = events::MitigationChanges;
    using Described = events::MitigationDescribed;
    using StatusChanged = events::MitigationStatusChanged;
    using Removed = events::MitigationRemoved;
    static constexpr auto set_aside = events::MitigationStatus::retired;

    static events::EventData added(MitigationId id, LinkedMitigation&& mitigation) {
        return events::MitigationProposed{id, std::move(mitigation.texts), mitigation.status,
                                          mitigation.scope_naming({})};
    }

    static constexpr Field own_field = Field::scope;
    static constexpr std::string_view own_field_name = "scope";
    static constexpr Precedence own_precedence = Precedence::file;
    static const events::CoverageScope& own_in_file(const LinkedMitigation& mitigation) {
        return mitigation.scope;
    }
    static const events::CoverageScope& own_here(const CurrentMitigation& mitigation) {
        return mitigation.scope;
    }
    static events::CoverageScope own_to_record(const LinkedMitigation& mitigation,
                                               const CurrentMitigation& here) {
        return mitigation.scope_naming(here.scope.threat_ids);
    }
    static bool is_unsaid(const events::CoverageScope& scope) {
        return scope.threat_ids.empty() && scope.element_id.empty();
    }
    static events::EventData own_changed(MitigationId id, events::CoverageScope scope) {
        return events::MitigationLinked{id, std::move(scope)};
    }
};

}  // namespace threatatlas::imports
