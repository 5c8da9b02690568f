#pragma once

#include "events/event.hpp"
#include "support/random.hpp"

namespace threatatlas {

/// A text of 1 to `points_max` code points, mostly short, of the kinds that break things: quotes,
/// backslashes, newlines, tabs, every length of UTF-8, direction marks, separators of lines, what
/// looks like JSON or markup. No other control characters.
std::string random_text(Random& random, std::size_t points_max);

/// The same within the limit of the field of this name.
std::string random_text_of(Random& random, std::string_view field_name);

template <class Field, std::size_t count>
Texts<Field, count> random_texts(Random& random) {
    Texts<Field, count> texts;
    for (std::size_t i = 0; i < count; ++i) {
        const auto field = static_cast<Field>(i);
        if (field == Field::name || random.chance(30)) {
            texts.set(field, random_text_of(random, name_of(field)));
        }
    }
    return texts;
}

/// At least one change, where a text other than the name may be cleared.
template <class Field, std::size_t count>
TextChanges<Field, count> random_changes(Random& random) {
    TextChanges<Field, count> changes;
    do {
        const auto field = static_cast<Field>(random.below(count));
        changes.set(field, field != Field::name && random.chance(25)
                               ? std::string()
                               : random_text_of(random, name_of(field)));
    } while (random.chance(30));
    return changes;
}

/// The same for a product, whose status is one of a few words.
ProductTexts random_product_texts(Random& random);
ProductChanges random_product_changes(Random& random);

/// Unscored, a severity alone, or scores and what follows from them.
Scoring random_scoring(Random& random);

template <class Enum>
Enum random_name(Random& random) {
    return static_cast<Enum>(random.below(names_of<Enum>().size()));
}

/// A UUID, an actor, and now and then a reason and the like; position, time, product and data are
/// the caller's to set.
Event random_envelope(Random& random);

/// Any event without a fault by itself, of any kind; it need not fit behind any other, nor into one
/// line.
Event random_event(Random& random);

}  // namespace threatatlas
