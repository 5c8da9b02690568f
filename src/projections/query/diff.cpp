#include "projections/query/diff.hpp"

#include <algorithm>
#include <span>

#include "base/work_watch.hpp"
#include "projections/query/views.hpp"

namespace threatatlas::query {
namespace {

// --- Finding changes -----------------------------------------------------------------------------

void write_value(base::JsonWriter& json, std::string_view text) {
    json.string_or_null(text);
}
void write_value(base::JsonWriter& json, bool value) {
    json.boolean(value);
}
void write_value(base::JsonWriter& json, std::optional<events::Severity> severity) {
    json.string_or_null(severity ? events::name_of(*severity) : std::string_view{});
}
template <class Number>
requires std::is_unsigned_v<Number>
void write_value(base::JsonWriter& json, std::optional<Number> number) {
    if (number) {
        json.number(*number);
    } else {
        json.null();
    }
}
std::string json_of(std::span<const std::uint64_t> ids) {
    std::string out;
    base::JsonWriter json(out);
    json.numbers(ids);
    return out;
}

void write_value(base::JsonWriter& json,
                 const std::vector<std::optional<events::Severity>>& severities) {
    write_accepted_severities(json, severities);
}
void write_value(base::JsonWriter& json, const std::optional<projections::AcceptanceStep>& step) {
    write_acceptance_step(json, step);
}

void write_value(base::JsonWriter& json, const std::optional<base::Instant>& instant) {
    json.string_or_null(instant ? base::format_instant(*instant) : std::string());
}
void write_value(base::JsonWriter& json, const projections::PolicyAssignment& policy) {
    write_assigned_policy(json, policy);
}

template <class Value>
std::string json_of(const Value& value) {
    std::string out;
    base::JsonWriter json(out);
    write_value(json, value);
    return out;
}

// Compares the fields of one object at two moments.
class FieldComparison {
  public:
    explicit FieldComparison(std::size_t ids_max) : ids_max_(ids_max) {}

    void compare(std::string_view field, const std::vector<std::uint64_t>& from,
                 const std::vector<std::uint64_t>& to) {
        if (from != to) {
            const auto shown = [&](std::span<const std::uint64_t> ids) {
                return ids.first(std::min(ids.size(), ids_max_));
            };
            add_ids(field, shown(from), from.size(), shown(to), to.size());
        }
    }
    void compare(std::string_view field, const Covering& from, const Covering& to,
                 CoveringComparison& coverings) {
        if (!coverings.are_same(from, to)) {
            add_ids(field, from.first(ids_max_), from.size(), to.first(ids_max_), to.size());
        }
    }

    template <class Value>
    void compare(std::string_view field, const Value& from, const Value& to) {
        if (from != to) {
            changes_.push_back({field, json_of(from), json_of(to), 0, 0});
        }
    }

    template <class Field, std::size_t count>
    void compare(const events::Texts<Field, count>& from, const events::Texts<Field, count>& to,
                 Field first, Field last) {
        for (auto i = static_cast<std::size_t>(first); i <= static_cast<std::size_t>(last); ++i) {
            compare(events::names_of<Field>()[i], std::string_view(from.at(i)),
                    std::string_view(to.at(i)));
        }
    }

    std::vector<FieldChange> take() { return std::move(changes_); }

  private:
    void add_ids(std::string_view field, std::span<const std::uint64_t> from, std::size_t from_all,
                 std::span<const std::uint64_t> to, std::size_t to_all) {
        changes_.push_back(
            {field, json_of(from), json_of(to), from_all - from.size(), to_all - to.size()});
    }

    const std::size_t ids_max_;
    std::vector<FieldChange> changes_;
};

struct CoveredThreat {
    const projections::Threat& threat;
    Covering covered_by;
};

std::vector<FieldChange> compare(const CoveredThreat& from, const CoveredThreat& to,
                                 CoveringComparison& coverings, std::size_t ids_max) {
    FieldComparison fields(ids_max);
    const events::Scoring& before = from.threat.scoring;
    const events::Scoring& after = to.threat.scoring;
    fields.compare(from.threat.texts, to.threat.texts, events::ThreatField::name,
                   events::ThreatField::element_name);
    fields.compare("severity", before.severity, after.severity);
    fields.compare("likelihood", before.likelihood, after.likelihood);
    fields.compare("impact", before.impact, after.impact);
    fields.compare("risk_score", risk_score(before), risk_score(after));
    fields.compare("status", events::name_of(from.threat.status),
                   events::name_of(to.threat.status));
    fields.compare("covered", !from.covered_by.empty(), !to.covered_by.empty());
    fields.compare("covered_by", from.covered_by, to.covered_by, coverings);
    fields.compare(from.threat.texts, to.threat.texts, events::ThreatField::comments,
                   events::ThreatField::external_id);
    return fields.take();
}

std::vector<FieldChange> compare(const projections::Mitigation& from,
                                 const projections::Mitigation& to, std::size_t ids_max) {
    FieldComparison fields(ids_max);
    fields.compare(from.texts, to.texts, events::MitigationField::name,
                   events::MitigationField::category);
    fields.compare("status", events::name_of(from.status), events::name_of(to.status));
    fields.compare("active", projections::is_active(from), projections::is_active(to));
    fields.compare("threat_ids", from.scope.threat_ids, to.scope.threat_ids);
    fields.compare("diagram", std::string_view(from.scope.diagram),
                   std::string_view(to.scope.diagram));
    fields.compare("element_id", std::string_view(from.scope.element_id),
                   std::string_view(to.scope.element_id));
    fields.compare(from.texts, to.texts, events::MitigationField::comments,
                   events::MitigationField::external_id);
    return fields.take();
}

// Other fields than these never change.
std::vector<FieldChange> compare(const AcceptanceView& from, const AcceptanceView& to) {
    const projections::Acceptance& before = from.acceptance;
    const projections::Acceptance& after = to.acceptance;
    const auto id_or_null = [](AcceptanceId id) {
        return id == 0 ? std::nullopt : std::optional(id);
    };
    const auto assurance = [](const projections::Acceptance& acceptance) {
        return acceptance.approved_severities.empty() ? std::string_view()
                                                      : events::name_of(acceptance.assurance);
    };
    FieldComparison fields(all_ids);
    fields.compare("state", name_of(from.status), name_of(to.status));
    fields.compare("in_force", from.in_force(), to.in_force());
    fields.compare("approved_severities", before.approved_severities, after.approved_severities);
    fields.compare("replaced_by", id_or_null(before.replaced_by), id_or_null(after.replaced_by));
    fields.compare("decided", before.decision, after.decision);
    fields.compare("ended", before.end, after.end);
    fields.compare("assurance", assurance(before), assurance(after));
    return fields.take();
}

AcceptanceView view_at(base::Instant instant, const ProductModel& model, AcceptanceId id) {
    const projections::Acceptance& acceptance = model.acceptances.at(id);
    return view_of(id, acceptance, instant, model.has_threat_of(acceptance));
}

// Visits the objects of both sides in order of id. `fields` compares an object that is on both
// sides.
template <class Objects, class Fields>
ObjectChanges compare_objects(const Objects& before, const Objects& after, const Fields& fields) {
    ObjectChanges changes;
    auto old = before.begin();
    for (const auto& [id, object] : after) {
        base::note_row_of_work();
        for (; old != before.end() && old->first < id; ++old) {
            changes.removed.push_back(old->first);
        }
        if (old == before.end() || old->first != id) {
            changes.added.push_back(id);
            continue;
        }
        ++old;
        if (auto changed = fields(id); !changed.empty()) {
            changes.changed.push_back({id, std::string(object.texts.at(0)), std::move(changed)});
        }
    }
    for (; old != before.end(); ++old) {
        changes.removed.push_back(old->first);
    }
    return changes;
}

// --- Writing JSON --------------------------------------------------------------------------------

void write_moment(base::JsonWriter& json, std::string_view key, base::Instant at,
                  const ProductAt* product) {
    json.key(key).begin_object();
    json.key("at").string(base::format_instant(at));
    if (product != nullptr) {
        json.key("position").number(product->position);
        json.key("summary");
        write_summary(json, product->posture);
    } else {
        json.key("position").null();
        json.key("summary").null();
    }
    json.end_object();
}

void write_step(base::JsonWriter& json, std::string_view key, std::uint64_t from,
                std::uint64_t to) {
    json.key(key).signed_number(static_cast<std::int64_t>(to) - static_cast<std::int64_t>(from));
}

void write_steps(base::JsonWriter& json, const projections::Posture& from,
                 const projections::Posture& to) {
    json.key("summary").begin_object();
    write_step(json, "total_threats", from.total_threats, to.total_threats);
    json.key("by_severity").begin_object();
    for (std::size_t i = 0; i < events::severity_count; ++i) {
        write_step(json, events::names_of<events::Severity>()[i], from.by_severity[i],
                   to.by_severity[i]);
    }
    write_step(json, "unscored", from.unscored, to.unscored);
    json.end_object();
    write_step(json, "mitigated_threats", from.mitigated_threats, to.mitigated_threats);
    write_step(json, "total_mitigations", from.total_mitigations, to.total_mitigations);
    write_step(json, "active_mitigations", from.active_mitigations, to.active_mitigations);
    write_step(json, "unmitigated_high", from.unmitigated_high(), to.unmitigated_high());
    json.end_object();
}

void write_fields(base::JsonWriter& json, std::string_view key,
                  const std::vector<FieldChange>& fields) {
    json.key(key).begin_object();
    for (const FieldChange& change : fields) {
        json.key(change.field).begin_object();
        json.key("from").raw(change.from);
        json.key("to").raw(change.to);
        json.end_object();
    }
    json.end_object();
}

// `write_before` and `write_after` write the whole object with a given id.
template <class WriteBefore, class WriteAfter>
void write_objects(base::JsonWriter& json, std::string_view key, const ObjectChanges& changes,
                   const WriteBefore& write_before, const WriteAfter& write_after) {
    json.key(key).begin_object();
    json.key("added").begin_array();
    for (const auto id : changes.added) {
        base::note_row_of_work();
        write_after(id);
    }
    json.end_array();
    json.key("removed").begin_array();
    for (const auto id : changes.removed) {
        base::note_row_of_work();
        write_before(id);
    }
    json.end_array();
    json.key("changed").begin_array();
    for (const ObjectChange& change : changes.changed) {
        base::note_row_of_work();
        json.begin_object();
        json.key("id").number(change.id);
        json.key("name").string(change.name);
        write_fields(json, "fields", change.fields);
        json.end_object();
    }
    json.end_array();
    json.end_object();
}

void write_acceptances(base::JsonWriter& json, const AcceptanceChanges& changes, base::Instant to,
                       const ProductModel& after) {
    json.key("acceptances").begin_object();
    json.key("added").begin_array();
    for (const AcceptanceId id : changes.added) {
        base::note_row_of_work();
        write_acceptance(json, after.product.id, view_at(to, after, id));
    }
    json.end_array();
    json.key("changed").begin_array();
    for (const AcceptanceChanges::Changed& change : changes.changed) {
        json.begin_object();
        json.key("id").number(change.id);
        write_fields(json, "fields", change.fields);
        json.end_object();
    }
    json.end_array();
    json.end_object();
}

const ProductModel& or_empty(const std::optional<ProductModel>& model) {
    static const ProductModel empty;
    return model ? *model : empty;
}

}  // namespace

ModelChanges changes_between(const std::optional<ProductModel>& before, const ProductModel& after,
                             std::size_t ids_max) {
    const ProductModel& old = or_empty(before);
    FieldComparison product(ids_max);
    product.compare(old.product.texts, after.product.texts, events::ProductField::name,
                    events::ProductField::external_id);
    product.compare("reviewed_at", old.product.reviewed_at, after.product.reviewed_at);
    product.compare("policy", old.product.policy, after.product.policy);
    ModelChanges found;
    found.product = product.take();
    CoveringComparison coverings;
    const auto covered = [](const ProductModel& model, ThreatId id) -> CoveredThreat {
        const projections::Threat& threat = model.threats.at(id);
        return {threat, model.covered_by(id, threat)};
    };
    found.threats = compare_objects(old.threats, after.threats, [&](ThreatId id) {
        return compare(covered(old, id), covered(after, id), coverings, ids_max);
    });
    found.mitigations = compare_objects(old.mitigations, after.mitigations, [&](MitigationId id) {
        return compare(old.mitigations.at(id), after.mitigations.at(id), ids_max);
    });
    return found;
}

AcceptanceChanges acceptance_changes_between(base::Instant from,
                                             const std::optional<ProductModel>& before,
                                             base::Instant to, const ProductModel& after) {
    const ProductModel& old = or_empty(before);
    AcceptanceChanges changes;
    for (const auto& [id, acceptance] : after.acceptances) {
        base::note_row_of_work();
        if (!old.acceptances.contains(id)) {
            changes.added.push_back(id);
        } else if (auto fields = compare(view_at(from, old, id), view_at(to, after, id));
                   !fields.empty()) {
            changes.changed.push_back({id, std::move(fields)});
        }
    }
    return changes;
}

void write_diff(base::JsonWriter& json, base::Instant from,
                const std::optional<ProductModel>& before, base::Instant to,
                const ProductModel& after) {
    const ModelChanges found = changes_between(before, after);
    const ProductModel& old = or_empty(before);
    const ProductId product = after.product.id;
    const auto write_threat_of = [&](const ProductModel& model) {
        return
            [&json, &model, product](ThreatId id) { write_threat(json, product, model.view(id)); };
    };
    const auto write_mitigation_of = [&](const ProductModel& model) {
        return [&json, &model, product](MitigationId id) {
            write_mitigation(json, product, {id, model.mitigations.at(id)});
        };
    };
    json.begin_object();
    json.key("product_id").number(product);
    write_moment(json, "from", from, before ? &before->product : nullptr);
    write_moment(json, "to", to, &after.product);
    write_steps(json, old.product.posture, after.product.posture);
    json.key("product").begin_object();
    write_fields(json, "changed", found.product);
    json.end_object();
    write_objects(json, "threats", found.threats, write_threat_of(old), write_threat_of(after));
    write_objects(json, "mitigations", found.mitigations, write_mitigation_of(old),
                  write_mitigation_of(after));
    if (const auto acceptances = acceptance_changes_between(from, before, to, after);
        !acceptances.empty()) {
        write_acceptances(json, acceptances, to, after);
    }
    json.end_object();
}

}  // namespace threatatlas::query
