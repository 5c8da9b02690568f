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
    const bool open_high = is_open_high(threat);
    if (known != nullptr && open_high == known->open_high && !(open_high && moved) &&
        threat.removed == known->removed) {
        return;
    }
    Exposure& exposure = tables_.edit_exposure(id_, threat_id);
    count_exposure(exposure, false);
    exposure.removed = threat.removed;
    exposure.open_high = open_high;
    if (threat.removed) {
        exposure.active_links = 0;
    }
    exposure.element = open_high ? element_key_of(threat) : std::nullopt;
    count_exposure(exposure, true);
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

void CoverageCounts::settle() {
    const UncountedCoverage uncounted = std::exchange(tables_.uncounted_coverage(), {});
    LinkChanges links;
    for (const auto& [mitigation_id, before] : uncounted.before) {
        compare(mitigation_id, before, covered_by(tables_.mitigation(id_, mitigation_id)), links);
    }
    links.for_each(
        [this](ThreatId threat_id, std::int64_t change) { count_links(threat_id, change); });
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

// Only counts open high threats that no active mitigation names, as those can only be covered
// through their element.
void CoverageCounts::count_exposure(const Exposure& exposure, bool in) {
    if (!exposure.open_high || exposure.active_links > 0) {
        return;
    }
    bool covered = false;
    if (exposure.element) {
        Element& element = tables_.edit_element(id_, *exposure.element);
        count(element.open_high_threats, in);
        covered = element.active_mitigations > 0;
    }
    if (!covered) {
        count(product_.posture.unmitigated_high, in);
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
        count(product_.posture.unmitigated_high, was_covered, element.open_high_threats);
    }
}

}  // namespace threatatlas::projections
