#include "support/twin.hpp"

#include <algorithm>
#include <array>

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

constexpr std::array severities{events::Severity::critical, events::Severity::high,
                                events::Severity::medium, events::Severity::low};

// Applies the data of one event to a product.
class Change {
  public:
    Change(TwinProduct& product, const events::Event& event)
        : product_(product), event_(event), time_(event.time) {}

    void operator()(const events::ProductRegistered& data) {
        product_.texts = data.texts;
        product_.created_at = time_;
        product_.details_at = time_;
    }
    void operator()(const events::ProductDescribed& data) {
        set_texts(product_.texts, data.changes);
        product_.details_at = time_;
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

    void operator()(const events::AcceptanceRequested& data) {
        TwinAcceptance& acceptance = product_.acceptances[data.acceptance_id];
        acceptance.request = data;
        acceptance.requested_step = step("");
    }
    void operator()(const events::AcceptanceApproved& data) {
        TwinAcceptance& acceptance = product_.acceptances.at(data.acceptance_id);
        acceptance.state = projections::AcceptanceState::approved;
        acceptance.approved = data.severities;
        acceptance.assurance = data.assurance;
        acceptance.decision = step(data.note);
        acceptance.suspended = lacks_control(acceptance);
        if (acceptance.request.replaces == 0) {
            return;
        }
        TwinAcceptance& replaced = product_.acceptances.at(acceptance.request.replaces);
        if (replaced.state == projections::AcceptanceState::approved &&
            time_ < replaced.request.valid_until + std::chrono::days{1}) {
            replaced.state = projections::AcceptanceState::replaced;
            replaced.replaced_by = data.acceptance_id;
            replaced.suspended = false;
            replaced.end = step("");
        }
    }
    void operator()(const events::AcceptanceRejected& data) {
        decide(data, projections::AcceptanceState::rejected, data.note);
    }
    void operator()(const events::AcceptanceWithdrawn& data) {
        decide(data, projections::AcceptanceState::withdrawn, "");
    }
    void operator()(const events::AcceptanceRevoked& data) {
        TwinAcceptance& acceptance = product_.acceptances.at(data.acceptance_id);
        acceptance.state = projections::AcceptanceState::revoked;
        acceptance.suspended = false;
        acceptance.end = step(data.note);
    }

    void operator()(const events::PolicyAssigned& data) {
        product_.policy = data.policy;
        product_.policy_is_enforced = data.enforced;
        product_.details_at = time_;
    }
    void operator()(const events::ProductReviewed&) {
        product_.reviewed_at = time_;
        product_.details_at = time_;
    }

    void operator()(const events::GateChecked&) {}
    void operator()(const events::TokenIssued&) {}
    void operator()(const events::TokenRevoked&) {}
    void operator()(const events::PolicyDefined&) {}
    void operator()(const events::PolicyRemoved&) {}

    // "In force only while all of its compensating controls are active."
    void look_at_controls() {
        for (auto& [id, acceptance] : product_.acceptances) {
            if (acceptance.state == projections::AcceptanceState::approved &&
                time_ < acceptance.request.valid_until + std::chrono::days{1}) {
                acceptance.suspended = lacks_control(acceptance);
            }
        }
    }

  private:
    projections::AcceptanceStep step(std::string_view note) const {
        return {time_, event_.actor, event_.on_behalf_of, std::string(note)};
    }
    template <class Data>
    void decide(const Data& data, projections::AcceptanceState state, std::string_view note) {
        TwinAcceptance& acceptance = product_.acceptances.at(data.acceptance_id);
        acceptance.state = state;
        acceptance.decision = step(note);
    }
    bool lacks_control(const TwinAcceptance& acceptance) const {
        for (const MitigationId id : acceptance.request.while_mitigations) {
            const auto found = product_.mitigations.find(id);
            if (found == product_.mitigations.end() || !found->second.is_active()) {
                return true;
            }
        }
        return false;
    }
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
    const events::Event& event_;
    base::Instant time_;
};

void count_day(std::vector<std::pair<base::Day, projections::SeverityCounts>>& days, base::Day day,
               events::Severity severity) {
    std::map<base::Day, projections::SeverityCounts> counts(days.begin(), days.end());
    counts[day].at(static_cast<std::size_t>(severity)) += 1;
    days.assign(counts.begin(), counts.end());
}

// "Unscored ranks above critical."
int rank_of(std::optional<events::Severity> severity) {
    return severity.has_value() ? 3 - static_cast<int>(*severity) : 4;
}

}  // namespace

// "unmitigated_high = threats of severity high or critical, status neither mitigated nor
// not_applicable, not covered." The same for each severity.
bool TwinThreat::is_wanting_cover(events::Severity severity) const {
    return scoring.severity == severity && status != events::ThreatStatus::mitigated &&
           status != events::ThreatStatus::not_applicable;
}

bool TwinThreat::is_wanting_cover() const {
    return std::any_of(severities.begin(), severities.end(),
                       [this](events::Severity severity) { return is_wanting_cover(severity); });
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

bool TwinProduct::is_unmitigated(ThreatId id, events::Severity severity) const {
    return threats.at(id).is_wanting_cover(severity) && covered_by(id).empty();
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
        for (std::size_t i = 0; i < severities.size(); ++i) {
            posture.unmitigated.at(i) += is_unmitigated(id, severities.at(i)) ? 1 : 0;
        }
    }
    for (const auto& [id, mitigation] : mitigations) {
        posture.total_mitigations += 1;
        posture.active_mitigations += mitigation.is_active() ? 1 : 0;
    }
    return posture;
}

std::vector<AcceptanceId> TwinProduct::accepting(ThreatId id) const {
    std::vector<AcceptanceId> ids;
    const auto threat = threats.find(id);
    if (threat == threats.end()) {
        return ids;
    }
    for (const auto& [acceptance_id, acceptance] : acceptances) {
        const auto& named = acceptance.request.threat_ids;
        for (std::size_t i = 0; i < named.size(); ++i) {
            if (named[i] == id && acceptance.state == projections::AcceptanceState::approved &&
                !acceptance.suspended &&
                rank_of(threat->second.scoring.severity) <= rank_of(acceptance.approved[i])) {
                ids.push_back(acceptance_id);
            }
        }
    }
    return ids;
}

std::optional<base::Day> TwinProduct::accepted_until(ThreatId id) const {
    std::optional<base::Day> last_day;
    for (const AcceptanceId acceptance_id : accepting(id)) {
        const base::Day day = acceptances.at(acceptance_id).request.valid_until;
        last_day = last_day.has_value() ? std::max(*last_day, day) : day;
    }
    return last_day;
}

std::uint64_t TwinProduct::threats_in_force(AcceptanceId id) const {
    std::uint64_t count = 0;
    for (const ThreatId threat_id : acceptances.at(id).request.threat_ids) {
        const auto ids = accepting(threat_id);
        count += std::count(ids.begin(), ids.end(), id) > 0 ? 1 : 0;
    }
    return count;
}

projections::AcceptedCounts TwinProduct::accepted_on(base::Day day) const {
    projections::AcceptedCounts counts;
    for (const auto& [id, threat] : threats) {
        const auto until = accepted_until(id);
        if (threat.status == events::ThreatStatus::not_applicable || !until.has_value() ||
            *until < day) {
            continue;
        }
        if (threat.scoring.severity.has_value()) {
            counts.by_severity[static_cast<std::size_t>(*threat.scoring.severity)] += 1;
        } else {
            counts.unscored += 1;
        }
        for (std::size_t i = 0; i < severities.size(); ++i) {
            counts.unmitigated.at(i) += is_unmitigated(id, severities.at(i)) ? 1 : 0;
        }
    }
    return counts;
}

std::vector<AcceptanceId> TwinProduct::in_force_on(base::Day day) const {
    std::vector<AcceptanceId> ids;
    for (const auto& [id, acceptance] : acceptances) {
        if (acceptance.request.valid_until >= day && threats_in_force(id) > 0) {
            ids.push_back(id);
        }
    }
    return ids;
}

std::map<projections::ElementName, projections::Element> TwinProduct::elements() const {
    std::map<projections::ElementName, projections::Element> elements;
    for (const auto& [id, threat] : threats) {
        const std::string_view element_id = threat.texts[events::ThreatField::element_id];
        if (!element_id.empty() && threat.is_wanting_cover() && named_by(id).empty()) {
            const events::Severity severity = threat.scoring.severity.value();
            projections::Element& element = elements[{
                std::string(threat.texts[events::ThreatField::diagram]), std::string(element_id)}];
            element.open_threats.at(static_cast<std::size_t>(severity)) += 1;
            if (const auto until = accepted_until(id)) {
                count_day(element.accepted, *until, severity);
            }
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

projections::AcceptedDays accepted_days(const TwinProduct& product) {
    std::map<base::Day, projections::AcceptedDay> days;
    std::map<base::Day, std::vector<AcceptanceId>> in_force;
    const auto today = std::chrono::floor<std::chrono::days>(product.updated_at);
    for (const auto& [id, acceptance] : product.acceptances) {
        const base::Day last_day = acceptance.request.valid_until;
        if (acceptance.state != projections::AcceptanceState::approved || last_day < today) {
            continue;
        }
        projections::AcceptedDay& day = days[last_day];
        day.last_day = last_day;
        day.approved += 1;
        if (product.threats_in_force(id) > 0) {
            day.in_force.count += 1;
            in_force[last_day].push_back(id);
        }
    }
    std::vector<projections::AcceptedDay> all;
    std::vector<AcceptanceId> all_ids;
    for (auto& [last_day, day] : days) {
        // Accepted until that day: accepted on it, and no longer on the next.
        const auto on = product.accepted_on(last_day);
        const auto after = product.accepted_on(last_day + std::chrono::days{1});
        for (std::size_t i = 0; i < on.by_severity.size(); ++i) {
            day.counts.by_severity[i] = on.by_severity[i] - after.by_severity[i];
            day.counts.unmitigated[i] = on.unmitigated[i] - after.unmitigated[i];
        }
        day.counts.unscored = on.unscored - after.unscored;
        all.push_back(day);
        const std::vector<AcceptanceId>& ids = in_force[last_day];
        all_ids.insert(all_ids.end(), ids.begin(), ids.end());
    }
    return {all, all_ids};
}

void Twin::add(const events::Event& event) {
    if (const auto* issued = std::get_if<events::TokenIssued>(&event.data)) {
        tokens_[issued->token_id] = {issued->name,       issued->role,   issued->product_ids,
                                     issued->prefix,     issued->sha256, event.time,
                                     issued->expires_at, std::nullopt,   event.actor};
        return;
    }
    if (const auto* revoked = std::get_if<events::TokenRevoked>(&event.data)) {
        tokens_.at(revoked->token_id).revoked_at = event.time;
        return;
    }
    if (event.product_id == 0) {
        add_policy_event(event);
        return;
    }
    TwinProduct& product = products_[event.product_id];
    if (const auto* check = std::get_if<events::GateChecked>(&event.data)) {
        product.checks[check->check_id] = event;
        return;
    }
    if (product.updated_at != event.time) {
        product.first_position = event.position;
    }
    product.version += 1;
    product.last_position = event.position;
    product.last_id = event.id;
    product.updated_at = event.time;
    Change change(product, event);
    std::visit(change, event.data);
    change.look_at_controls();
}

void Twin::add_policy_event(const events::Event& event) {
    if (const auto* defined = std::get_if<events::PolicyDefined>(&event.data)) {
        policies_[defined->policy].push_back(
            {event.time, false, defined->version, defined->definition, event.time, event.actor});
        return;
    }
    auto& versions = policies_.at(std::get<events::PolicyRemoved>(event.data).policy);
    TwinPolicyVersion last = versions.back();
    last.since = event.time;
    last.removed = true;
    versions.push_back(std::move(last));
}

void Twin::add_transaction(const std::vector<events::Event>& events) {
    for (const events::Event& event : events) {
        add(event);
    }
    const ProductId id = events.front().product_id;
    if (id == 0) {
        return;
    }
    if (std::holds_alternative<events::GateChecked>(events.front().data)) {
        return;
    }
    const TwinProduct& product = products_.at(id);
    history_[id].push_back({product.updated_at, product.first_position, product.last_position,
                            product.last_id, product.version, product.posture(),
                            accepted_days(product), !product.acceptances.empty(), product.texts,
                            product.details_at, product.archived_at.has_value(), product.policy,
                            product.policy_is_enforced, product.reviewed_at});
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

const TwinPolicyVersion* Twin::policy_at(const std::string& name, base::Instant instant) const {
    const TwinPolicyVersion* found = nullptr;
    const auto versions = policies_.find(name);
    if (versions != policies_.end()) {
        for (const TwinPolicyVersion& version : versions->second) {
            found = version.since <= instant ? &version : found;
        }
    }
    return found;
}

}  // namespace threatatlas::testing
