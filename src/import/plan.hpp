#pragma once

/// @file
/// Compares a file with a product and plans the events that bring the product up to date. A pure
/// function: the caller reads the state of the product and records the events, all or none, on
/// condition that this state is still the current one.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "events/event.hpp"
#include "events/imported_fields.hpp"
#include "import/imported_model.hpp"

namespace threatatlas::imports {

/// What becomes of an object that an earlier import of the same source brought and the file no
/// longer has. Objects that the product had before the source are always kept, and `not_applicable`
/// keeps those whose status somebody has changed.
enum class MissingObjects : std::uint8_t {
    keep,
    remove,
    not_applicable,  ///< threats get this status; mitigations are retired
};

/// "keep", "remove" and "not_applicable"; nullopt for another word.
std::optional<MissingObjects> parse_missing_objects(std::string_view word);

struct CurrentThreat {
    ThreatId id = 0;
    events::ThreatTexts texts;
    events::Scoring scoring;
    events::ThreatStatus status = events::ThreatStatus::identified;
    bool has_source = false;  ///< some source has brought it, this one or another
};
struct CurrentMitigation {
    MitigationId id = 0;
    events::MitigationTexts texts;
    events::CoverageScope scope;
    events::MitigationStatus status = events::MitigationStatus::proposed;
    bool has_source = false;
};

/// The product at one moment. All lists are ascending by id.
struct CurrentModel {
    std::vector<CurrentThreat> threats;  ///< those that were not removed
    std::vector<CurrentMitigation> mitigations;
    ThreatId last_threat_id = 0;  ///< highest id ever used
    MitigationId last_mitigation_id = 0;
    /// What the last import of this source saw, including objects that were removed since. Each
    /// has digests.
    std::vector<events::SeenThreat> seen_threats;
    std::vector<events::SeenMitigation> seen_mitigations;
};

struct PlanOptions {
    std::string source;  ///< of the file; see events::fault_of_source()
    MissingObjects missing = MissingObjects::keep;
};

enum class ObjectKind : std::uint8_t { threat, mitigation };

/// An object in the lists of a plan, with the texts that it has afterwards.
struct PlannedObject {
    ObjectKind kind = ObjectKind::threat;
    std::uint64_t id = 0;
    std::string name;
    std::string external_id;
    /// Of a changed object: those that change. The names of texts, "scoring", "scope" and "status".
    std::vector<std::string_view> fields;
};

/// A field that was changed in the file and here since the last import, or whose last value in the
/// file is not known.
struct PlannedConflict {
    ObjectKind kind = ObjectKind::threat;
    std::uint64_t id = 0;
    std::string name;        ///< of the object afterwards; if it was removed, that in the file
    std::string_view field;  ///< "removed": it was removed here, and is not added again
    bool file_wins = false;
};

struct ImportPlan {
    /// In the order in which they are to be recorded; ids are assigned.
    std::vector<events::EventData> events;
    /// What the log should remember and does not yet, ascending by id.
    std::vector<events::SeenThreat> seen_threats;
    std::vector<events::SeenMitigation> seen_mitigations;

    /// Threats in the order of the file, then mitigations.
    std::vector<PlannedObject> added;
    std::vector<PlannedObject> changed;
    std::vector<PlannedConflict> conflicts;
    /// Mitigations, then threats, ascending by id.
    std::vector<PlannedObject> removed;  ///< and those set aside
    std::vector<PlannedObject> missing;  ///< in the product, no longer in the file, kept
    std::size_t unchanged = 0;           ///< objects of the file without a change or a conflict
};

/// Takes the texts out of the file's model. Throws ImportError if ids are used up.
ImportPlan plan_import(ImportedModel file, const CurrentModel& current, const PlanOptions& options);

/// The key of an object without external_id in this program's own download: "threat 7".
std::string own_key(ObjectKind kind, std::uint64_t id);

/// The external_id of an imported object: the source, a slash and the key.
std::string external_id_of(std::string_view source, std::string_view key);

}  // namespace threatatlas::imports
