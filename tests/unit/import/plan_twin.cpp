#include "unit/import/plan_twin.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "events/vocabulary.hpp"

namespace threatatlas::imports::testing {

namespace {

constexpr std::array<const char*, 2> kind_names{"threat", "mitigation"};
constexpr std::array<const char*, 2> set_aside{"not_applicable", "retired"};
// In the order in which a plan lists them.
const std::array<std::vector<std::string>, 2> texts_of_kinds{
    std::vector<std::string>{"name", "description", "category", "diagram", "element_id",
                             "element_name", "comments"},
    std::vector<std::string>{"name", "description", "category", "comments"}};
constexpr std::array<std::size_t, 2> content_rounds{3, 2};
constexpr std::size_t by_id = 9;  // the round for our own downloads

template <class Field, class Object>
TwinObject twin_of_object(const Object& object) {
    TwinObject twin;
    for (const std::string_view name : events::names_of<Field>()) {
        twin.fields[std::string(name)] = object.texts[*events::parse_name<Field>(name)];
    }
    twin.fields["status"] = events::name_of(object.status);
    return twin;
}

template <class Object>
TwinObject twin_of_threat(const Object& threat) {
    auto twin = twin_of_object<events::ThreatField>(threat);
    const events::Scoring& scoring = threat.scoring;
    twin.fields["scoring"] =
        fmt::format("severity {}, likelihood {}, impact {}",
                    scoring.severity ? events::name_of(*scoring.severity) : "none",
                    scoring.likelihood.value_or(0), scoring.impact.value_or(0));
    return twin;
}

std::string line(std::size_t kind, std::uint64_t id, const std::vector<std::string>& fields = {}) {
    std::string text = fmt::format("{} {}", kind_names[kind], id);
    for (const std::string& field : fields) {
        text += " " + field;
    }
    return text;
}

}  // namespace

TwinProduct twin_of(const PlanProduct& product) {
    TwinProduct twin;
    for (const auto& [id, threat] : product.threats) {
        twin.objects[0][id] = twin_of_threat(threat);
    }
    for (const auto& [id, mitigation] : product.mitigations) {
        twin.objects[1][id] = twin_of_object<events::MitigationField>(mitigation);
        twin.objects[1][id].scope = mitigation.scope;
    }
    twin.last_ids = {product.last_threat_id, product.last_mitigation_id};
    return twin;
}

// One import while it is worked out.
struct PlanTwin::Import {
    const PlanOptions& options;
    bool keeps_external_ids;
    Source& source;
    TwinProduct before;
    std::array<std::vector<TwinObject>, 2> file{};
    std::vector<std::uint64_t> threat_ids{};  ///< of the threats of the file
    TwinPlan plan{};

    std::string external_id_for(const std::string& key) const {
        return keeps_external_ids ? key : options.source + "/" + key;
    }
};

bool PlanTwin::has_source(std::size_t kind, std::uint64_t id) const {
    return std::any_of(sources_.begin(), sources_.end(),
                       [&](const auto& source) { return source.second.ever[kind].contains(id); });
}

void PlanTwin::use(std::size_t kind, const std::string& rule) {
    used_rules_.insert(fmt::format("{}: {}", kind_names[kind], rule));
}

TwinPlan PlanTwin::import(const ImportedModel& file, const PlanProduct& product,
                          const PlanOptions& options) {
    Import import{options, file.keeps_external_ids, sources_[options.source], twin_of(product)};
    import.plan.after = import.before;
    for (const ImportedThreat& threat : file.threats) {
        import.file[0].push_back(twin_of_threat(threat));
        import.file[0].back().key = threat.key;
    }
    for (const ImportedMitigation& mitigation : file.mitigations) {
        TwinObject& twin =
            import.file[1].emplace_back(twin_of_object<events::MitigationField>(mitigation));
        twin.key = mitigation.key;
        twin.scope = events::CoverageScope{{}, mitigation.diagram, mitigation.element_id};
        twin.links = mitigation.threats;
    }
    for (auto& objects : import.file) {
        for (TwinObject& object : objects) {
            if (!file.keeps_external_ids) {
                object.fields["external_id"] = import.external_id_for(object.key);
            }
        }
    }
    take(import, 0);
    for (TwinObject& mitigation : import.file[1]) {
        for (const std::size_t threat : mitigation.links) {
            mitigation.scope->threat_ids.push_back(import.threat_ids.at(threat));
        }
        std::sort(mitigation.scope->threat_ids.begin(), mitigation.scope->threat_ids.end());
    }
    take(import, 1);
    for (std::vector<std::string>* list : {&import.plan.removed, &import.plan.missing}) {
        std::stable_partition(list->begin(), list->end(), [](const std::string& text) {
            return text.starts_with("mitigation");
        });
    }
    return import.plan;
}

std::vector<PlanTwin::Match> PlanTwin::match(const Import& import, std::size_t kind) {
    const auto& file = import.file[kind];
    std::vector<Match> matches(file.size());
    const auto is_taken = [&](std::uint64_t id) {
        return std::any_of(matches.begin(), matches.end(),
                           [&](const Match& match) { return match.id == id; });
    };
    for (std::size_t i = 0; i < file.size(); ++i) {
        for (const auto& [id, last] : import.source.last[kind]) {
            if (last.key == file[i].key) {
                matches[i].id = id;
                use(kind, "matched by key");
            }
        }
    }
    for (std::size_t i = 0; i < file.size(); ++i) {
        for (const auto& [id, object] : import.before.objects[kind]) {
            const bool is_ours = import.source.last[kind].contains(id);
            const std::string external_id = object.field("external_id");
            if (matches[i].id == 0 && !is_taken(id) && !external_id.empty() &&
                external_id == file[i].field("external_id")) {
                if (is_ours || import.keeps_external_ids || !has_source(kind, id)) {
                    matches[i].id = id;
                    use(kind, "matched by external_id");
                } else {
                    use(kind, "left to another source");
                }
            }
        }
    }
    if (import.keeps_external_ids) {
        match_once(import, kind, by_id, matches);
    }
    for (std::size_t round = 0; round < content_rounds[kind]; ++round) {
        match_once(import, kind, round, matches);
    }
    return matches;
}

void PlanTwin::match_once(const Import& import, std::size_t kind, std::size_t round,
                          std::vector<Match>& matches) {
    const auto& file = import.file[kind];
    const auto are_alike = [&](const TwinObject& left, const TwinObject& right) {
        if (left.field("name") != right.field("name")) {
            return false;
        }
        if (round == by_id) {
            return left.key.empty() || right.key.empty() || left.key == right.key;
        }
        if (kind == 1 && round == 0) {
            return !left.scope->threat_ids.empty() &&
                   left.scope->threat_ids == right.scope->threat_ids;
        }
        if (left.field("category") != right.field("category")) {
            return false;
        }
        if (kind == 0 && round < 2) {
            const std::string element = round == 0 ? "element_id" : "element_name";
            return !left.field(element).empty() && left.field(element) == right.field(element);
        }
        return true;
    };
    const auto has_id = [&](std::size_t in_file, std::uint64_t id) {
        return round != by_id || file[in_file].key == line(kind, id);
    };
    const std::vector<Match> before = matches;
    const auto is_free = [&](std::uint64_t id) {
        return std::none_of(before.begin(), before.end(),
                            [&](const Match& match) { return match.id == id; }) &&
               (import.source.last[kind].contains(id) ||
                (!has_source(kind, id) &&
                 import.before.objects[kind].at(id).field("external_id").empty()));
    };
    for (std::size_t i = 0; i < file.size(); ++i) {
        std::vector<std::uint64_t> ids;
        std::size_t rivals = 0;
        for (const auto& [id, object] : import.before.objects[kind]) {
            if (before[i].id == 0 && is_free(id) && has_id(i, id) && are_alike(file[i], object)) {
                ids.push_back(id);
            }
        }
        for (std::size_t other = 0; other < file.size(); ++other) {
            if (other != i && before[other].id == 0 && are_alike(file[i], file[other])) {
                ++rivals;
            }
        }
        if (ids.size() == 1 && rivals == 0) {
            matches[i] = {ids[0], true};
            use(kind, fmt::format("matched in round {}", round));
            use(kind, import.source.last[kind].contains(ids[0]) ? "found again" : "adopted");
        } else if (!ids.empty()) {
            use(kind, rivals > 0 ? "several in the file" : "several in the product");
        }
    }
}

void PlanTwin::take(Import& import, std::size_t kind) {
    TwinPlan& plan = import.plan;
    TwinObjects& last = import.source.last[kind];
    std::vector<Match> matches = match(import, kind);
    std::set<std::uint64_t> matched;
    for (Match& match : matches) {
        if (match.id != 0) {
            matched.insert(match.id);
        } else {
            match.id = ++plan.after.last_ids[kind];
        }
        if (kind == 0) {
            import.threat_ids.push_back(match.id);
        }
    }
    for (std::size_t i = 0; i < matches.size(); ++i) {
        const TwinObject& in_file = import.file[kind][i];
        const std::uint64_t id = matches[i].id;
        if (import.before.objects[kind].contains(id)) {
            merge(import, kind, in_file, matches[i]);
        } else if (matched.contains(id)) {
            TwinObject seen = last.at(id);
            seen.key = in_file.key;
            seen.links = in_file.links;
            seen.fields["external_id"] = in_file.field("external_id");
            if (seen == in_file) {
                ++plan.unchanged;
                use(kind, "removed here, unchanged");
            } else {
                plan.conflicts.push_back(line(kind, id, {"removed: person"}));
                use(kind, "removed here, changed");
            }
        } else {
            TwinObject& object = plan.after.objects[kind][id] = in_file;
            object.key.clear();
            object.links.clear();
            if (kind == 1) {
                const bool names_threats = !object.scope->threat_ids.empty();
                std::erase_if(object.scope->threat_ids, [&](std::uint64_t threat) {
                    return !plan.after.objects[0].contains(threat);
                });
                if (names_threats && object.scope->threat_ids.empty()) {
                    object.scope->element_id.clear();
                    use(kind, "all threats removed here");
                }
            }
            plan.added.push_back(line(kind, id));
            use(kind,
                import.source.removed_keys[kind].contains(in_file.key) ? "added again" : "added");
        }
        if (matched.contains(id) && !last.contains(id)) {
            import.source.adopted[kind].insert(id);
        }
        last[id] = in_file;
        import.source.ever[kind].insert(id);
    }
    look_for_missing(import, kind, matched);
}

void PlanTwin::merge(Import& import, std::size_t kind, const TwinObject& in_file,
                     const Match& match) {
    TwinPlan& plan = import.plan;
    const TwinObjects& last_objects = import.source.last[kind];
    const auto found = last_objects.find(match.id);
    const TwinObject* const last = found == last_objects.end() ? nullptr : &found->second;
    const TwinObject& before = import.before.objects[kind].at(match.id);
    TwinObject& after = plan.after.objects[kind].at(match.id);
    std::vector<std::string> changed;
    std::size_t conflicts = 0;

    // Returns true if the file's value is taken.
    const auto decide = [&](const std::string& field, bool is_same, bool file_changed,
                            bool person_changed, bool file_wins) {
        if (is_same || (last != nullptr && !file_changed)) {
            if (last != nullptr && person_changed && !is_same) {
                use(kind, "the person's change of " + field + " stays");
            }
            return false;
        }
        if (last != nullptr && !person_changed) {
            use(kind, "the file's change of " + field + " is taken");
            changed.push_back(field);
            return true;
        }
        use(kind, (last == nullptr ? "unknown: " : "both changed ") + field);
        plan.conflicts.push_back(
            line(kind, match.id, {field + (file_wins ? ": file" : ": person")}));
        ++conflicts;
        if (file_wins) {
            changed.push_back(field);
        }
        return file_wins;
    };
    const auto decide_text = [&](const std::string& field, bool file_wins) {
        if (last == nullptr && in_file.field(field).empty()) {
            if (!before.field(field).empty()) {
                use(kind, "a text that the file lacks is kept");
            }
            return;
        }
        if (decide(field, in_file.field(field) == before.field(field),
                   last != nullptr && last->field(field) != in_file.field(field),
                   last != nullptr && last->field(field) != before.field(field), file_wins)) {
            after.fields[field] = in_file.field(field);
        }
    };

    for (const std::string& field : texts_of_kinds[kind]) {
        decide_text(field, true);
    }
    const std::string external_id = before.field("external_id");
    if (match.by_content && external_id != in_file.field("external_id")) {
        const bool is_derived = last != nullptr && external_id == import.external_id_for(last->key);
        if (external_id.empty() || is_derived) {
            after.fields["external_id"] = in_file.field("external_id");
            changed.push_back("external_id");
            use(kind, is_derived ? "another external_id" : "the first external_id");
        } else {
            use(kind, "the external_id of a person stays");
        }
    }
    if (kind == 0) {
        decide_text("scoring", false);
    } else {
        events::CoverageScope wanted = *in_file.scope;
        std::erase_if(wanted.threat_ids, [&](ThreatId id) {
            const auto& named = before.scope->threat_ids;
            return !plan.after.objects[0].contains(id) &&
                   std::find(named.begin(), named.end(), id) == named.end();
        });
        if (wanted.threat_ids.empty() && !in_file.scope->threat_ids.empty()) {
            wanted.element_id.clear();
        }
        const bool is_unsaid =
            last == nullptr && wanted.threat_ids.empty() && wanted.element_id.empty();
        if (is_unsaid && wanted != *before.scope) {
            use(kind, "a scope that the file lacks is kept");
        }
        if (!is_unsaid && decide("scope", wanted == *before.scope,
                                 last != nullptr && last->scope != in_file.scope,
                                 last != nullptr && last->scope != before.scope, true)) {
            after.scope = wanted;
            if (wanted != *in_file.scope) {
                use(kind, "linked without a removed threat");
            }
        }
    }
    decide_text("status", false);
    if (import.source.set_aside[kind].erase(match.id) > 0 && conflicts == 0 && !changed.empty() &&
        changed.back() == "status") {
        use(kind, "no longer aside");
    }
    if (!changed.empty()) {
        plan.changed.push_back(line(kind, match.id, changed));
    }
    if (changed.empty() && conflicts == 0) {
        ++plan.unchanged;
    }
}

void PlanTwin::look_for_missing(Import& import, std::size_t kind,
                                const std::set<std::uint64_t>& matched) {
    TwinPlan& plan = import.plan;
    TwinObjects& last = import.source.last[kind];
    for (const auto& [id, object] : import.before.objects[kind]) {
        if (!last.contains(id) || matched.contains(id)) {
            continue;
        }
        TwinObject& after = plan.after.objects[kind].at(id);
        const bool is_of_people = object.field("status") != last.at(id).field("status");
        if (import.source.adopted[kind].contains(id)) {
            plan.missing.push_back(line(kind, id));
            use(kind, "adopted, so kept");
        } else if (import.options.missing == MissingObjects::remove) {
            plan.after.objects[kind].erase(id);
            import.source.removed_keys[kind].insert(last.at(id).key);
            last.erase(id);
            plan.removed.push_back(line(kind, id));
            use(kind, "removed with the file");
        } else if (import.options.missing == MissingObjects::not_applicable &&
                   object.field("status") != set_aside[kind] && is_of_people) {
            plan.missing.push_back(line(kind, id));
            use(kind, "the status of a person is not set aside");
        } else if (import.options.missing == MissingObjects::not_applicable &&
                   object.field("status") != set_aside[kind]) {
            after.fields["status"] = set_aside[kind];
            last.at(id).fields["status"] = set_aside[kind];
            plan.removed.push_back(line(kind, id));
            import.source.set_aside[kind].insert(id);
            use(kind, "set aside");
        } else {
            plan.missing.push_back(line(kind, id));
            use(kind, import.options.missing == MissingObjects::keep ? "kept" : "aside already");
        }
    }
}

}  // namespace threatatlas::imports::testing
