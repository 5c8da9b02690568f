#include "projections/query/threat_history.hpp"

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
                                 (mitigation != 0 && covers(tables, product, mitigation, threat));
            return !belongs || visit(position, line);
        });
    return tables.threat(product, threat) != nullptr;
}

}  // namespace threatatlas::query
