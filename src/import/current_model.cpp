#include "import/current_model.hpp"

#include <algorithm>
#include <iterator>
#include <unordered_set>

#include "events/limits.hpp"

namespace threatatlas::imports {
namespace {

// The next objects of a list, from `begun` on, at most `count`.
template <class Seen>
std::vector<Seen> next_part(std::vector<Seen>& all, std::size_t begun, std::size_t count) {
    const std::size_t first = std::min(begun, all.size());
    const std::size_t end = std::min(first + count, all.size());
    return {std::make_move_iterator(all.begin() + static_cast<std::ptrdiff_t>(first)),
            std::make_move_iterator(all.begin() + static_cast<std::ptrdiff_t>(end))};
}

}  // namespace

CurrentModel current_model(const query::ImportState& state, std::string_view source) {
    CurrentModel current;
    current.last_threat_id = state.last_threat_id;
    current.last_mitigation_id = state.last_mitigation_id;
    std::unordered_set<ThreatId> threats_with_source;
    std::unordered_set<MitigationId> mitigations_with_source;
    for (const query::SeenObject& seen : state.seen) {
        (seen.is_threat ? threats_with_source : mitigations_with_source).insert(seen.id);
        if (seen.source != source) {
            continue;
        }
        if (seen.is_threat) {
            current.seen_threats.push_back(
                {seen.id, events::ThreatDigests::from_bytes(seen.digests)});
        } else {
            current.seen_mitigations.push_back(
                {seen.id, events::MitigationDigests::from_bytes(seen.digests)});
        }
    }
    current.threats.reserve(state.model.threats.size());
    for (const auto& [id, threat] : state.model.threats) {
        current.threats.push_back(
            {id, threat.texts, threat.scoring, threat.status, threats_with_source.contains(id)});
    }
    current.mitigations.reserve(state.model.mitigations.size());
    for (const auto& [id, mitigation] : state.model.mitigations) {
        current.mitigations.push_back({id, mitigation.texts, mitigation.scope, mitigation.status,
                                       mitigations_with_source.contains(id)});
    }
    return current;
}

std::vector<events::EventData> events_of(ImportPlan& plan, std::string_view source,
                                         std::string_view format, std::string_view sha256) {
    std::vector<events::EventData> all = std::move(plan.events);
    const std::size_t threats = plan.seen_threats.size();
    const std::size_t seen = threats + plan.seen_mitigations.size();
    for (std::size_t begun = 0; begun < seen; begun += events::limits::seen_objects_max) {
        events::ModelImported part;
        part.source = source;
        part.format = format;
        part.sha256 = sha256;
        part.threats = next_part(plan.seen_threats, begun, events::limits::seen_objects_max);
        // Mitigations follow the threats, also in the part that has the last of them.
        part.mitigations = next_part(plan.seen_mitigations, std::max(begun, threats) - threats,
                                     events::limits::seen_objects_max - part.threats.size());
        all.emplace_back(std::move(part));
    }
    return all;
}

}  // namespace threatatlas::imports
