#pragma once

/// @file
/// Plans what becomes of all objects of one kind: matches them, merges their fields, and adds the
/// events to the plan.

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "events/limits.hpp"
#include "import/import_error.hpp"
#include "import/matching.hpp"
#include "import/planned_kinds.hpp"

namespace threatatlas::imports {

/// What both kinds of objects need. Outlives the planners.
struct PlanContext {
    const PlanOptions& options;
    bool keeps_external_ids;  ///< see ImportedModel
    ImportPlan& plan;
};

/// First match_unique() for each kind of content, then assign_ids(), then plan_file() and
/// plan_missing(). `current` and `seen` must outlive the planner.
template <class Kind>
class KindPlanner {
    using Id = typename Kind::Id;
    using InFile = typename Kind::InFile;
    using Current = typename Kind::Current;
    using Seen = typename Kind::Seen;
    using Digests = typename Kind::Digests;
    using Field = typename Kind::Field;
    using TextField = typename Kind::TextField;

  public:
    KindPlanner(PlanContext context, std::vector<InFile> file, const std::vector<Current>& current,
                const std::vector<Seen>& seen)
        : context_(context),
          file_(std::move(file)),
          known_(known_objects(current, seen)),
          matching_(give_external_ids(), candidates()) {}

    /// `content_in_file` takes an InFile, `content_here` a Current. See Matching::match_unique().
    template <class ContentInFile, class ContentHere>
    void match_unique(const ContentInFile& content_in_file, const ContentHere& content_here) {
        matching_.match_unique(
            [&](std::size_t i) { return content_in_file(file_[i]); },
            [&](std::size_t candidate) { return content_here(*known_[candidate].live); });
    }

    /// New objects get the ids that follow `last_id`. Throws ImportError if there are none left.
    void assign_ids(Id last_id) {
        ids_.reserve(file_.size());
        for (std::size_t i = 0; i < file_.size(); ++i) {
            if (const auto candidate = matching_.candidate_of(i)) {
                ids_.push_back(known_[*candidate].id);
                continue;
            }
            if (last_id >= events::limits::id_max) {
                throw ImportError(ImportFault::unacceptable,
                                  fmt::format("The product has used the highest id, {}: nothing "
                                              "can be added to it.",
                                              events::limits::id_max));
            }
            ids_.push_back(++last_id);
        }
    }

    Id id_of(std::size_t file_index) const { return ids_[file_index]; }
    bool stays_removed(std::size_t file_index) const {
        const auto candidate = matching_.candidate_of(file_index);
        return candidate && known_[*candidate].live == nullptr;
    }

    /// Adds, changes or leaves each object of the file.
    void plan_file() {
        for (std::size_t i = 0; i < file_.size(); ++i) {
            const auto candidate = matching_.candidate_of(i);
            const Known* const known = candidate ? &known_[*candidate] : nullptr;
            Digests digests = digests_of(file_[i]);
            digests[Field::origin] = origin_of(known);
            if (known == nullptr || known->last == nullptr || *known->last != digests) {
                seen_.push_back({ids_[i], digests});
            }
            if (known == nullptr) {
                add(i);
            } else if (known->live == nullptr) {
                leave_removed(i, *known->last, digests);
            } else {
                merge(i, *known, digests);
            }
        }
    }

    /// Treats the objects that the file no longer has as the options demand.
    void plan_missing() {
        for (std::size_t i = 0; i < known_.size(); ++i) {
            const Known& known = known_[i];
            if (known.live != nullptr && known.last != nullptr && !matching_.is_matched(i)) {
                plan_missing(known);
            }
        }
    }

    /// What the log should remember, ascending by id.
    std::vector<Seen> take_seen() {
        std::sort(seen_.begin(), seen_.end(), [](const Seen& left, const Seen& right) {
            return events::id_of(left) < events::id_of(right);
        });
        return std::move(seen_);
    }

  private:
    // An object of the product, or one that an earlier import of the source has brought and that
    // was removed since.
    struct Known {
        Id id = 0;
        const Current* live = nullptr;  ///< null: removed
        const Digests* last = nullptr;  ///< what the last import saw; null: it is not of the source
    };

    static std::vector<Known> known_objects(const std::vector<Current>& current,
                                            const std::vector<Seen>& seen) {
        std::vector<Known> known;
        known.reserve(current.size() + seen.size());
        auto live = current.begin();
        for (const Seen& object : seen) {
            const Id id = events::id_of(object);
            for (; live != current.end() && live->id < id; ++live) {
                known.push_back({live->id, &*live, nullptr});
            }
            const bool is_live = live != current.end() && live->id == id;
            known.push_back({id, is_live ? &*live++ : nullptr, &object.digests.value()});
        }
        for (; live != current.end(); ++live) {
            known.push_back({live->id, &*live, nullptr});
        }
        return known;
    }

    std::string external_id_for(std::string_view key) const {
        return context_.keeps_external_ids ? std::string(key)
                                           : external_id_of(context_.options.source, key);
    }

    // Returns what identifies the objects; the views are those of their texts.
    std::vector<FileIdentity> give_external_ids() {
        std::vector<FileIdentity> identities;
        identities.reserve(file_.size());
        for (InFile& object : file_) {
            if (!context_.keeps_external_ids) {
                object.texts.set(TextField::external_id, external_id_for(object.key));
            }
            identities.push_back(
                {events::field_digest(object.key), object.texts[TextField::external_id]});
        }
        return identities;
    }

    std::vector<Candidate> candidates() const {
        std::vector<Candidate> all;
        all.reserve(known_.size());
        for (const Known& known : known_) {
            Candidate& candidate = all.emplace_back();
            if (known.last != nullptr) {
                candidate.key = (*known.last)[Field::key];
            }
            const bool is_of_source = known.last != nullptr;
            if (known.live == nullptr) {
                continue;
            }
            const bool is_of_others = !is_of_source && known.live->has_source;
            // This program's own download names the objects of all sources.
            if (!is_of_others || context_.keeps_external_ids) {
                candidate.external_id = known.live->texts[TextField::external_id];
            }
            candidate.by_content = is_of_source || (!is_of_others && candidate.external_id.empty());
        }
        return all;
    }

    static constexpr std::size_t text_count = decltype(InFile::texts)::size() - 1;
    static_assert(static_cast<std::size_t>(TextField::external_id) == text_count,
                  "the external_id, which is not compared, is the last text");

    // The texts follow the key, in the order of the texts of an object.
    static constexpr Field field_of_text(std::size_t text) { return static_cast<Field>(text + 1); }
    static_assert(field_of_text(static_cast<std::size_t>(TextField::name)) == Field::name);
    static_assert(field_of_text(static_cast<std::size_t>(TextField::comments)) == Field::comments);

    static Digests digests_of(const InFile& object) {
        Digests digests;
        digests[Field::key] = events::field_digest(object.key);
        for (std::size_t text = 0; text < text_count; ++text) {
            digests[field_of_text(text)] = events::field_digest(object.texts.at(text));
        }
        digests[Field::status] = events::field_digest(events::name_of(object.status));
        digests[Kind::own_field] = events::field_digest(text_of(Kind::own_in_file(object)));
        return digests;
    }

    // The product had the object before if no import of the source has seen it yet.
    static events::FieldDigest origin_of(const Known* known) {
        if (known == nullptr) {
            return {};
        }
        return known->last == nullptr ? adopted_origin() : (*known->last)[Field::origin];
    }
    static events::FieldDigest adopted_origin() { return events::field_digest("adopted"); }

    template <class ObjectTexts>
    static PlannedObject planned(Id id, const ObjectTexts& texts) {
        return {Kind::kind,
                id,
                std::string(texts[TextField::name]),
                std::string(texts[TextField::external_id]),
                {}};
    }

    void add(std::size_t file_index) {
        InFile& object = file_[file_index];
        context_.plan.added.push_back(planned(ids_[file_index], object.texts));
        context_.plan.events.push_back(Kind::added(ids_[file_index], std::move(object)));
    }

    // Somebody has removed the object here.
    void leave_removed(std::size_t file_index, Digests last, const Digests& digests) {
        last[Field::key] = digests[Field::key];
        if (last == digests) {
            ++context_.plan.unchanged;
            return;
        }
        const std::string_view name = file_[file_index].texts[TextField::name];
        context_.plan.conflicts.push_back(
            {Kind::kind, ids_[file_index], std::string(name), "removed", false});
    }

    // True if the object has no external_id, or the one that it got with its last key.
    bool may_get_external_id(const Known& known) const {
        std::string_view external_id = known.live->texts[TextField::external_id];
        if (external_id.empty()) {
            return true;
        }
        const std::string prefix = external_id_for("");
        if (!external_id.starts_with(prefix)) {
            return false;
        }
        external_id.remove_prefix(prefix.size());
        return known.last != nullptr &&
               events::field_digest(external_id) == (*known.last)[Field::key];
    }

    void merge(std::size_t file_index, const Known& known, const Digests& digests) {
        const InFile& object = file_[file_index];
        const Current& here = *known.live;
        std::vector<std::string_view> changed_fields;
        std::vector<PlannedConflict> conflicts;
        const auto takes_file = [&](Field field, std::string_view name, std::string_view in_file,
                                    std::string_view value_here, Precedence precedence) {
            const events::FieldDigest* last = known.last ? &(*known.last)[field] : nullptr;
            const MergedField merged =
                merge_field(in_file, digests[field], value_here, last, precedence);
            if (merged.takes_file) {
                changed_fields.push_back(name);
            }
            if (merged.is_conflict) {
                conflicts.push_back({Kind::kind, known.id, {}, name, merged.takes_file});
            }
            return merged.takes_file;
        };

        typename Kind::Changes changes;
        for (std::size_t text = 0; text < text_count; ++text) {
            if (takes_file(field_of_text(text), events::names_of<TextField>()[text],
                           object.texts.at(text), here.texts.at(text), Precedence::file)) {
                changes.set_at(text, object.texts.at(text));
            }
        }
        const std::string_view external_id = object.texts[TextField::external_id];
        if (matching_.is_matched_by_content(file_index) && may_get_external_id(known) &&
            external_id != here.texts[TextField::external_id]) {
            changes.set(TextField::external_id, external_id);
            changed_fields.push_back(events::name_of(TextField::external_id));
        }
        auto texts = here.texts;
        changes.apply_to(texts);
        auto& events = context_.plan.events;
        if (!changes.empty()) {
            events.push_back(typename Kind::Described{known.id, std::move(changes)});
        }

        auto own = Kind::own_to_record(object, here);
        const bool is_unsaid = known.last == nullptr && Kind::is_unsaid(own);
        if (takes_file(Kind::own_field, Kind::own_field_name,
                       is_unsaid ? std::string() : text_of(own), text_of(Kind::own_here(here)),
                       Kind::own_precedence)) {
            events.push_back(Kind::own_changed(known.id, std::move(own)));
        }
        if (takes_file(Field::status, "status", events::name_of(object.status),
                       events::name_of(here.status), Precedence::person)) {
            events.push_back(typename Kind::StatusChanged{known.id, object.status, here.status});
        }
        report(known.id, texts, std::move(changed_fields), std::move(conflicts));
    }

    template <class ObjectTexts>
    void report(Id id, const ObjectTexts& texts, std::vector<std::string_view> changed_fields,
                std::vector<PlannedConflict> conflicts) {
        ImportPlan& plan = context_.plan;
        if (changed_fields.empty() && conflicts.empty()) {
            ++plan.unchanged;
        }
        if (!changed_fields.empty()) {
            plan.changed.push_back(planned(id, texts));
            plan.changed.back().fields = std::move(changed_fields);
        }
        for (PlannedConflict& conflict : conflicts) {
            conflict.name = texts[TextField::name];
            plan.conflicts.push_back(std::move(conflict));
        }
    }

    void plan_missing(const Known& known) {
        ImportPlan& plan = context_.plan;
        // What people or other sources have made stays, and so does a status that people have set.
        const bool is_adopted = (*known.last)[Field::origin] == adopted_origin();
        const MissingObjects missing = is_adopted ? MissingObjects::keep : context_.options.missing;
        const bool is_of_people = events::field_digest(events::name_of(known.live->status)) !=
                                  (*known.last)[Field::status];
        const bool is_set_aside = known.live->status == Kind::set_aside;
        if (missing == MissingObjects::remove) {
            plan.events.push_back(typename Kind::Removed{known.id});
            seen_.push_back({known.id, std::nullopt});
        } else if (missing == MissingObjects::not_applicable && !is_set_aside && !is_of_people) {
            plan.events.push_back(
                typename Kind::StatusChanged{known.id, Kind::set_aside, known.live->status});
            // If the file has the object again, its status counts as changed by the file.
            Digests digests = *known.last;
            digests[Field::status] = events::field_digest(events::name_of(Kind::set_aside));
            if (digests != *known.last) {
                seen_.push_back({known.id, digests});
            }
        } else {
            plan.missing.push_back(planned(known.id, known.live->texts));
            return;
        }
        plan.removed.push_back(planned(known.id, known.live->texts));
    }

    PlanContext context_;
    std::vector<InFile> file_;
    std::vector<Known> known_;
    Matching matching_;
    std::vector<Id> ids_;  ///< of each object of the file
    std::vector<Seen> seen_;
};

}  // namespace threatatlas::imports
