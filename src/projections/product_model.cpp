#include "projections/product_model.hpp"

#include <algorithm>

#include "events/keys.hpp"
#include "projections/coverage.hpp"
#include "projections/fold.hpp"
#include "projections/rows.hpp"

namespace threatatlas {
namespace {

void index_coverage(ProductModel& model) {
    for (const auto& [id, mitigation] : model.mitigations) {
        if (!is_active(mitigation)) {
            continue;
        }
        for (const ThreatId threat_id : mitigation.scope.threat_ids) {
            model.active_links[threat_id].push_back(id);
        }
        if (const auto element = element_of(mitigation.scope)) {
            model.active_seats[*element].push_back(id);
        }
    }
}

// The rows of one product with ids beyond `after` that are not removed, in order, until `visit`
// says false.
template <class Row, class Visit>
void scan_rows_now(const ReadView& view, Table table, ProductId product, std::uint64_t after,
                   Visit visit) {
    view.scan(table, be64_key(product), be64_key(product, after + 1),
              [&](std::string_view key, std::string_view value) {
                  auto row = decode<Row>(value);
                  return row.removed || visit(read_be64(key.substr(be64_bytes)), std::move(row));
              });
}

template <class Row>
std::map<std::uint64_t, Row> rows_now(const ReadView& view, Table table, ProductId product) {
    std::map<std::uint64_t, Row> rows;
    scan_rows_now<Row>(view, table, product, 0, [&](std::uint64_t id, Row&& row) {
        rows.emplace_hint(rows.end(), id, std::move(row));
        return true;
    });
    return rows;
}

std::vector<MitigationId> covered_by_now(const ReadView& view, ProductId product, ThreatId id,
                                         const Threat& threat) {
    std::vector<MitigationId> found;
    const auto candidates =
        candidates_for(product, id, threat, [&](std::string_view prefix, auto& visit) {
            view.scan(Table::coverage, prefix, prefix, [&](std::string_view key, auto) {
                visit(key);
                return true;
            });
        });
    for (const MitigationId candidate : candidates) {
        const auto mitigation = mitigation_now(view, product, candidate);
        if (mitigation && is_active(mitigation->mitigation)) {
            found.push_back(candidate);
        }
    }
    return found;
}

template <class Row>
std::map<std::uint64_t, Row> rows_of(const IdRows<Row>& all) {
    std::map<std::uint64_t, Row> rows;
    all.for_each([&](std::uint64_t id, const Row& row) {
        if (!row.removed) {
            rows.emplace_hint(rows.end(), id, row);
        }
        return true;
    });
    return rows;
}

void take_rows(ProductModel& model, const MemoryTables::ProductRows& rows) {
    model.threats = rows_of(rows.threats);
    model.mitigations = rows_of(rows.mitigations);
    index_coverage(model);
}

}  // namespace

std::vector<MitigationId> ProductModel::covered_by(ThreatId id, const Threat& threat) const {
    std::vector<MitigationId> found;
    if (const auto links = active_links.find(id); links != active_links.end()) {
        found = links->second;
    }
    if (const auto element = element_of(threat)) {
        if (const auto seats = active_seats.find(*element); seats != active_seats.end()) {
            found.insert(found.end(), seats->second.begin(), seats->second.end());
            std::sort(found.begin(), found.end());
        }
    }
    return found;
}

ThreatView ProductModel::view(ThreatId id) const {
    const Threat& threat = threats.at(id);
    return {id, threat, covered_by(id, threat)};
}

std::optional<ProductModel> product_model_at(const ReadView& view, ProductId product,
                                             Moment moment) {
    auto at = product_at(view, product, moment);
    if (!at) {
        return std::nullopt;
    }
    ProductModel model;
    model.product = std::move(*at);
    if (!moment) {
        model.threats = rows_now<Threat>(view, Table::threats, product);
        model.mitigations = rows_now<Mitigation>(view, Table::mitigations, product);
        index_coverage(model);
        return model;
    }
    MemoryTables tables;
    LineReader reader;
    scan_product_lines(view, product, 0, *moment, [&](Position, std::string_view line) {
        fold(tables, reader.read_stored(line));
        return true;
    });
    if (const auto* rows = tables.find(product)) {
        take_rows(model, *rows);
    }
    return model;
}

std::optional<ProductModel> product_model_of(const MemoryTables& tables, ProductId product) {
    const auto* rows = tables.find(product);
    if (rows == nullptr) {
        return std::nullopt;
    }
    ProductModel model;
    model.product = product_at(product, rows->product);
    take_rows(model, *rows);
    return model;
}

void scan_threats(const ReadView& view, ProductId product, Moment moment, ThreatId after,
                  const std::function<bool(const Threat&)>& wanted,
                  const std::function<bool(const ThreatView&)>& visit) {
    if (!moment) {
        scan_rows_now<Threat>(view, Table::threats, product, after,
                              [&](ThreatId id, Threat&& threat) {
                                  if (!wanted(threat)) {
                                      return true;
                                  }
                                  auto covered_by = covered_by_now(view, product, id, threat);
                                  return visit({id, std::move(threat), std::move(covered_by)});
                              });
    } else if (const auto model = product_model_at(view, product, moment)) {
        for (auto row = model->threats.upper_bound(after); row != model->threats.end(); ++row) {
            if (wanted(row->second) && !visit(model->view(row->first))) {
                return;
            }
        }
    }
}

void scan_mitigations(const ReadView& view, ProductId product, Moment moment, MitigationId after,
                      const std::function<bool(const Mitigation&)>& wanted,
                      const std::function<bool(const MitigationView&)>& visit) {
    const auto take = [&](MitigationId id, Mitigation&& mitigation) {
        return !wanted(mitigation) || visit({id, std::move(mitigation)});
    };
    if (!moment) {
        scan_rows_now<Mitigation>(view, Table::mitigations, product, after, take);
    } else if (auto model = product_model_at(view, product, moment)) {
        for (auto row = model->mitigations.upper_bound(after); row != model->mitigations.end();
             ++row) {
            if (!take(row->first, std::move(row->second))) {
                return;
            }
        }
    }
}

std::optional<ThreatView> threat_now(const ReadView& view, ProductId product, ThreatId id) {
    const auto bytes = view.get(Table::threats, be64_key(product, id));
    if (!bytes) {
        return std::nullopt;
    }
    ThreatView shown{id, decode<Threat>(*bytes), {}};
    if (shown.threat.removed) {
        return std::nullopt;
    }
    shown.covered_by = covered_by_now(view, product, id, shown.threat);
    return shown;
}

std::optional<MitigationView> mitigation_now(const ReadView& view, ProductId product,
                                             MitigationId id) {
    const auto bytes = view.get(Table::mitigations, be64_key(product, id));
    if (!bytes) {
        return std::nullopt;
    }
    MitigationView shown{id, decode<Mitigation>(*bytes)};
    return shown.mitigation.removed ? std::nullopt : std::optional(std::move(shown));
}

}  // namespace threatatlas
