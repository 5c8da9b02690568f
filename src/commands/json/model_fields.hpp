#pragma once

// The fields of products, threats and mitigations as bodies have them. Each take_…() takes the
// member in where it is one of its fields, and says whether it is.

#include "commands/command.hpp"
#include "commands/json/field_rules.hpp"

namespace threatatlas {

// Texts of an object that is made: null means absent, but not for the name.
bool take_texts(Member& member, ProductTexts& texts);
bool take_texts(Member& member, ThreatTexts& texts);
bool take_texts(Member& member, MitigationTexts& texts);

// Texts of an object that changes: null clears, but not the name.
bool take_changes(Member& member, ProductChanges& changes);
bool take_changes(Member& member, ThreatChanges& changes);
bool take_changes(Member& member, MitigationChanges& changes);

bool take_scoring(Member& member, OnNull on_null, ScoringChange& scoring);
bool take_scope(Member& member, OnNull on_null, ScopeChange& scope);

// All fields with which a threat or mitigation starts, but its id.
bool take_start(Member& member, IdentifyThreat& threat);
bool take_start(Member& member, ProposeMitigation& mitigation);

// Complains where a name is missing.
template <class Field, std::size_t count>
void require_name(const Texts<Field, count>& texts, const Place& object, Complaints& complaints) {
    if (texts[Field::name].empty()) {
        complaints.add_once(Place(object, "name"), "Give a name.");
    }
}

}  // namespace threatatlas
