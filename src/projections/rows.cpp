#include "projections/rows.hpp"

#include "events/store/keys.hpp"
#include "projections/row_codec.hpp"

namespace threatatlas::projections {
namespace {

void write_counts(RowWriter& out, const SeverityCounts& counts) {
    for (const auto count : counts) {
        out.number(count);
    }
}

SeverityCounts read_counts(RowReader& in) {
    return in.numbers<events::severity_count>();
}

void write_counts(RowWriter& out, const ThreatCounts& counts) {
    write_counts(out, counts.by_severity);
    out.number(counts.unscored);
    write_counts(out, counts.unmitigated);
}

void read_counts(RowReader& in, ThreatCounts& counts) {
    counts.by_severity = read_counts(in);
    counts.unscored = in.number();
    counts.unmitigated = read_counts(in);
}

void write_posture(RowWriter& out, const Posture& posture) {
    out.number(posture.total_threats);
    write_counts(out, posture);
    out.number(posture.mitigated_threats)
        .number(posture.total_mitigations)
        .number(posture.active_mitigations);
}

Posture read_posture(RowReader& in) {
    Posture posture;
    posture.total_threats = in.number();
    read_counts(in, posture);
    posture.mitigated_threats = in.number();
    posture.total_mitigations = in.number();
    posture.active_mitigations = in.number();
    return posture;
}

void write_accepted(RowWriter& out, const AcceptedDays& days) {
    out.number(days.size());
    for (const AcceptedDay& day : days) {
        out.day(day.last_day).number(day.approved).number(day.in_force.size());
        write_counts(out, day.counts);
    }
    for (const AcceptedDay& day : days) {
        out.ids_without_size(days.in_force(day));
    }
}

// Reads a day that must be later than the one before it in its list, if there is one.
base::Day read_day_after(RowReader& in, std::optional<base::Day> last) {
    const base::Day day = in.day();
    if (last && day <= *last) {
        throw BadRow("days are not in ascending order");
    }
    return day;
}

AcceptedDays read_accepted(RowReader& in) {
    std::vector<AcceptedDay> days(in.size());
    std::size_t id_count = 0;
    std::optional<base::Day> last;
    for (AcceptedDay& day : days) {
        day.last_day = read_day_after(in, last);
        last = day.last_day;
        day.approved = in.number();
        day.in_force.count = in.size();
        id_count += day.in_force.count;
        read_counts(in, day.counts);
    }
    std::vector<AcceptanceId> ids(in.checked_size(id_count));
    std::span<AcceptanceId> unread = ids;
    for (const AcceptedDay& day : days) {
        in.read_ids(unread.first(day.in_force.count));
        unread = unread.subspan(day.in_force.count);
    }
    return {std::move(days), std::move(ids)};
}

void write_assignment(RowWriter& out, const PolicyAssignment& policy) {
    out.text(policy.name);
    if (!policy.name.empty()) {
        out.boolean(policy.enforced);
    }
}

PolicyAssignment read_assignment(RowReader& in) {
    PolicyAssignment policy;
    policy.name = in.text();
    policy.enforced = !policy.name.empty() && in.boolean();
    return policy;
}

// Absent scores are 0.
void write_scoring(RowWriter& out, const events::Scoring& scoring) {
    write_severity(out, scoring.severity);
    out.number(scoring.likelihood.value_or(0)).number(scoring.impact.value_or(0));
}

std::optional<std::uint8_t> read_score(RowReader& in) {
    const auto score = in.name<std::uint8_t>(6);
    return score == 0 ? std::nullopt : std::optional(score);
}

events::Scoring read_scoring(RowReader& in) {
    events::Scoring scoring;
    scoring.severity = read_severity(in);
    scoring.likelihood = read_score(in);
    scoring.impact = read_score(in);
    return scoring;
}

std::string tagged_key(ProductId product, char tag, std::string_view rest) {
    std::string key = store::be64_key(product);
    key += tag;
    key += rest;
    return key;
}

}  // namespace

std::string encode(const Product& product, std::string buffer) {
    RowWriter out(std::move(buffer));
    write_posture(out, product.posture);
    out.number(product.version)
        .number(product.transaction_first)
        .number(product.last_position)
        .bits(product.state_id)
        .instant(product.created_at)
        .instant(product.updated_at)
        .instant(product.details_at)
        .optional_instant(product.archived_at)
        .number(product.last_threat_id)
        .number(product.last_mitigation_id)
        .number(product.last_acceptance_id)
        .number(product.requested_acceptances);
    write_accepted(out, product.accepted);
    write_assignment(out, product.policy);
    out.optional_instant(product.reviewed_at).number(product.last_check_id).texts(product.texts);
    return out.take();
}

template <>
Product decode<Product>(std::string_view bytes) {
    return read_whole<Product>(bytes, [](RowReader& in) {
        Product product;
        product.posture = read_posture(in);
        product.version = in.number();
        product.transaction_first = in.number();
        product.last_position = in.number();
        product.state_id = in.bits();
        product.created_at = in.instant();
        product.updated_at = in.instant();
        product.details_at = in.instant();
        product.archived_at = in.optional_instant();
        product.last_threat_id = in.number();
        product.last_mitigation_id = in.number();
        product.last_acceptance_id = in.number();
        product.requested_acceptances = in.number();
        product.accepted = read_accepted(in);
        product.policy = read_assignment(in);
        product.reviewed_at = in.optional_instant();
        product.last_check_id = in.number();
        product.texts = in.texts<events::ProductTexts>();
        return product;
    });
}

std::string encode(const Threat& threat, std::string buffer) {
    RowWriter out(std::move(buffer));
    write_scoring(out, threat.scoring);
    out.number(static_cast<std::uint64_t>(threat.status))
        .boolean(threat.removed)
        .instant(threat.created_at)
        .instant(threat.updated_at)
        .texts(threat.texts);
    return out.take();
}

template <>
Threat decode<Threat>(std::string_view bytes) {
    return read_whole<Threat>(bytes, [](RowReader& in) {
        Threat threat;
        threat.scoring = read_scoring(in);
        threat.status = in.name<events::ThreatStatus>();
        threat.removed = in.boolean();
        threat.created_at = in.instant();
        threat.updated_at = in.instant();
        threat.texts = in.texts<events::ThreatTexts>();
        return threat;
    });
}

std::string encode(const Mitigation& mitigation, std::string buffer) {
    RowWriter out(std::move(buffer));
    out.number(static_cast<std::uint64_t>(mitigation.status))
        .boolean(mitigation.removed)
        .instant(mitigation.created_at)
        .instant(mitigation.updated_at)
        .ids(mitigation.scope.threat_ids)
        .text(mitigation.scope.diagram)
        .text(mitigation.scope.element_id)
        .ids(mitigation.controls)
        .texts(mitigation.texts);
    return out.take();
}

template <>
Mitigation decode<Mitigation>(std::string_view bytes) {
    return read_whole<Mitigation>(bytes, [](RowReader& in) {
        Mitigation mitigation;
        mitigation.status = in.name<events::MitigationStatus>();
        mitigation.removed = in.boolean();
        mitigation.created_at = in.instant();
        mitigation.updated_at = in.instant();
        mitigation.scope.threat_ids = in.ids();
        mitigation.scope.diagram = in.text();
        mitigation.scope.element_id = in.text();
        mitigation.controls = in.ids();
        mitigation.texts = in.texts<events::MitigationTexts>();
        return mitigation;
    });
}

std::string encode(const Exposure& exposure, std::string buffer) {
    RowWriter out(std::move(buffer));
    out.boolean(exposure.removed);
    write_severity(out, exposure.open_severity);
    out.number(exposure.active_links)
        .optional_digest(exposure.element)
        .number(exposure.acceptances.size());
    if (!exposure.acceptances.empty()) {
        out.boolean(exposure.counted);
        write_severity(out, exposure.severity);
    }
    for (const ThreatAcceptance& acceptance : exposure.acceptances) {
        out.number(acceptance.id).day(acceptance.last_day);
        write_severity(out, acceptance.severity);
    }
    return out.take();
}

template <>
Exposure decode<Exposure>(std::string_view bytes) {
    return read_whole<Exposure>(bytes, [](RowReader& in) {
        Exposure exposure;
        exposure.removed = in.boolean();
        exposure.open_severity = read_severity(in);
        exposure.active_links = in.number();
        exposure.element = in.optional_digest();
        exposure.acceptances.resize(in.size());
        if (!exposure.acceptances.empty()) {
            exposure.counted = in.boolean();
            exposure.severity = read_severity(in);
        }
        AcceptanceId last = 0;
        for (ThreatAcceptance& acceptance : exposure.acceptances) {
            acceptance = {in.number(), in.day(), read_severity(in)};
            if (acceptance.id <= last) {
                throw BadRow("ids are not in ascending order");
            }
            last = acceptance.id;
        }
        return exposure;
    });
}

std::string encode(const Element& element, std::string buffer) {
    RowWriter out(std::move(buffer));
    out.number(element.active_mitigations);
    write_counts(out, element.open_threats);
    out.number(element.accepted.size());
    for (const auto& [last_day, counts] : element.accepted) {
        out.day(last_day);
        write_counts(out, counts);
    }
    return out.take();
}

template <>
Element decode<Element>(std::string_view bytes) {
    return read_whole<Element>(bytes, [](RowReader& in) {
        Element element;
        element.active_mitigations = in.number();
        element.open_threats = read_counts(in);
        element.accepted.resize(in.size());
        std::optional<base::Day> last;
        for (auto& [last_day, counts] : element.accepted) {
            last_day = read_day_after(in, last);
            last = last_day;
            counts = read_counts(in);
        }
        return element;
    });
}

std::string encode(const Token& token, std::string buffer) {
    RowWriter out(std::move(buffer));
    out.text(token.name)
        .number(static_cast<std::uint64_t>(token.role))
        .boolean(token.product_ids.has_value())
        .ids(token.product_ids.value_or(std::vector<ProductId>{}))
        .text(token.prefix)
        .text(token.sha256)
        .instant(token.created_at)
        .optional_instant(token.expires_at)
        .optional_instant(token.revoked_at)
        .text(token.issued_by);
    return out.take();
}

template <>
Token decode<Token>(std::string_view bytes) {
    return read_whole<Token>(bytes, [](RowReader& in) {
        Token token;
        token.name = in.text();
        token.role = in.name<events::Role>();
        const bool has_list = in.boolean();
        auto ids = in.ids();
        if (has_list) {
            token.product_ids = std::move(ids);
        } else if (!ids.empty()) {
            throw BadRow("an absent list has members");
        }
        token.prefix = in.text();
        token.sha256 = in.text();
        token.created_at = in.instant();
        token.expires_at = in.optional_instant();
        token.revoked_at = in.optional_instant();
        token.issued_by = in.text();
        return token;
    });
}

std::string encode(const HistoryRow& row, std::string buffer) {
    RowWriter out(std::move(buffer));
    write_posture(out, row.posture);
    out.number(row.version)
        .number(row.first_position)
        .number(row.last_position)
        .bits(row.state_id)
        .instant(row.details_at)
        .boolean(row.archived)
        .boolean(row.had_acceptances);
    write_accepted(out, row.accepted);
    return out.take();
}

template <>
HistoryRow decode<HistoryRow>(std::string_view bytes) {
    return read_whole<HistoryRow>(bytes, [](RowReader& in) {
        HistoryRow row;
        row.posture = read_posture(in);
        row.version = in.number();
        row.first_position = in.number();
        row.last_position = in.number();
        row.state_id = in.bits();
        row.details_at = in.instant();
        row.archived = in.boolean();
        row.had_acceptances = in.boolean();
        row.accepted = read_accepted(in);
        return row;
    });
}

std::string encode(const DetailsRow& row, std::string buffer) {
    RowWriter out(std::move(buffer));
    out.instant(row.created_at);
    write_assignment(out, row.policy);
    out.optional_instant(row.reviewed_at).texts(row.texts);
    return out.take();
}

template <>
DetailsRow decode<DetailsRow>(std::string_view bytes) {
    return read_whole<DetailsRow>(bytes, [](RowReader& in) {
        DetailsRow row;
        row.created_at = in.instant();
        row.policy = read_assignment(in);
        row.reviewed_at = in.optional_instant();
        row.texts = in.texts<events::ProductTexts>();
        return row;
    });
}

std::string element_key(ProductId product, const ElementKey& element) {
    return tagged_key(product, element_tag, base::bytes_of(element));
}

std::string exposure_key(ProductId product, ThreatId threat) {
    return tagged_key(product, threat_tag, store::be64_key(threat));
}

std::string link_prefix(ProductId product, ThreatId threat) {
    return tagged_key(product, threat_tag, store::be64_key(threat));
}

std::string seat_prefix(ProductId product, const ElementKey& element) {
    return tagged_key(product, element_tag, base::bytes_of(element));
}

std::string source_prefix(ProductId product, std::string_view source) {
    std::string prefix = store::be64_key(product);
    prefix += source;
    prefix += '\0';
    return prefix;
}

std::string seen_key(ProductId product, const SeenKey& key) {
    return source_prefix(product, key.source) + (key.is_threat ? threat_tag : mitigation_tag) +
           store::be64_key(key.id);
}

std::optional<SeenKey> read_seen_key(std::string_view bytes) {
    constexpr std::size_t rest = 2 + store::be64_bytes;  // the zero byte, the tag and the id
    if (bytes.size() < rest || bytes[bytes.size() - rest] != '\0') {
        return std::nullopt;
    }
    const char tag = bytes[bytes.size() - store::be64_bytes - 1];
    if (tag != threat_tag && tag != mitigation_tag) {
        return std::nullopt;
    }
    return SeenKey{bytes.substr(0, bytes.size() - rest), tag == threat_tag,
                   store::read_be64(bytes.substr(bytes.size() - store::be64_bytes))};
}

std::string policy_prefix(std::string_view name) {
    std::string key(name);
    key += '\0';
    return key;
}

std::string external_id_prefix(std::string_view external_id) {
    std::string key(external_id);
    key += '\0';
    return key;
}

}  // namespace threatatlas::projections
