#include "projections/query/acceptances.hpp"

#include <algorithm>
#include <array>

#include "base/work_watch.hpp"
#include "events/event_line.hpp"
#include "events/store/keys.hpp"
#include "projections/fold.hpp"
#include "projections/memory_tables.hpp"
#include "projections/rows.hpp"

namespace threatatlas::query {
namespace {

constexpr std::array<std::string_view, 10> status_names{
    "requested", "approved", "rejected", "withdrawn", "revoked",
    "replaced",  "lapsed",   "expired",  "suspended", "moot"};

AcceptanceStatus status_of(const projections::Acceptance& acceptance, base::Instant instant,
                           bool has_threats) {
    const bool is_over = acceptance.last_day < base::day_of(instant);
    if (acceptance.state == projections::AcceptanceState::requested) {
        return is_over ? AcceptanceStatus::lapsed : AcceptanceStatus::requested;
    }
    if (acceptance.state != projections::AcceptanceState::approved) {
        return static_cast<AcceptanceStatus>(acceptance.state);
    }
    if (is_over) {
        return AcceptanceStatus::expired;
    }
    if (acceptance.threats_in_force > 0) {
        return AcceptanceStatus::approved;
    }
    return has_threats ? AcceptanceStatus::suspended : AcceptanceStatus::moot;
}

// Only asked about an acceptance without threats in force.
bool has_threats(const store::ReadView& view, ProductId product,
                 const projections::Acceptance& acceptance) {
    return acceptance.threats_in_force > 0 ||
           std::any_of(
               acceptance.threat_ids.begin(), acceptance.threat_ids.end(), [&](ThreatId threat) {
                   const auto bytes =
                       view.get(store::Table::elements, projections::exposure_key(product, threat));
                   return bytes && !projections::decode<projections::Exposure>(*bytes).removed;
               });
}

bool has_threats(const projections::MemoryTables::ProductRows& rows,
                 const projections::Acceptance& acceptance) {
    return std::any_of(acceptance.threat_ids.begin(), acceptance.threat_ids.end(),
                       [&](ThreatId threat) { return !rows.exposures.find(threat)->removed; });
}

// Visits the acceptances after the product's own lines up to the moment.
void scan_past(const store::ReadView& view, ProductId product, base::Instant moment,
               AcceptanceId after, const std::function<bool(const AcceptanceView&)>& visit) {
    projections::MemoryTables tables;
    events::LineReader reader;
    events::Event event;
    scan_product_lines(view, product, 0, moment, [&](Position, std::string_view line) {
        reader.read_stored(line, event, 0, events::Members::of_posture);
        if (events::acceptance_of(event) != 0) {
            reader.read_stored(line, event);
        }
        projections::fold(tables, event);
        return true;
    });
    projections::settle_coverage(tables);
    const auto* const rows = tables.find(product);
    if (rows == nullptr) {
        return;
    }
    for (auto row = rows->acceptances.upper_bound(after); row != rows->acceptances.end(); ++row) {
        base::note_row_of_work();
        if (!visit(view_of(row->first, row->second, moment, has_threats(*rows, row->second)))) {
            return;
        }
    }
}

}  // namespace

static_assert(static_cast<int>(AcceptanceStatus::replaced) ==
              static_cast<int>(projections::AcceptanceState::replaced));

std::span<const std::string_view> acceptance_status_names() {
    return status_names;
}

std::string_view name_of(AcceptanceStatus status) {
    return status_names[static_cast<std::size_t>(status)];
}

AcceptanceView view_of(AcceptanceId id, const projections::Acceptance& acceptance,
                       base::Instant instant, bool has_threats) {
    return {id, acceptance, status_of(acceptance, instant, has_threats)};
}

void scan_acceptances(const store::ReadView& view, ProductId product, Moment moment,
                      base::Instant now, AcceptanceId after,
                      const std::function<bool(const AcceptanceView&)>& visit) {
    if (moment) {
        scan_past(view, product, *moment, after, visit);
        return;
    }
    view.scan(store::Table::acceptances, store::be64_key(product),
              store::be64_key(product, after + 1),
              [&](std::string_view key, std::string_view value) {
                  const auto row = projections::decode<projections::Acceptance>(value);
                  return visit(view_of(store::read_be64(key.substr(store::be64_bytes)), row, now,
                                       has_threats(view, product, row)));
              });
}

std::optional<AcceptanceView> acceptance_at(const store::ReadView& view, ProductId product,
                                            AcceptanceId id, Moment moment, base::Instant now) {
    if (!moment) {
        const auto bytes = view.get(store::Table::acceptances, store::be64_key(product, id));
        if (!bytes) {
            return std::nullopt;
        }
        const auto row = projections::decode<projections::Acceptance>(*bytes);
        return view_of(id, row, now, has_threats(view, product, row));
    }
    std::optional<AcceptanceView> found;
    scan_acceptances(view, product, moment, now, id - 1, [&](const AcceptanceView& one) {
        if (one.id == id) {
            found = one;
        }
        return false;
    });
    return found;
}

}  // namespace threatatlas::query
