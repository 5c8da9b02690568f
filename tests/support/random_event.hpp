#pragma once

#include "events/event.hpp"
#include "support/random.hpp"

namespace threatatlas::testing {

/// A text of 1 to `points_max` code points, mostly short, with known troublemakers: quotes,
/// backslashes, newlines, tabs, UTF-8 of every length, direction marks, line separators, and texts
/// that resemble JSON or markup. No other control characters.
std::string random_text(Random& random, std::size_t points_max);

/// The same, within the limit of the named field.
std::string random_text_of(Random& random, std::string_view field_name);

template <class Field, std::size_t count>
events::Texts<Field, count> random_texts(Random& random) {
    events::Texts<Field, count> texts;
    for (std::size_t i = 0; i < count; ++i) {
        const auto field = static_cast<Field>(i);
        if (i == 0 || random.chance(30)) {  // the first one is required
            texts.set(field, random_text_of(random, events::name_of(field)));
        }
    }
    return texts;
}

/// Contains at least one change; texts other than the name may be cleared.
template <class Field, std::size_t count>
events::TextChanges<Field, count> random_changes(Random& random) {
    events::TextChanges<Field, count> changes;
    do {
        const auto field = static_cast<Field>(random.below(count));
        changes.set(field, field != Field::name && random.chance(25)
                               ? std::string()
                               : random_text_of(random, events::name_of(field)));
    } while (random.chance(30));
    return changes;
}

/// Like random_texts and random_changes for a product, whose status is one of a few words.
events::ProductTexts random_product_texts(Random& random);
events::ProductChanges random_product_changes(Random& random);

/// Unscored, a severity alone, or likelihood and impact with the severity derived from them.
events::Scoring random_scoring(Random& random);

template <class Enum>
Enum random_name(Random& random) {
    return static_cast<Enum>(random.below(events::names_of<Enum>().size()));
}

/// A rule that is valid by itself.
events::PolicyRule random_rule(Random& random);
/// A valid definition.
events::Policy random_policy(Random& random);
std::string random_policy_name(Random& random);

/// An import that saw these objects; a fifth of them no longer has digests.
events::ModelImported random_import(Random& random, std::string_view source,
                                    const std::vector<ThreatId>& threats,
                                    const std::vector<MitigationId>& mitigations);

/// A severity, or none.
std::optional<events::Severity> random_severity(Random& random);
/// A request for these threats, without ids of other objects.
events::AcceptanceRequested random_request(Random& random, std::vector<ThreatId> threats);
/// An approval for this number of threats.
events::AcceptanceApproved random_approval(Random& random, std::size_t threats);

/// A UUID, an actor, and sometimes a reason and similar members. The caller sets position, time,
/// product and data.
events::Event random_envelope(Random& random);

/// A valid check with any answer.
events::GateChecked random_check(Random& random);

/// A valid event of any type; it need not be consistent with other events, nor fit within the line
/// length limit.
events::Event random_event(Random& random);

}  // namespace threatatlas::testing
