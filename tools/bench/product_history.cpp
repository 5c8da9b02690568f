#include "product_history.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace threatatlas::bench {
namespace {

constexpr std::array<std::string_view, 6> categories{"Spoofing",          "Tampering",
                                                     "Repudiation",       "Information disclosure",
                                                     "Denial of service", "Elevation of privilege"};
constexpr std::array<std::string_view, 5> diagrams{"Checkout", "Sign-in", "Back office",
                                                   "Data pipeline", "Partner interface"};
constexpr std::uint64_t elements_per_diagram = 40;

template <class Enum>
Enum any_of(Random& random) {
    return static_cast<Enum>(below(random, events::names_of<Enum>().size()));
}

// A value other than `current`.
template <class Enum>
Enum other_than(Random& random, Enum current) {
    const std::uint64_t count = events::names_of<Enum>().size();
    return static_cast<Enum>((static_cast<std::uint64_t>(current) + 1 + below(random, count - 1)) %
                             count);
}

std::string any_diagram(Random& random) {
    return std::string(diagrams[below(random, diagrams.size())]);
}
std::string any_element(Random& random) {
    return fmt::format("node-{}", 1 + below(random, elements_per_diagram));
}

events::Scoring any_scoring(Random& random) {
    events::Scoring scoring;
    const std::uint64_t kind = below(random, 10);
    if (kind < 5) {
        scoring.likelihood = static_cast<std::uint8_t>(1 + below(random, 5));
        scoring.impact = static_cast<std::uint8_t>(1 + below(random, 5));
        scoring.severity = events::severity_from(*scoring.likelihood, *scoring.impact);
    } else if (kind < 9) {
        scoring.severity = any_of<events::Severity>(random);
    }
    return scoring;
}

}  // namespace

events::EventData ProductHistory::registration(Random& random) {
    is_registered_ = true;
    events::ProductRegistered data;
    data.texts.set(events::ProductField::name, make_title(random, 3));
    data.texts.set(events::ProductField::description, make_prose(random, 20));
    data.texts.set(events::ProductField::status, "production");
    data.texts.set(events::ProductField::owner_email, fmt::format("team-{}@example.org", id_));
    return data;
}

events::EventData ProductHistory::new_threat(Random& random) {
    threats_.push_back({chance(random, 70) ? events::ThreatStatus::identified
                                           : any_of<events::ThreatStatus>(random)});
    events::ThreatIdentified data;
    data.threat_id = threats_.size();
    data.texts.set(events::ThreatField::name, make_title(random, 4 + below(random, 8)));
    if (chance(random, 70)) {
        data.texts.set(events::ThreatField::description,
                       make_prose(random, description_words(random)));
    }
    data.texts.set(events::ThreatField::category, categories[below(random, categories.size())]);
    if (chance(random, 80)) {
        data.texts.set(events::ThreatField::diagram, any_diagram(random));
        data.texts.set(events::ThreatField::element_id, any_element(random));
        data.texts.set(events::ThreatField::element_name, make_title(random, 2));
    }
    if (chance(random, 20)) {
        data.texts.set(events::ThreatField::comments, make_prose(random, 12));
    }
    data.scoring = any_scoring(random);
    data.status = threats_.back().status;
    return data;
}

events::CoverageScope ProductHistory::new_scope(Random& random) const {
    events::CoverageScope scope;
    if (!threats_.empty() && chance(random, 70)) {
        const std::uint64_t count = 1 + below(random, 4);
        for (std::uint64_t i = 0; i < count; ++i) {
            const ThreatId id = 1 + below(random, threats_.size());
            if (!threats_[id - 1].removed) {
                scope.threat_ids.push_back(id);
            }
        }
        std::sort(scope.threat_ids.begin(), scope.threat_ids.end());
        const auto twice = std::unique(scope.threat_ids.begin(), scope.threat_ids.end());
        scope.threat_ids.erase(twice, scope.threat_ids.end());
    } else {
        scope.diagram = any_diagram(random);
        scope.element_id = any_element(random);
    }
    return scope;
}

events::EventData ProductHistory::new_mitigation(Random& random) {
    mitigations_.push_back(any_of<events::MitigationStatus>(random));
    events::MitigationProposed data;
    data.mitigation_id = mitigations_.size();
    data.texts.set(events::MitigationField::name, make_title(random, 4 + below(random, 8)));
    if (chance(random, 50)) {
        data.texts.set(events::MitigationField::description,
                       make_prose(random, description_words(random)));
    }
    data.status = mitigations_.back();
    data.scope = new_scope(random);
    return data;
}

events::EventData ProductHistory::change(Random& random) {
    if (!mitigations_.empty() && chance(random, 30)) {
        return change_mitigation(random, 1 + below(random, mitigations_.size()));
    }
    if (!threats_.empty()) {
        const ThreatId id = 1 + below(random, threats_.size());
        if (!threats_[id - 1].removed) {
            return change_threat(random, id);
        }
    }
    return new_threat(random);
}

events::EventData ProductHistory::change_threat(Random& random, ThreatId id) {
    ThreatState& state = threats_[id - 1];
    const std::uint64_t kind = below(random, 100);
    if (kind < 60) {
        const events::ThreatStatus from = state.status;
        state.status = other_than(random, from);
        return events::ThreatStatusChanged{id, state.status, from};
    }
    if (kind < 85) {
        return events::ThreatScored{id, any_scoring(random)};
    }
    // Removals are rare, and small models keep their objects.
    if (kind < 98 || threats_.size() < 20) {
        events::ThreatDescribed data;
        data.threat_id = id;
        data.changes.set(events::ThreatField::description,
                         make_prose(random, description_words(random)));
        return data;
    }
    state.removed = true;
    return events::ThreatRemoved{id};
}

events::EventData ProductHistory::change_mitigation(Random& random, MitigationId id) {
    if (chance(random, 20)) {
        return events::MitigationLinked{id, new_scope(random)};
    }
    events::MitigationStatus& status = mitigations_[id - 1];
    const events::MitigationStatus from = status;
    status = other_than(random, from);
    return events::MitigationStatusChanged{id, status, from};
}

}  // namespace threatatlas::bench
