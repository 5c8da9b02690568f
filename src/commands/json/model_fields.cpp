#include "commands/json/model_fields.hpp"

#include <utility>

#include "events/text.hpp"

namespace threatatlas::command_json {
namespace {

template <class Field>
std::optional<std::string_view> read_field(Member& member, Field field, OnNull on_null) {
    if constexpr (std::is_same_v<Field, events::ProductField>) {
        if (field == events::ProductField::status && !member.is_null()) {
            const auto index = read_word(member, events::product_statuses());
            return index ? std::optional(events::product_statuses()[*index]) : std::nullopt;
        }
    }
    // The first text of every kind of object is required.
    const OnNull meaning = field == Field{} ? OnNull::refused : on_null;
    return read_text(member, events::points_max_of(events::name_of(field)), meaning);
}

// The field with the name of the member; nullopt if there is none.
template <class Field>
std::optional<Field> find_field(Member& member) {
    const auto names = events::names_of<Field>();
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (member.is(names[i])) {
            return static_cast<Field>(i);
        }
    }
    return std::nullopt;
}

template <class Field, std::size_t count>
bool take(Member& member, events::Texts<Field, count>& texts) {
    const auto field = find_field<Field>(member);
    if (field) {
        if (const auto text = read_field(member, *field, OnNull::absent)) {
            texts.set(*field, *text);
        }
    }
    return field.has_value();
}

template <class Field, std::size_t count>
bool take(Member& member, events::TextChanges<Field, count>& changes) {
    const auto field = find_field<Field>(member);
    if (field) {
        if (const auto text = read_field(member, *field, OnNull::clears)) {
            changes.set(*field, *text);
        }
    }
    return field.has_value();
}

// Reads a value that may be null. `read` is called if it is not null.
template <class Value>
std::optional<std::optional<Value>> read_clearable(Member& member, OnNull on_null,
                                                   std::optional<Value> (*read)(Member&)) {
    std::optional<std::optional<Value>> change;
    if (is_null(member, on_null)) {
        if (on_null == OnNull::clears) {
            change.emplace();
        }
    } else if (const auto value = read(member)) {
        change.emplace(*value);
    }
    return change;
}

}  // namespace

bool take_texts(Member& member, events::ProductTexts& texts) {
    return take(member, texts);
}
bool take_texts(Member& member, events::ThreatTexts& texts) {
    return take(member, texts);
}
bool take_texts(Member& member, events::MitigationTexts& texts) {
    return take(member, texts);
}
bool take_texts(Member& member, events::AcceptanceTexts& texts) {
    return take(member, texts);
}
bool take_texts(Member& member, events::PolicyTexts& texts) {
    return take(member, texts);
}
bool take_changes(Member& member, events::ProductChanges& changes) {
    return take(member, changes);
}
bool take_changes(Member& member, events::ThreatChanges& changes) {
    return take(member, changes);
}
bool take_changes(Member& member, events::MitigationChanges& changes) {
    return take(member, changes);
}

bool take_scoring(Member& member, OnNull on_null, commands::ScoringChange& scoring) {
    if (member.is("severity")) {
        scoring.severity =
            read_clearable<events::Severity>(member, on_null, read_name<events::Severity>);
        return true;
    }
    if (member.is("likelihood")) {
        scoring.likelihood = read_clearable<std::uint8_t>(member, on_null, read_score);
        return true;
    }
    if (member.is("impact")) {
        scoring.impact = read_clearable<std::uint8_t>(member, on_null, read_score);
        return true;
    }
    return false;
}

bool take_scope(Member& member, OnNull on_null, commands::ScopeChange& scope) {
    if (member.is("threat_ids")) {
        scope.threat_ids = read_ids(member, events::limits::threat_ids_max, on_null);
        return true;
    }
    if (member.is("diagram")) {
        scope.diagram = read_text(member, events::points_max_of(member.name()), on_null);
        return true;
    }
    if (member.is("element_id")) {
        scope.element_id = read_text(member, events::points_max_of(member.name()), on_null);
        return true;
    }
    return false;
}

bool take_start(Member& member, commands::IdentifyThreat& threat) {
    if (member.is("status")) {
        threat.status =
            read_name<events::ThreatStatus>(member, OnNull::absent).value_or(threat.status);
        return true;
    }
    return take_texts(member, threat.texts) || take_scoring(member, OnNull::absent, threat.scoring);
}

bool take_start(Member& member, commands::ProposeMitigation& mitigation) {
    if (member.is("status")) {
        mitigation.status =
            read_name<events::MitigationStatus>(member, OnNull::absent).value_or(mitigation.status);
        return true;
    }
    if (take_texts(member, mitigation.texts)) {
        return true;
    }
    // The call reads one member, so the other parts of the scope are left unchanged.
    commands::ScopeChange change;
    if (!take_scope(member, OnNull::absent, change)) {
        return false;
    }
    if (change.threat_ids) {
        mitigation.scope.threat_ids = std::move(*change.threat_ids);
    }
    if (change.diagram) {
        mitigation.scope.diagram = std::move(*change.diagram);
    }
    if (change.element_id) {
        mitigation.scope.element_id = std::move(*change.element_id);
    }
    return true;
}

}  // namespace threatatlas::command_json
