#include "projections/coverage_counts.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "projections/counting.hpp"

namespace threatatlas::projections {
namespace {

// What a mitigation covers; nothing if it is not active.
events::CoverageScope covered_by(const Mitigation* mitigation) {
    return mitigation != nullptr && is_active(*mitigation) ? mitigation->scope
                                                           : events::CoverageScope{};
}

// Counts an accepted threat of an open severity on its element.
void count_on_element(Element& element, base::Day last_day, events::Severity open, bool in) {
    auto& days = element.accepted;
    auto day =
        std::lower_bound(days.begin(), days.end(), last_day,
                         [](const auto& one, base::Day wanted) { return one.first < wanted; });
    if (day == days.end() || day->first != last_day) {
        day = days.insert(day, {last_day, {}});
    }
    count(day->second[index_of(open)], in);
    if (day->second == SeverityCounts{}) {
        days.erase(day);
    }
}

void count_each(SeverityCounts& counts, bool up, const SeverityCounts& by) {
    for (std::size_t i = 0; i < counts.size(); ++i) {
        count(counts[i], up, by[i]);
    }
}

}  // namespace

class CoverageCounts::LinkChanges {
  public:
    void add(ThreatId threat_id, bool present) {
        changes_.emplace_back(threat_id, present ? 1 : -1);
    }

    // Visits each threat once with the sum of its changes, unless that sum is 0.
    template <class Visit>
    void for_each(Visit visit) {
        if (!std::is_sorted(changes_.begin(), changes_.end())) {
            std::sort(changes_.begin(), changes_.end());
        }
        for (auto change = changes_.begin(); change != changes_.end();) {
            const ThreatId threat_id = change->first;
            std::int64_t sum = 0;
            for (; change != changes_.end() && change->first == threat_id; ++change) {
                sum += change->second;
            }
            if (sum != 0) {
                visit(threat_id, sum);
            }
        }
    }

  private:
    std::vector<std::pair<ThreatId, std::int64_t>> changes_;
};

void CoverageCounts::threat_changed(ThreatId threat_id, const Threat& threat, bool moved) {
    const Exposure* known = tables_.exposure(id_, threat_id);
    const auto open = open_severity(threat);
    const bool affects_accepted =
        known != nullptr && !known->acceptances.empty() &&
        (known->counted != is_counted(threat) || known->severity != threat.scoring.severity);
    if (known != nullptr && open == known->open_severity && !(open && moved) &&
        threat.removed == known->removed && !affects_accepted) {
        return;
    }
    Exposure& exposure = tables_.edit_exposure(id_, threat_id);
    const std::vector<AcceptanceId> applied = applying_acceptances(exposure);
    count_exposure(exposure, false);
    exposure.removed = threat.removed;
    exposure.open_severity = open;
    if (threat.removed) {
        exposure.active_links = 0;
        exposure.acceptances.clear();
    }
    exposure.element = open ? element_key_of(threat) : std::nullopt;
    const bool is_accepted = !exposure.acceptances.empty();
    exposure.counted = is_accepted && is_counted(threat);
    exposure.severity = is_accepted ? threat.scoring.severity : std::nullopt;
    count_exposure(exposure, true);
    count_changes_in_force(applied, applying_acceptances(exposure));
}

void CoverageCounts::accept(ThreatId threat_id, const ThreatAcceptance& acceptance) {
    const Exposure* const known = tables_.exposure(id_, threat_id);
    if (known == nullptr || known->removed) {
        return;
    }
    const Threat& threat = *tables_.threat(id_, threat_id);
    Exposure& exposure = tables_.edit_exposure(id_, threat_id);
    count_exposure(exposure, false);
    const auto place =
        std::lower_bound(exposure.acceptances.begin(), exposure.acceptances.end(), acceptance.id,
                         [](const ThreatAcceptance& one, AcceptanceId id) { return one.id < id; });
    exposure.acceptances.insert(place, acceptance);
    exposure.counted = is_counted(threat);
    exposure.severity = threat.scoring.severity;
    count_exposure(exposure, true);
    if (applies(acceptance, exposure)) {
        count_in_force(acceptance.id, true);
    }
}

void CoverageCounts::end_acceptance(ThreatId threat_id, AcceptanceId acceptance_id) {
    const Exposure* const known = tables_.exposure(id_, threat_id);
    if (known == nullptr || known->removed) {
        return;
    }
    Exposure& exposure = tables_.edit_exposure(id_, threat_id);
    const auto place =
        std::find_if(exposure.acceptances.begin(), exposure.acceptances.end(),
                     [&](const ThreatAcceptance& one) { return one.id == acceptance_id; });
    if (applies(*place, exposure)) {
        count_in_force(acceptance_id, false);
    }
    count_exposure(exposure, false);
    exposure.acceptances.erase(place);
    if (exposure.acceptances.empty()) {
        exposure.counted = false;
        exposure.severity.reset();
    }
    count_exposure(exposure, true);
}

// Counts a threat of an acceptance that begins to apply to it, or no longer does.
void CoverageCounts::count_in_force(AcceptanceId id, bool in) {
    Acceptance& acceptance = tables_.edit_acceptance(id_, id);
    count(acceptance.threats_in_force, in);
    if (acceptance.threats_in_force == (in ? 1 : 0)) {
        accepted_.set_in_force(acceptance.last_day, id, in);
    }
}

// Both lists are ascending.
void CoverageCounts::count_changes_in_force(const std::vector<AcceptanceId>& before,
                                            const std::vector<AcceptanceId>& now) {
    const auto count_missing = [this](const std::vector<AcceptanceId>& ids,
                                      const std::vector<AcceptanceId>& others, bool in) {
        for (const AcceptanceId id : ids) {
            if (!std::binary_search(others.begin(), others.end(), id)) {
                count_in_force(id, in);
            }
        }
    };
    count_missing(before, now, false);
    count_missing(now, before, true);
}

void CoverageCounts::mitigation_changes(MitigationId mitigation_id, const Mitigation& before,
                                        base::Instant time) {
    UncountedCoverage& uncounted = tables_.uncounted_coverage();
    uncounted.product = id_;
    uncounted.time = time;
    const auto [place, is_new] = uncounted.before.try_emplace(mitigation_id);
    if (is_new) {
        place->second = covered_by(&before);
    }
}

std::vector<MitigationId> CoverageCounts::settle() {
    const UncountedCoverage uncounted = std::exchange(tables_.uncounted_coverage(), {});
    LinkChanges links;
    std::vector<MitigationId> changed;
    changed.reserve(uncounted.before.size());
    for (const auto& [mitigation_id, before] : uncounted.before) {
        changed.push_back(mitigation_id);
        compare(mitigation_id, before, covered_by(tables_.mitigation(id_, mitigation_id)), links);
    }
    links.for_each(
        [this](ThreatId threat_id, std::int64_t change) { count_links(threat_id, change); });
    return changed;
}

// The id lists are ascending, so a single merge pass finds the ids that are in only one of them.
void CoverageCounts::compare(MitigationId mitigation_id, const events::CoverageScope& before,
                             const events::CoverageScope& now, LinkChanges& links) {
    if (before == now) {
        return;
    }
    const auto change_link = [&](ThreatId threat_id, bool present) {
        tables_.set_link(id_, threat_id, mitigation_id, present);
        links.add(threat_id, present);
    };
    auto old = before.threat_ids.begin();
    for (const ThreatId threat_id : now.threat_ids) {
        for (; old != before.threat_ids.end() && *old < threat_id; ++old) {
            change_link(*old, false);
        }
        if (old != before.threat_ids.end() && *old == threat_id) {
            ++old;
        } else {
            change_link(threat_id, true);
        }
    }
    for (; old != before.threat_ids.end(); ++old) {
        change_link(*old, false);
    }
    const auto element_before = element_key_of(before);
    const auto element_now = element_key_of(now);
    if (element_before != element_now) {
        for (const auto& [element, present] :
             {std::pair(element_before, false), {element_now, true}}) {
            if (element) {
                tables_.set_seat(id_, *element, mitigation_id, present);
                count_seat(*element, present);
            }
        }
    }
}

// Coverage is counted for open threats that no active mitigation names: only an element can cover
// them.
void CoverageCounts::count_exposure(const Exposure& exposure, bool in) {
    const auto last_day = accepted_until(exposure);
    if (last_day && exposure.counted) {
        count_accepted(exposure, *last_day, in);
    }
    if (!exposure.open_severity || exposure.active_links > 0) {
        return;
    }
    const std::size_t severity = index_of(*exposure.open_severity);
    bool covered = false;
    if (exposure.element) {
        Element& element = tables_.edit_element(id_, *exposure.element);
        count(element.open_threats[severity], in);
        if (last_day) {
            count_on_element(element, *last_day, *exposure.open_severity, in);
        }
        covered = element.active_mitigations > 0;
    }
    if (!covered) {
        count(product_.posture.unmitigated[severity], in);
        if (AcceptedCounts* const counts = last_day ? accepted_.counts(*last_day) : nullptr) {
            count(counts->unmitigated[severity], in);
        }
    }
}

void CoverageCounts::count_accepted(const Exposure& exposure, base::Day last_day, bool in) {
    if (AcceptedCounts* const counts = accepted_.counts(last_day)) {
        count(exposure.severity ? counts->by_severity[index_of(*exposure.severity)]
                                : counts->unscored,
              in);
    }
}

void CoverageCounts::count_links(ThreatId threat_id, std::int64_t change) {
    const Exposure* known = tables_.exposure(id_, threat_id);
    if (known == nullptr || known->removed) {
        return;
    }
    Exposure& exposure = tables_.edit_exposure(id_, threat_id);
    const bool was_linked = exposure.active_links > 0;
    const std::uint64_t links = exposure.active_links + static_cast<std::uint64_t>(change);
    const bool is_linked = links > 0;
    if (was_linked != is_linked) {
        count_exposure(exposure, false);
        exposure.active_links = links;
        count_exposure(exposure, true);
    } else {
        exposure.active_links = links;
    }
}

void CoverageCounts::count_seat(const ElementKey& name, bool in) {
    Element& element = tables_.edit_element(id_, name);
    const bool was_covered = element.active_mitigations > 0;
    count(element.active_mitigations, in);
    const bool is_covered = element.active_mitigations > 0;
    if (was_covered != is_covered) {
        count_each(product_.posture.unmitigated, was_covered, element.open_threats);
        for (const auto& [last_day, threats] : element.accepted) {
            if (AcceptedCounts* const counts = accepted_.counts(last_day)) {
                count_each(counts->unmitigated, was_covered, threats);
            }
        }
    }
}

}  // namespace threatatlas::projections
