#include "events/event_data_reader.hpp"

#include "base/base64.hpp"
#include "events/decision_reader.hpp"
#include "events/limits.hpp"
#include "events/line_values.hpp"

namespace threatatlas::events {
namespace {

namespace ondemand = simdjson::ondemand;

std::vector<std::optional<Severity>> read_severities(ondemand::value value) {
    std::vector<std::optional<Severity>> severities;
    for (ondemand::value severity : value.get_array()) {
        severities.emplace_back();
        if (!severity.is_null()) {
            severities.back() = read_name<Severity>(severity, "severity");
        }
    }
    return severities;
}
std::uint8_t read_score(ondemand::value value) {
    const std::uint64_t score = value.get_uint64();
    if (score < limits::score_min || score > limits::score_max) {
        throw BadLine("likelihood and impact are from 1 to 5");
    }
    return static_cast<std::uint8_t>(score);
}
template <class Digests>
std::optional<Digests> read_digests(ondemand::value value) {
    if (value.is_null()) {
        return std::nullopt;
    }
    const auto bytes = base::bytes_of_base64(std::string_view(value.get_string()));
    const auto digests = bytes ? Digests::from_bytes(*bytes) : std::nullopt;
    if (!digests) {
        throw BadLine(fmt::format("digests are not {} bytes in base64", Digests::byte_count));
    }
    return digests;
}

template <class Seen>
std::vector<Seen> read_seen(ondemand::value value) {
    using Digests = typename decltype(Seen::digests)::value_type;
    std::vector<Seen> objects;
    for (ondemand::object members : value.get_array()) {
        Seen& object = objects.emplace_back();
        for (ondemand::field field : members) {
            const std::string_view key = field.unescaped_key();
            if (key == seen_id_name<Seen>) {
                set_id(object, field.value().get_uint64());
            } else if (key == "digests") {
                object.digests = read_digests<Digests>(field.value());
            } else {
                refuse_member(key);
            }
        }
        if (objects.size() > 1 && id_of(object) <= id_of(objects[objects.size() - 2])) {
            throw BadLine("ids must be in ascending order");
        }
    }
    return objects;
}
bool affects_posture(ProductField) {
    return true;
}
bool affects_posture(ThreatField field) {
    return field == ThreatField::diagram || field == ThreatField::element_id;
}
bool affects_posture(MitigationField) {
    return false;
}
bool affects_posture(AcceptanceField) {
    return false;
}
bool affects_posture(PolicyField) {
    return true;
}
// Reads one text field, or skips it if texts are not read.
template <class Field, std::size_t count>
bool read_text(Texts<Field, count>& texts, std::string_view key, ondemand::value& value,
               Members members) {
    const auto field = parse_name<Field>(key);
    if (!field) {
        return false;
    }
    if (members == Members::all || affects_posture(*field)) {
        texts.set(*field, std::string_view(value.get_string()));
    }
    return true;
}

template <class Field, std::size_t count>
bool read_change(TextChanges<Field, count>& changes, std::string_view key, ondemand::value& value,
                 Members members) {
    const auto field = parse_name<Field>(key);
    if (!field) {
        return false;
    }
    if (members == Members::of_posture && !affects_posture(*field)) {
        return true;
    }
    if (value.is_null()) {
        changes.set(*field, {});
    } else {
        changes.set(*field, value.get_string());
    }
    return true;
}

bool read_scoring(Scoring& scoring, std::string_view key, ondemand::value& value) {
    if (key == "severity") {
        if (!value.is_null()) {
            scoring.severity = read_name<Severity>(value, "severity");
        }
    } else if (key == "likelihood") {
        scoring.likelihood = read_score(value);
    } else if (key == "impact") {
        scoring.impact = read_score(value);
    } else {
        return false;
    }
    return true;
}

bool read_scope(CoverageScope& scope, std::string_view key, ondemand::value& value) {
    if (key == "threat_ids") {
        scope.threat_ids = read_ids(value);
    } else if (key == "diagram") {
        scope.diagram = std::string_view(value.get_string());
    } else if (key == "element_id") {
        scope.element_id = std::string_view(value.get_string());
    } else {
        return false;
    }
    return true;
}

// Reads one member of `data`, with one overload per event type. Returns false if the type has no
// member of that name.
class MemberReader {
  public:
    MemberReader(std::string_view key, ondemand::value& value, Members members)
        : key_(key), value_(value), members_(members) {}

    bool operator()(ProductRegistered& data) { return text(data.texts); }
    bool operator()(ProductDescribed& data) { return change(data.changes); }
    bool operator()(ProductArchived&) { return false; }
    bool operator()(ThreatIdentified& data) {
        return id("threat_id", data.threat_id) || status("status", data.status) ||
               read_scoring(data.scoring, key_, value_) || text(data.texts);
    }
    bool operator()(ThreatScored& data) {
        return id("threat_id", data.threat_id) || read_scoring(data.scoring, key_, value_);
    }
    bool operator()(ThreatStatusChanged& data) {
        return id("threat_id", data.threat_id) || status("status", data.status) ||
               status("from", data.from);
    }
    bool operator()(ThreatDescribed& data) {
        return id("threat_id", data.threat_id) || change(data.changes);
    }
    bool operator()(ThreatRemoved& data) { return id("threat_id", data.threat_id); }
    bool operator()(MitigationProposed& data) {
        return id("mitigation_id", data.mitigation_id) || status("status", data.status) ||
               read_scope(data.scope, key_, value_) || text(data.texts);
    }
    bool operator()(MitigationStatusChanged& data) {
        return id("mitigation_id", data.mitigation_id) || status("status", data.status) ||
               status("from", data.from);
    }
    bool operator()(MitigationLinked& data) {
        return id("mitigation_id", data.mitigation_id) || read_scope(data.scope, key_, value_);
    }
    bool operator()(MitigationDescribed& data) {
        return id("mitigation_id", data.mitigation_id) || change(data.changes);
    }
    bool operator()(MitigationRemoved& data) { return id("mitigation_id", data.mitigation_id); }
    bool operator()(TokenIssued& data) {
        if (key_ == "name") {
            data.name = std::string_view(value_.get_string());
        } else if (key_ == "role") {
            data.role = read_name<Role>(value_, "role");
        } else if (key_ == "product_ids") {
            data.product_ids = read_ids(value_);
        } else if (key_ == "expires_at") {
            data.expires_at = read_instant(value_);
        } else if (key_ == "prefix") {
            data.prefix = std::string_view(value_.get_string());
        } else if (key_ == "sha256") {
            data.sha256 = std::string_view(value_.get_string());
        } else {
            return id("token_id", data.token_id);
        }
        return true;
    }
    bool operator()(TokenRevoked& data) { return id("token_id", data.token_id); }
    bool operator()(ModelImported& data) {
        return text("source", data.source) || text("format", data.format) ||
               text("sha256", data.sha256) || seen("threats", data.threats) ||
               seen("mitigations", data.mitigations);
    }
    bool operator()(AcceptanceRequested& data) {
        return acceptance_id(data) || ids("threat_ids", data.threat_ids) ||
               severities(data.severities) || text(data.texts) ||
               day("valid_until", data.valid_until) ||
               ids("while_mitigations", data.while_mitigations) || id("replaces", data.replaces);
    }
    bool operator()(AcceptanceApproved& data) {
        return acceptance_id(data) || severities(data.severities) ||
               status("assurance", data.assurance) || text("note", data.note);
    }
    bool operator()(AcceptanceRejected& data) {
        return acceptance_id(data) || text("note", data.note);
    }
    bool operator()(AcceptanceWithdrawn& data) { return acceptance_id(data); }
    bool operator()(AcceptanceRevoked& data) {
        return acceptance_id(data) || text("note", data.note);
    }

    bool operator()(PolicyDefined& data) {
        return text("policy", data.policy) || id("version", data.version) ||
               text(data.definition.texts) || read_policy(data.definition, key_, value_);
    }
    bool operator()(PolicyRemoved& data) { return text("policy", data.policy); }
    bool operator()(PolicyAssigned& data) {
        if (key_ == "enforced") {
            data.enforced = value_.get_bool();
            return true;
        }
        return text("policy", data.policy);
    }
    bool operator()(ProductReviewed& data) { return text("note", data.note); }
    bool operator()(GateChecked& data) {
        return id("check_id", data.check_id) || read_check(data, key_, value_) ||
               id("product_version", data.product_version) ||
               id("product_position", data.product_position) || text("ref", data.ref) ||
               text("pipeline_url", data.pipeline_url);
    }

  private:
    template <class Data>
    bool acceptance_id(Data& data) {
        return id("acceptance_id", data.acceptance_id);
    }
    bool ids(std::string_view name, std::vector<std::uint64_t>& member) {
        if (key_ != name) {
            return false;
        }
        member = read_ids(value_);
        return true;
    }
    bool severities(std::vector<std::optional<Severity>>& member) {
        if (key_ != "severities") {
            return false;
        }
        member = read_severities(value_);
        return true;
    }
    bool day(std::string_view name, base::Day& member) {
        if (key_ != name) {
            return false;
        }
        member = read_day(value_);
        return true;
    }
    bool id(std::string_view name, std::uint64_t& member) {
        if (key_ != name) {
            return false;
        }
        member = value_.get_uint64();
        return true;
    }
    template <class Status>
    bool status(std::string_view name, Status& member) {
        if (key_ != name) {
            return false;
        }
        member = read_name<Status>(value_, name);
        return true;
    }
    bool text(std::string_view name, std::string& member) {
        if (key_ != name) {
            return false;
        }
        member = std::string_view(value_.get_string());
        return true;
    }
    // Nothing of it affects the posture.
    template <class Seen>
    bool seen(std::string_view name, std::vector<Seen>& member) {
        if (key_ != name) {
            return false;
        }
        if (members_ == Members::all) {
            member = read_seen<Seen>(value_);
        }
        return true;
    }
    template <class Texts>
    bool text(Texts& texts) {
        return read_text(texts, key_, value_, members_);
    }
    template <class Changes>
    bool change(Changes& changes) {
        return read_change(changes, key_, value_, members_);
    }

    std::string_view key_;
    ondemand::value& value_;
    const Members members_;
};

}  // namespace

void read_data(Event& event, ondemand::object object, Members members) {
    for (ondemand::field field : object) {
        const std::string_view key = key_of(field);
        ondemand::value value = field.value();
        if (key == "occurred_at") {
            event.occurred_at = read_instant(value);
        } else if (!std::visit(MemberReader(key, value, members), event.data)) {
            refuse_member(key);
        }
    }
}

}  // namespace threatatlas::events
