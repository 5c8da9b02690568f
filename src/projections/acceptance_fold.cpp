#include "projections/acceptance_fold.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "projections/counting.hpp"
#include "projections/fold.hpp"

namespace threatatlas::projections {
namespace {

AcceptanceStep step_of(const events::Event& event, std::string_view note = {}) {
    return {event.time, event.actor, event.on_behalf_of, std::string(note)};
}

[[noreturn]] void refuse(const events::Event& event, AcceptanceId id, std::string_view why) {
    throw BadHistory(fmt::format("position {}: acceptance {} of product {} {}", event.position, id,
                                 event.product_id, why));
}

void insert_id(std::vector<AcceptanceId>& ids, AcceptanceId id) {
    ids.insert(std::lower_bound(ids.begin(), ids.end(), id), id);
}

}  // namespace

void AcceptanceFold::request(const events::Event& event, const events::AcceptanceRequested& data) {
    const AcceptanceId id = data.acceptance_id;
    if (tables_.acceptance(id_, id) != nullptr) {
        refuse(event, id, "is requested a second time");
    }
    for (const ThreatId threat_id : data.threat_ids) {
        if (tables_.exposure(id_, threat_id) == nullptr) {
            refuse(event, id, fmt::format("is for threat {}, which never existed", threat_id));
        }
    }
    for (const MitigationId mitigation_id : data.while_mitigations) {
        if (tables_.mitigation(id_, mitigation_id) == nullptr) {
            refuse(event, id,
                   fmt::format("depends on mitigation {}, which never existed", mitigation_id));
        }
    }
    if (data.replaces != 0 && tables_.acceptance(id_, data.replaces) == nullptr) {
        refuse(event, id,
               fmt::format("replaces acceptance {}, which never existed", data.replaces));
    }
    Acceptance& acceptance = tables_.edit_acceptance(id_, id);
    acceptance.threat_ids = data.threat_ids;
    acceptance.requested_severities = data.severities;
    acceptance.texts = data.texts;
    acceptance.last_day = data.valid_until;
    acceptance.while_mitigations = data.while_mitigations;
    acceptance.replaces = data.replaces;
    acceptance.request = step_of(event);
    product_.last_acceptance_id = std::max(product_.last_acceptance_id, id);
    count(product_.requested_acceptances, true);
}

void AcceptanceFold::approve(const events::Event& event, const events::AcceptanceApproved& data) {
    const AcceptanceId id = data.acceptance_id;
    Acceptance& acceptance = decide(event, id, AcceptanceState::approved, data.note);
    if (data.severities.size() != acceptance.threat_ids.size()) {
        refuse(event, id, "is approved with the severities of other threats");
    }
    acceptance.approved_severities = data.severities;
    acceptance.assurance = data.assurance;
    const AcceptanceId replaced_id = acceptance.replaces;
    for (const MitigationId control : acceptance.while_mitigations) {
        insert_id(tables_.edit_mitigation(id_, control).controls, id);
    }
    acceptance.suspended = has_inactive_control(acceptance);
    counting_.count_approved(acceptance.last_day, true);
    if (!acceptance.suspended) {
        enter(id);  // from here on the reference may be invalid
    }
    if (replaced_id == 0) {
        return;
    }
    // One that has ended meanwhile stays as it is.
    const Acceptance& known = *tables_.acceptance(id_, replaced_id);
    if (known.state == AcceptanceState::approved && !counting_.is_over(known.last_day)) {
        Acceptance& replaced = tables_.edit_acceptance(id_, replaced_id);
        replaced.replaced_by = id;
        end(replaced_id, replaced, AcceptanceState::replaced, step_of(event));
    }
}

void AcceptanceFold::reject(const events::Event& event, const events::AcceptanceRejected& data) {
    decide(event, data.acceptance_id, AcceptanceState::rejected, data.note);
}

void AcceptanceFold::withdraw(const events::Event& event, const events::AcceptanceWithdrawn& data) {
    decide(event, data.acceptance_id, AcceptanceState::withdrawn, {});
}

void AcceptanceFold::revoke(const events::Event& event, const events::AcceptanceRevoked& data) {
    const AcceptanceId id = data.acceptance_id;
    end(id, require(event, id, AcceptanceState::approved), AcceptanceState::revoked,
        step_of(event, data.note));
}

void AcceptanceFold::control_changed(MitigationId mitigation_id) {
    const Mitigation* const mitigation = tables_.mitigation(id_, mitigation_id);
    if (mitigation == nullptr || mitigation->controls.empty()) {
        return;
    }
    for (const AcceptanceId id : std::vector(mitigation->controls)) {
        const Acceptance& acceptance = *tables_.acceptance(id_, id);
        if (counting_.is_over(acceptance.last_day)) {
            continue;
        }
        const bool suspended = has_inactive_control(acceptance);
        if (suspended != acceptance.suspended) {
            set_suspended(id, tables_.edit_acceptance(id_, id), suspended);
        }
    }
}

Acceptance& AcceptanceFold::require(const events::Event& event, AcceptanceId id,
                                    AcceptanceState state) {
    const Acceptance* const known = tables_.acceptance(id_, id);
    if (known == nullptr) {
        refuse(event, id, "was never requested");
    }
    if (known->state != state) {
        refuse(event, id, "is in another state");
    }
    return tables_.edit_acceptance(id_, id);
}

Acceptance& AcceptanceFold::decide(const events::Event& event, AcceptanceId id,
                                   AcceptanceState state, std::string_view note) {
    Acceptance& acceptance = require(event, id, AcceptanceState::requested);
    acceptance.state = state;
    acceptance.decision = step_of(event, note);
    count(product_.requested_acceptances, false);
    return acceptance;
}

void AcceptanceFold::end(AcceptanceId id, Acceptance& acceptance, AcceptanceState state,
                         AcceptanceStep step) {
    acceptance.state = state;
    acceptance.end = std::move(step);
    for (const MitigationId control : acceptance.while_mitigations) {
        std::erase(tables_.edit_mitigation(id_, control).controls, id);
    }
    const base::Day last_day = acceptance.last_day;
    if (!std::exchange(acceptance.suspended, false)) {
        take_out(id);
    }
    counting_.count_approved(last_day, false);
}

void AcceptanceFold::set_suspended(AcceptanceId id, Acceptance& acceptance, bool suspended) {
    acceptance.suspended = suspended;
    if (suspended) {
        take_out(id);
    } else {
        enter(id);
    }
}

void AcceptanceFold::enter(AcceptanceId id) {
    // Counting edits the row, which may be moved meanwhile.
    const Acceptance acceptance = *tables_.acceptance(id_, id);
    for (std::size_t i = 0; i < acceptance.threat_ids.size(); ++i) {
        coverage_.accept(acceptance.threat_ids[i],
                         {id, acceptance.last_day, acceptance.approved_severities[i]});
    }
}

void AcceptanceFold::take_out(AcceptanceId id) {
    for (const ThreatId threat_id : std::vector(tables_.acceptance(id_, id)->threat_ids)) {
        coverage_.end_acceptance(threat_id, id);
    }
}

bool AcceptanceFold::has_inactive_control(const Acceptance& acceptance) {
    return std::any_of(
        acceptance.while_mitigations.begin(), acceptance.while_mitigations.end(),
        [this](MitigationId id) { return !is_active(*tables_.mitigation(id_, id)); });
}

}  // namespace threatatlas::projections
