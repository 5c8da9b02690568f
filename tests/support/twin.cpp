#include "support/twin.hpp"

#include <algorithm>

namespace threatatlas::testing {
namespace {

// "A threat is covered if an active mitigation links to it, or if an active mitigation without
// links sits on its element. A mitigation that names threats covers those and no others."
bool names(const TwinMitigation& mitigation, ThreatId id) {
    const auto& ids = mitigation.scope.threat_ids;
    return std::count(ids.begin(), ids.end(), id) > 0;
}

bool sits_on_element_of(const TwinMitigation& mitigation, const TwinThreat& threat) {
    const std::string_view element_id = threat.texts[events::ThreatField::element_id];
    return mitigation.scope.threat_ids.empty() && !element_id.empty() &&
           mitigation.scope.element_id == element_id &&
           mitigation.scope.diagram == threat.texts[events::ThreatField::diagram];
}

bool is_high_or_critical(const TwinThreat& threat) {
    return threat.scoring.severity == events::Severity::high ||
           threat.scoring.severity == events::Severity::critical;
}

// Applies the data of one event to a product.
class Change {
  public:
    Change(TwinProduct& product, base::Instant time) : product_(product), time_(time) {}

    void operator()(const events::ProductRegistered& data) {
        product_.texts = data.texts;
        product_.created_at = time_;
        product_.texts_at = time_;
    }
    void operator()(const events::ProductDescribed& data) {
        set_texts(product_.texts, data.changes);
        product_.texts_at = time_;
    }
    void operator()(const events::ProductArchived&) { product_.archived_at = time_; }

    void operator()(const events::ThreatIdentified& data) {
        product_.threats[data.threat_id] = {data.texts, data.scoring, data.status, time_, time_};
    }
    void operator()(const events::ThreatScored& data) { threat(data).scoring = data.scoring; }
    void operator()(const events::ThreatStatusChanged& data) { threat(data).status = data.status; }
    void operator()(const events::ThreatDescribed& data) {
        set_texts(threat(data).texts, data.changes);
    }
    void operator()(const events::ThreatRemoved& data) {
        product_.removed_threats[data.threat_id] = threat(data);
        product_.threats.erase(data.threat_id);
    }

    void operator()(const events::MitigationProposed& data) {
        product_.mitigations[data.mitigation_id] = {data.texts, data.scope, data.status, time_,
                                                    time_};
    }
    void operator()(const events::MitigationStatusChanged& data) {
        mitigation(data).status = data.status;
    }
    void operator()(const events::MitigationLinked& data) { mitigation(data).scope = data.scope; }
    void operator()(const events::MitigationDescribed& data) {
        set_texts(mitigation(data).texts, data.changes);
    }
    void operator()(const events::MitigationRemoved& data) {
        product_.removed_mitigations[data.mitigation_id] = mitigation(data);
        product_.mitigations.erase(data.mitigation_id);
    }

    void operator()(const events::ModelImported& data) {
        for (const events::SeenThreat& threat : data.threats) {
            remember({data.source, true, threat.threat_id}, threat.digests);
        }
        for (const events::SeenMitigation& mitigation : data.mitigations) {
            remember({data.source, false, mitigation.mitigation_id}, mitigation.digests);
        }
    }

    void operator()(const events::TokenIssued&) {}
    void operator()(const events::TokenRevoked&) {}

  private:
    template <class Data>
    TwinThreat& threat(const Data& data) {
        TwinThreat& threat = product_.threats.at(data.threat_id);
        threat.updated_at = time_;
        return threat;
    }
    template <class Data>
    TwinMitigation& mitigation(const Data& data) {
        TwinMitigation& mitigation = product_.mitigations.at(data.mitigation_id);
        mitigation.updated_at = time_;
        return mitigation;
    }
    template <class Digests>
    void remember(const std::tuple<std::string, bool, std::uint64_t>& object,
                  const std::optional<Digests>& digests) {
        product_.seen.erase(object);
        if (digests.has_value()) {
            product_.seen[object] = digests->bytes();
        }
    }
    template <class Texts, class Changes>
    static void set_texts(Texts& texts, const Changes& changes) {
        for (std::size_t i = 0; i < changes.size(); ++i) {
            if (changes.at(i).has_value()) {
                texts.set_at(i, changes.at(i).value());
            }
        }
    }

    TwinProduct& product_;
    base::Instant time_;
};

}  // namespace

// "unmitigated_high = threats of severity high or critical, status neither mitigated nor
// not_applicable, not covered."
bool TwinThreat::is_wanting_cover() const {
    return is_high_or_critical(*this) && status != events::ThreatStatus::mitigated &&
           status != events::ThreatStatus::not_applicable;
}

bool TwinMitigation::is_active() const {
    return status == events::MitigationStatus::implemented ||
           status == events::MitigationStatus::verified;
}

std::vector<MitigationId> TwinProduct::named_by(ThreatId id) const {
    std::vector<MitigationId> ids;
    for (const auto& [mitigation_id, mitigation] : mitigations) {
        if (mitigation.is_active() && names(mitigation, id)) {
            ids.push_back(mitigation_id);
        }
    }
    return ids;
}

std::vector<MitigationId> TwinProduct::covered_by(ThreatId id) const {
    const TwinThreat& threat = threats.at(id);
    std::vector<MitigationId> ids;
    for (const auto& [mitigation_id, mitigation] : mitigations) {
        if (mitigation.is_active() &&
            (names(mitigation, id) || sits_on_element_of(mitigation, threat))) {
            ids.push_back(mitigation_id);
        }
    }
    return ids;
}

projections::Posture TwinProduct::posture() const {
    projections::Posture posture;
    for (const auto& [id, threat] : threats) {
        if (threat.status == events::ThreatStatus::not_applicable) {
            continue;
        }
        posture.total_threats += 1;
        if (threat.scoring.severity.has_value()) {
            posture.by_severity[static_cast<std::size_t>(*threat.scoring.severity)] += 1;
        } else {
            posture.unscored += 1;
        }
        posture.mitigated_threats += threat.status == events::ThreatStatus::mitigated ? 1 : 0;
        posture.unmitigated_high += threat.is_wanting_cover() && covered_by(id).empty() ? 1 : 0;
    }
    for (const auto& [id, mitigation] : mitigations) {
        posture.total_mitigations += 1;
        posture.active_mitigations += mitigation.is_active() ? 1 : 0;
    }
    return posture;
}

std::map<projections::ElementName, projections::Element> TwinProduct::elements() const {
    std::map<projections::ElementName, projections::Element> elements;
    for (const auto& [id, threat] : threats) {
        const std::string_view element_id = threat.texts[events::ThreatField::element_id];
        if (!element_id.empty() && threat.is_wanting_cover() && named_by(id).empty()) {
            elements[{std::string(threat.texts[events::ThreatField::diagram]),
                      std::string(element_id)}]
                .open_high_threats += 1;
        }
    }
    for (const auto& [id, mitigation] : mitigations) {
        if (mitigation.is_active() && mitigation.scope.threat_ids.empty() &&
            !mitigation.scope.element_id.empty()) {
            elements[{mitigation.scope.diagram, mitigation.scope.element_id}].active_mitigations +=
                1;
        }
    }
    return elements;
}

void Twin::add(const events::Event& event) {
    if (const auto* issued = std::get_if<events::TokenIssued>(&event.data)) {
        tokens_[issued->token_id] = {issued->name,       issued->role,   issued->product_ids,
                                     issued->prefix,     issued->sha256, event.time,
                                     issued->expires_at, std::nullopt};
        return;
    }
    if (const auto* revoked = std::get_if<events::TokenRevoked>(&event.data)) {
        tokens_.at(revoked->token_id).revoked_at = event.time;
        return;
    }
    TwinProduct& product = products_[event.product_id];
    if (product.updated_at != event.time) {
        product.first_position = event.position;
    }
    product.version += 1;
    product.last_position = event.position;
    product.last_id = event.id;
    product.updated_at = event.time;
    std::visit(Change(product, event.time), event.data);
}

void Twin::add_transaction(const std::vector<events::Event>& events) {
    for (const events::Event& event : events) {
        add(event);
    }
    const ProductId id = events.front().product_id;
    if (id == 0) {
        return;
    }
    const TwinProduct& product = products_.at(id);
    history_[id].push_back({product.updated_at, product.first_position, product.last_position,
                            product.last_id, product.version, product.posture(), product.texts,
                            product.texts_at, product.archived_at.has_value()});
}

const TwinMoment* Twin::moment_at(ProductId id, base::Instant instant) const {
    const TwinMoment* found = nullptr;
    const auto moments = history_.find(id);
    if (moments != history_.end()) {
        for (const TwinMoment& moment : moments->second) {
            if (moment.time <= instant) {
                found = &moment;
            }
        }
    }
    return found;
}

}  // namespace threatatlas::testing
