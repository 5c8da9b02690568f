#include "projections/query/threat_history.hpp"

#include <algorithm>

#include "projections/fold.hpp"
#include "projections/memory_tables.hpp"
#include "projections/query/history.hpp"

namespace threatatlas::query {
namespace {

bool covers(projections::MemoryTables& tables, ProductId product, MitigationId mitigation_id,
            ThreatId threat_id) {
    const projections::Threat* threat = tables.threat(product, threat_id);
    const projections::Mitigation* mitigation = tables.mitigation(product, mitigation_id);
    return threat != nullptr && !threat->removed && mitigation != nullptr && !mitigation->removed &&
           projections::reaches(mitigation->scope, threat_id, *threat);
}

bool names(projections::MemoryTables& tables, ProductId product, AcceptanceId acceptance_id,
           ThreatId threat_id) {
    const projections::Acceptance* acceptance = tables.acceptance(product, acceptance_id);
    return acceptance != nullptr && std::ranges::binary_search(acceptance->threat_ids, threat_id);
}

// True if the folded event is about an acceptance that names the threat, or replaces such a one.
bool is_of_acceptance(projections::MemoryTables& tables, const events::Event& event,
                      ThreatId threat_id) {
    const ProductId product = event.product_id;
    const AcceptanceId id = events::acceptance_of(event);
    if (id == 0 || names(tables, product, id, threat_id)) {
        return id != 0;
    }
    const AcceptanceId replaced = tables.acceptance(product, id)->replaces;
    return event.type() == events::EventType::acceptance_approved && replaced != 0 &&
           tables.acceptance(product, replaced)->replaced_by == id &&
           names(tables, product, replaced, threat_id);
}

}  // namespace

bool scan_threat_history(const store::ReadView& view, ProductId product, ThreatId threat,
                         const std::function<bool(Position, std::string_view line)>& visit) {
    projections::MemoryTables tables;
    events::LineReader reader;
    events::Event event;
    scan_product_lines(
        view, product, 0, base::Instant::max(), [&](Position position, std::string_view line) {
            reader.read_stored(line, event, 0, events::Members::of_posture);
            const MitigationId mitigation = events::mitigation_of(event);
            const bool covered_before =
                mitigation != 0 && covers(tables, product, mitigation, threat);
            projections::fold(tables, event);
            const bool belongs = events::threat_of(event) == threat || covered_before ||
                                 (mitigation != 0 && covers(tables, product, mitigation, threat)) ||
                                 is_of_acceptance(tables, event, threat);
            return !belongs || visit(position, line);
        });
    return tables.threat(product, threat) != nullptr;
}

}  // namespace threatatlas::query
