#include "projections/query/views.hpp"

#include <algorithm>

#include "events/limits.hpp"
#include "events/policy_json.hpp"
#include "projections/query/json_members.hpp"

namespace threatatlas::query {
namespace {

// Writes the fields from `first` to `last`, in the order of the vocabulary.
template <class Field, std::size_t count>
void write_texts(base::JsonWriter& json, const events::Texts<Field, count>& texts, Field first,
                 Field last) {
    for (auto i = static_cast<std::size_t>(first); i <= static_cast<std::size_t>(last); ++i) {
        json.key(events::names_of<Field>()[i]).string_or_null(texts.at(i));
    }
}

void write_scoring(base::JsonWriter& json, const events::Scoring& scoring) {
    json.key("severity")
        .string_or_null(scoring.severity ? events::name_of(*scoring.severity) : std::string_view{});
    write_number(json, "likelihood", scoring.likelihood);
    write_number(json, "impact", scoring.impact);
    write_number(json, "risk_score", risk_score(scoring));
}

}  // namespace

std::optional<std::uint64_t> risk_score(const events::Scoring& scoring) {
    if (!scoring.likelihood || !scoring.impact) {
        return std::nullopt;
    }
    return std::uint64_t{*scoring.likelihood} * *scoring.impact;
}

void write_summary(base::JsonWriter& json, const projections::Posture& posture) {
    json.begin_object();
    json.key("total_threats").number(posture.total_threats);
    json.key("by_severity").begin_object();
    for (std::size_t i = 0; i < events::severity_count; ++i) {
        json.key(events::names_of<events::Severity>()[i]).number(posture.by_severity[i]);
    }
    json.key("unscored").number(posture.unscored);
    json.end_object();
    json.key("mitigated_threats").number(posture.mitigated_threats);
    json.key("mitigation_ratio").raw(projections::shown_ratio(posture));
    json.key("total_mitigations").number(posture.total_mitigations);
    json.key("active_mitigations").number(posture.active_mitigations);
    json.key("unmitigated_high").number(posture.unmitigated_high());
    json.end_object();
}

void write_identity(base::JsonWriter& json, const ProductAt& product) {
    json.key("product_id").number(product.id);
    json.key("product_name").string(product.texts[events::ProductField::name]);
    json.key("summary");
    write_summary(json, product.posture);
}

void write_recorded(base::JsonWriter& json, const ProductAt& product) {
    json.key("position").number(product.position);
    write_instant(json, "recorded_at", product.recorded_at);
}

void write_threat(base::JsonWriter& json, ProductId product, const ThreatView& view) {
    json.begin_object();
    write_threat_members(json, product, view);
    json.end_object();
}

void write_threat_members(base::JsonWriter& json, ProductId product, const ThreatView& view) {
    const projections::Threat& threat = view.threat;
    json.key("id").number(view.id);
    json.key("product_id").number(product);
    write_texts(json, threat.texts, events::ThreatField::name, events::ThreatField::element_name);
    write_scoring(json, threat.scoring);
    json.key("status").string(events::name_of(threat.status));
    json.key("covered").boolean(view.covered());
    const std::span<const MitigationId> covered_by = view.covered_by;
    const std::size_t listed = std::min(covered_by.size(), events::limits::covered_by_ids_max);
    json.key("covered_by").numbers(covered_by.first(listed));
    if (const std::uint64_t count = covered_by.size() + view.covered_by_unlisted; count > listed) {
        json.key("covered_by_count").number(count);
    }
    if (!view.acceptance_ids.empty()) {
        json.key("acceptance_ids").numbers(view.acceptance_ids);
    }
    write_texts(json, threat.texts, events::ThreatField::comments,
                events::ThreatField::external_id);
    write_instant(json, "created_at", threat.created_at);
    write_instant(json, "updated_at", threat.updated_at);
}

void write_mitigation(base::JsonWriter& json, ProductId product, const MitigationView& view) {
    const projections::Mitigation& mitigation = view.mitigation;
    json.begin_object();
    json.key("id").number(view.id);
    json.key("product_id").number(product);
    write_texts(json, mitigation.texts, events::MitigationField::name,
                events::MitigationField::category);
    json.key("status").string(events::name_of(mitigation.status));
    json.key("active").boolean(events::is_active(mitigation.status));
    json.key("threat_ids").numbers(mitigation.scope.threat_ids);
    json.key("diagram").string_or_null(mitigation.scope.diagram);
    json.key("element_id").string_or_null(mitigation.scope.element_id);
    write_texts(json, mitigation.texts, events::MitigationField::comments,
                events::MitigationField::external_id);
    write_instant(json, "created_at", mitigation.created_at);
    write_instant(json, "updated_at", mitigation.updated_at);
    json.end_object();
}

void write_accepted_severities(base::JsonWriter& json,
                               const std::vector<std::optional<events::Severity>>& severities) {
    if (severities.empty()) {
        json.null();
        return;
    }
    json.begin_array();
    for (const auto severity : severities) {
        severity ? json.string(events::name_of(*severity)) : json.null();
    }
    json.end_array();
}

void write_acceptance_step(base::JsonWriter& json,
                           const std::optional<projections::AcceptanceStep>& step) {
    if (!step) {
        json.null();
        return;
    }
    json.begin_object();
    write_instant(json, "at", step->time);
    json.member("actor", step->actor);
    json.key("on_behalf_of").string_or_null(step->on_behalf_of);
    json.key("note").string_or_null(step->note);
    json.end_object();
}

namespace {

// The number of another acceptance, or null.
void write_other(base::JsonWriter& json, std::string_view key, AcceptanceId id) {
    json.key(key);
    id == 0 ? json.null() : json.number(id);
}

}  // namespace

void write_acceptance(base::JsonWriter& json, ProductId product, const AcceptanceView& view) {
    const projections::Acceptance& acceptance = view.acceptance;
    json.begin_object();
    json.key("id").number(view.id);
    json.key("product_id").number(product);
    json.key("state").string(name_of(view.status));
    json.key("in_force").boolean(view.in_force());
    json.key("threat_ids").numbers(acceptance.threat_ids);
    json.key("requested_severities");
    write_accepted_severities(json, acceptance.requested_severities);
    json.key("approved_severities");
    write_accepted_severities(json, acceptance.approved_severities);
    write_texts(json, acceptance.texts, events::AcceptanceField::justification,
                events::AcceptanceField::reference);
    write_day(json, "valid_until", acceptance.last_day);
    write_instant(json, "ends_at", base::end_of(acceptance.last_day));
    json.key("while_mitigations").numbers(acceptance.while_mitigations);
    write_other(json, "replaces", acceptance.replaces);
    write_other(json, "replaced_by", acceptance.replaced_by);
    json.key("requested");
    write_acceptance_step(json, acceptance.request);
    json.key("decided");
    write_acceptance_step(json, acceptance.decision);
    json.key("ended");
    write_acceptance_step(json, acceptance.end);
    json.key("assurance")
        .string_or_null(acceptance.approved_severities.empty()
                            ? std::string_view{}
                            : events::name_of(acceptance.assurance));
    json.end_object();
}

void write_assigned_policy(base::JsonWriter& json, const projections::PolicyAssignment& policy) {
    if (policy.name.empty()) {
        json.null();
        return;
    }
    json.begin_object();
    json.key("name").string(policy.name);
    json.key("enforced").boolean(policy.enforced);
    json.end_object();
}

void write_product(base::JsonWriter& json, const ProductAt& product) {
    json.begin_object();
    write_product_members(json, product);
    json.end_object();
}

void write_product_members(base::JsonWriter& json, const ProductAt& product) {
    json.key("id").number(product.id);
    write_texts(json, product.texts, events::ProductField::name, events::ProductField::external_id);
    json.key("version").number(product.version);
    write_instant(json, "created_at", product.created_at);
    write_instant(json, "updated_at", product.recorded_at);
    // Nothing is recorded for a product after it was archived, so its newest event archived it.
    write_instant(json, "archived_at",
                  product.archived ? std::optional(product.recorded_at) : std::nullopt);
    if (product.reviewed_at) {
        write_instant(json, "reviewed_at", *product.reviewed_at);
    }
    if (!product.policy.name.empty()) {
        json.key("policy");
        write_assigned_policy(json, product.policy);
    }
    json.key("summary");
    write_summary(json, product.posture);
}

void write_policy(base::JsonWriter& json, const PolicyView& policy,
                  std::optional<std::uint64_t> products) {
    const projections::PolicyVersion& row = policy.version;
    json.begin_object();
    json.key("name").string(policy.name);
    json.key("version").number(row.version);
    write_texts(json, row.definition.texts, events::PolicyField::title,
                events::PolicyField::description);
    events::write_policy_members(json, row.definition);
    json.key("defined_by").string(row.defined_by);
    write_instant(json, "defined_at", row.defined_at);
    if (products) {
        json.key("products").number(*products);
    }
    json.end_object();
}

void write_posture(base::JsonWriter& json, const ProductAt& product) {
    json.begin_object();
    write_identity(json, product);
    write_recorded(json, product);
    json.end_object();
}

namespace {

void write_token_members(base::JsonWriter& json, TokenId id, const projections::Token& token) {
    json.key("id").number(id);
    json.key("name").string(token.name);
    json.key("role").string(events::name_of(token.role));
    if (token.product_ids) {
        json.key("product_ids").numbers(*token.product_ids);
    } else {
        json.key("product_ids").null();
    }
    json.key("prefix").string(token.prefix);
    write_instant(json, "created_at", token.created_at);
    write_instant(json, "expires_at", token.expires_at);
}

}  // namespace

void write_timeline_point(base::JsonWriter& json, const TimelinePoint& point) {
    json.begin_object();
    write_instant(json, "at", point.at);
    json.key("position").number(point.position);
    json.key("summary");
    write_summary(json, point.posture);
    json.end_object();
}

void write_timeline(base::JsonWriter& json, std::span<const TimelinePoint> points) {
    json.begin_array();
    for (const TimelinePoint& point : points) {
        write_timeline_point(json, point);
    }
    json.end_array();
}

void write_token(base::JsonWriter& json, TokenId id, const projections::Token& token,
                 std::optional<base::Instant> last_used_at) {
    json.begin_object();
    write_token_members(json, id, token);
    write_instant(json, "last_used_at", last_used_at);
    json.end_object();
}

void write_issued_token(base::JsonWriter& json, TokenId id, const projections::Token& token,
                        std::string_view secret) {
    json.begin_object();
    write_token_members(json, id, token);
    json.key("token").string(secret);
    json.end_object();
}

}  // namespace threatatlas::query
