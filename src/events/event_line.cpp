// Writes lines of the log (event_line.hpp).

#include "events/event_line.hpp"

#include <fmt/format.h>

#include "base/base64.hpp"
#include "base/json_writer.hpp"
#include "events/check_json.hpp"
#include "events/policy_json.hpp"

namespace threatatlas::events {
namespace {

void write_score(base::JsonWriter& json, std::string_view key, std::optional<std::uint8_t> score) {
    if (score) {
        json.key(key).number(*score);
    }
}

void write_text(base::JsonWriter& json, std::string_view key, std::string_view text) {
    if (!text.empty()) {
        json.member(key, text);
    }
}

template <class Field, std::size_t count>
void write_changes(base::JsonWriter& json, const TextChanges<Field, count>& changes) {
    for (std::size_t i = 0; i < count; ++i) {
        if (const auto text = changes.at(i)) {
            json.key(names_of<Field>()[i]).string_or_null(*text);
        }
    }
}

void write_severities(base::JsonWriter& json,
                      const std::vector<std::optional<Severity>>& severities) {
    json.key("severities").begin_array();
    for (const auto severity : severities) {
        if (severity) {
            json.string(name_of(*severity));
        } else {
            json.null();
        }
    }
    json.end_array();
}

void write_scope(base::JsonWriter& json, const CoverageScope& scope) {
    if (!scope.threat_ids.empty()) {
        json.key("threat_ids").numbers(scope.threat_ids);
    }
    write_text(json, "diagram", scope.diagram);
    write_text(json, "element_id", scope.element_id);
}

// Writes a list of seen objects, unless it is empty.
template <class Seen>
void write_seen(base::JsonWriter& json, std::string_view key, const std::vector<Seen>& objects) {
    if (objects.empty()) {
        return;
    }
    json.key(key).begin_array();
    for (const Seen& object : objects) {
        json.begin_object();
        json.key(seen_id_name<Seen>).number(id_of(object));
        json.key("digests").string_or_null(object.digests ? base::base64_of(object.digests->bytes())
                                                          : std::string());
        json.end_object();
    }
    json.end_array();
}

// Writes the members of `data`, with one overload per event type. The caller writes the braces.
class DataWriter {
  public:
    explicit DataWriter(base::JsonWriter& json) : json_(json) {}

    void operator()(const ProductRegistered& data) {
        for (std::size_t i = 0; i < product_field_count; ++i) {
            write_text(json_, names_of<ProductField>()[i], data.texts.at(i));
        }
    }
    void operator()(const ProductDescribed& data) { write_changes(json_, data.changes); }
    void operator()(const ProductArchived&) {}

    void operator()(const ThreatIdentified& data) {
        json_.key("threat_id").number(data.threat_id);
        threat_texts(data.texts, ThreatField::name, ThreatField::element_name);
        if (data.scoring.severity) {
            json_.member("severity", name_of(*data.scoring.severity));
        }
        scores(data.scoring);
        json_.member("status", name_of(data.status));
        threat_texts(data.texts, ThreatField::comments, ThreatField::external_id);
    }
    void operator()(const ThreatScored& data) {
        json_.key("threat_id").number(data.threat_id);
        json_.key("severity")
            .string_or_null(data.scoring.severity ? name_of(*data.scoring.severity)
                                                  : std::string_view{});
        scores(data.scoring);
    }
    void operator()(const ThreatStatusChanged& data) {
        json_.key("threat_id").number(data.threat_id);
        status_change(name_of(data.status), name_of(data.from));
    }
    void operator()(const ThreatDescribed& data) {
        json_.key("threat_id").number(data.threat_id);
        write_changes(json_, data.changes);
    }
    void operator()(const ThreatRemoved& data) { json_.key("threat_id").number(data.threat_id); }

    void operator()(const MitigationProposed& data) {
        json_.key("mitigation_id").number(data.mitigation_id);
        mitigation_texts(data.texts, MitigationField::name, MitigationField::category);
        json_.member("status", name_of(data.status));
        write_scope(json_, data.scope);
        mitigation_texts(data.texts, MitigationField::comments, MitigationField::external_id);
    }
    void operator()(const MitigationStatusChanged& data) {
        json_.key("mitigation_id").number(data.mitigation_id);
        status_change(name_of(data.status), name_of(data.from));
    }
    void operator()(const MitigationLinked& data) {
        json_.key("mitigation_id").number(data.mitigation_id);
        write_scope(json_, data.scope);
    }
    void operator()(const MitigationDescribed& data) {
        json_.key("mitigation_id").number(data.mitigation_id);
        write_changes(json_, data.changes);
    }
    void operator()(const MitigationRemoved& data) {
        json_.key("mitigation_id").number(data.mitigation_id);
    }

    void operator()(const TokenIssued& data) {
        json_.key("token_id").number(data.token_id);
        json_.member("name", data.name);
        json_.member("role", name_of(data.role));
        if (data.product_ids) {
            json_.key("product_ids").numbers(*data.product_ids);
        }
        if (data.expires_at) {
            json_.member("expires_at", base::format_instant(*data.expires_at));
        }
        json_.member("prefix", data.prefix);
        json_.member("sha256", data.sha256);
    }
    void operator()(const TokenRevoked& data) { json_.key("token_id").number(data.token_id); }
    void operator()(const ModelImported& data) {
        json_.member("source", data.source);
        json_.member("format", data.format);
        json_.member("sha256", data.sha256);
        write_seen(json_, "threats", data.threats);
        write_seen(json_, "mitigations", data.mitigations);
    }

    void operator()(const AcceptanceRequested& data) {
        acceptance_id(data);
        json_.key("threat_ids").numbers(data.threat_ids);
        write_severities(json_, data.severities);
        for (std::size_t i = 0; i < acceptance_field_count; ++i) {
            write_text(json_, names_of<AcceptanceField>()[i], data.texts.at(i));
        }
        json_.member("valid_until", base::format_day(data.valid_until));
        if (!data.while_mitigations.empty()) {
            json_.key("while_mitigations").numbers(data.while_mitigations);
        }
        if (data.replaces != 0) {
            json_.key("replaces").number(data.replaces);
        }
    }
    void operator()(const AcceptanceApproved& data) {
        acceptance_id(data);
        write_severities(json_, data.severities);
        json_.member("assurance", name_of(data.assurance));
        write_text(json_, "note", data.note);
    }
    void operator()(const AcceptanceRejected& data) {
        acceptance_id(data);
        write_text(json_, "note", data.note);
    }
    void operator()(const AcceptanceWithdrawn& data) { acceptance_id(data); }
    void operator()(const AcceptanceRevoked& data) {
        acceptance_id(data);
        write_text(json_, "note", data.note);
    }

    void operator()(const PolicyDefined& data) {
        const Policy& definition = data.definition;
        json_.member("policy", data.policy);
        json_.key("version").number(data.version);
        for (std::size_t i = 0; i < policy_field_count; ++i) {
            write_text(json_, names_of<PolicyField>()[i], definition.texts.at(i));
        }
        write_policy_members(json_, definition);
    }
    void operator()(const PolicyRemoved& data) { json_.member("policy", data.policy); }
    void operator()(const PolicyAssigned& data) {
        write_text(json_, "policy", data.policy);
        json_.key("enforced").boolean(data.enforced);
    }
    void operator()(const ProductReviewed& data) { write_text(json_, "note", data.note); }
    void operator()(const GateChecked& data) {
        json_.key("check_id").number(data.check_id);
        json_.key("pass").boolean(data.pass);
        write_question(json_.key("question"), data.question);
        write_conditions(json_.key("conditions"), data.conditions);
        write_policies(json_.key("policies"), data.policies);
        json_.key("product_version").number(data.product_version);
        json_.key("product_position").number(data.product_position);
        write_subject(json_.key("subject"), data.subject);
        write_text(json_, "ref", data.ref);
        write_text(json_, "pipeline_url", data.pipeline_url);
    }

  private:
    template <class Data>
    void acceptance_id(const Data& data) {
        json_.key("acceptance_id").number(data.acceptance_id);
    }
    void scores(const Scoring& scoring) {
        write_score(json_, "likelihood", scoring.likelihood);
        write_score(json_, "impact", scoring.impact);
    }
    void status_change(std::string_view status, std::string_view from) {
        json_.member("status", status);
        json_.member("from", from);
    }
    void threat_texts(const ThreatTexts& texts, ThreatField first, ThreatField last) {
        for (auto i = static_cast<std::size_t>(first); i <= static_cast<std::size_t>(last); ++i) {
            write_text(json_, names_of<ThreatField>()[i], texts.at(i));
        }
    }
    void mitigation_texts(const MitigationTexts& texts, MitigationField first,
                          MitigationField last) {
        for (auto i = static_cast<std::size_t>(first); i <= static_cast<std::size_t>(last); ++i) {
            write_text(json_, names_of<MitigationField>()[i], texts.at(i));
        }
    }

    base::JsonWriter& json_;
};

}  // namespace

void append_line(std::string& out, const Event& event) {
    out += R"({"specversion":"1.0","id":")";
    out += event.id;
    out += R"(","source":")";
    append_source(out, event);
    out += R"(","type":")";
    out += full_type_of(event.type());
    out += R"(","subject":")";
    append_subject(out, event);
    out += R"(","time":")";
    base::append_instant(out, event.time);
    out += R"(","position":)";
    const fmt::format_int position(event.position);
    out.append(position.data(), position.size());
    // The members above need no escaping, so they were appended directly.
    base::JsonWriter json(out, base::JsonWriter::Inside::object);
    json.member("actor", event.actor);
    write_text(json, "reason", event.reason);
    write_text(json, "onbehalfof", event.on_behalf_of);
    write_text(json, "idempotencykey", event.idempotency_key);
    json.key("data").begin_object();
    std::visit(DataWriter(json), event.data);
    if (event.occurred_at) {
        json.member("occurred_at", base::format_instant(*event.occurred_at));
    }
    json.end_object().end_object();
}

}  // namespace threatatlas::events
