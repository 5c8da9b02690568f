#include "projections/product_model.hpp"

#include <algorithm>

#include "events/keys.hpp"
#include "events/work_watch.hpp"
#include "projections/coverage.hpp"
#include "projections/model_outline.hpp"
#include "projections/rows.hpp"

namespace threatatlas {
namespace {

void index_coverage(ProductModel& model) {
    for (const auto& [id, mitigation] : model.mitigations) {
        note_row_of_work();
        if (is_active(mitigation)) {
            model.active.add(id, mitigation.scope);
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
        note_row_of_work();
        if (!row.removed) {
            rows.emplace_hint(rows.end(), id, row);
        }
        return true;
    });
    return rows;
}

}  // namespace

void take_rows(ProductModel& model, const MemoryTables::ProductRows& rows) {
    model.threats = rows_of(rows.threats);
    model.mitigations = rows_of(rows.mitigations);
    index_coverage(model);
}

ThreatView ProductModel::view(ThreatId id) const {
    const Threat& threat = threats.at(id);
    return {id, threat, covered_by(id, threat).all()};
}

std::optional<ProductModel> product_model_at(const ReadView& view, ProductId product,
                                             Moment moment) {
    if (moment) {
        auto outline = outline_at(view, product, *moment);
        if (!outline) {
            return std::nullopt;
        }
        outline->read_all_texts(view);
        return std::move(outline->model);
    }
    auto at = product_at(view, product, moment);
    if (!at) {
        return std::nullopt;
    }
    ProductModel model;
    model.product = std::move(*at);
    model.threats = rows_now<Threat>(view, Table::threats, product);
    model.mitigations = rows_now<Mitigation>(view, Table::mitigations, product);
    index_coverage(model);
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
    } else if (auto outline = outline_at(view, product, *moment)) {
        const auto& threats = outline->model.threats;
        for (auto row = threats.upper_bound(after); row != threats.end(); ++row) {
            note_row_of_work();
            if (wanted(row->second) && !visit(outline->threat(view, row->first))) {
                return;
            }
        }
    }
}

void scan_mitigations(const ReadView& view, ProductId product, Moment moment, MitigationId after,
                      const std::function<bool(const Mitigation&)>& wanted,
                      const std::function<bool(const MitigationView&)>& visit) {
    if (!moment) {
        scan_rows_now<Mitigation>(
            view, Table::mitigations, product, after,
            [&](MitigationId id, Mitigation&& mitigation) {
                return !wanted(mitigation) || visit({id, std::move(mitigation)});
            });
    } else if (auto outline = outline_at(view, product, *moment)) {
        const auto& mitigations = outline->model.mitigations;
        for (auto row = mitigations.upper_bound(after); row != mitigations.end(); ++row) {
            note_row_of_work();
            if (wanted(row->second) && !visit(outline->mitigation(view, row->first))) {
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

std::uint64_t approximate_model_bytes(const ReadView& view, ProductId product) {
    const std::string prefix = be64_key(product);
    return view.approximate_bytes(Table::threats, prefix) +
           view.approximate_bytes(Table::mitigations, prefix);
}

std::optional<ThreatView> threat_at(const ReadView& view, ProductId product, ThreatId id,
                                    Moment moment) {
    if (!moment) {
        return threat_now(view, product, id);
    }
    auto outline = outline_at(view, product, *moment);
    return outline && outline->model.threats.contains(id) ? std::optional(outline->threat(view, id))
                                                          : std::nullopt;
}

std::optional<MitigationView> mitigation_at(const ReadView& view, ProductId product,
                                            MitigationId id, Moment moment) {
    if (!moment) {
        return mitigation_now(view, product, id);
    }
    auto outline = outline_at(view, product, *moment);
    return outline && outline->model.mitigations.contains(id)
               ? std::optional(outline->mitigation(view, id))
               : std::nullopt;
}

}  // namespace threatatlas
