#pragma once

/// @file
/// The fields of products, threats and mitigations in bodies. Each take_…() reads the member if it
/// is one of its fields, and returns whether it is.

#include "commands/command.hpp"
#include "commands/json/field_rules.hpp"

namespace threatatlas::command_json {

/// Texts of a new object: null means absent, except for the name.
bool take_texts(Member& member, events::ProductTexts& texts);
bool take_texts(Member& member, events::ThreatTexts& texts);
bool take_texts(Member& member, events::MitigationTexts& texts);
bool take_texts(Member& member, events::AcceptanceTexts& texts);
bool take_texts(Member& member, events::PolicyTexts& texts);

/// Texts of an object that changes: null clears, except for the name.
bool take_changes(Member& member, events::ProductChanges& changes);
bool take_changes(Member& member, events::ThreatChanges& changes);
bool take_changes(Member& member, events::MitigationChanges& changes);

bool take_scoring(Member& member, OnNull on_null, commands::ScoringChange& scoring);
bool take_scope(Member& member, OnNull on_null, commands::ScopeChange& scope);

/// All fields of a new threat or mitigation, except its id.
bool take_start(Member& member, commands::IdentifyThreat& threat);
bool take_start(Member& member, commands::ProposeMitigation& mitigation);

/// Complains if the name is missing.
template <class Field, std::size_t count>
void require_name(const events::Texts<Field, count>& texts, const Place& object,
                  Complaints& complaints) {
    if (texts[Field::name].empty()) {
        complaints.add_once(Place(object, "name"), "Give a name.");
    }
}

}  // namespace threatatlas::command_json
