#include "projections/product_model.hpp"

#include <algorithm>
#include <stdexcept>

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

// What covers the threats of a product now. An element is looked at once for all threats on it that
// come one after the other.
class CoverageNow {
  public:
    CoverageNow(const ReadView& view, ProductId product) : view_(view), product_(product) {}

    bool is_covered(ThreatId id, const Threat& threat) {
        return links_of(id) > 0 || seats_of(threat) > 0;
    }

    CoveringIds covered_by(ThreatId id, const Threat& threat) {
        const std::uint64_t links = links_of(id);
        const std::uint64_t seats = seats_of(threat);
        if (seats > 0 && place_.lowest.empty()) {
            place_.lowest = lowest(seat_prefix(product_, *place_.key), seats);
        }
        static const std::vector<MitigationId> none;
        return covering(lowest(link_prefix(product_, id), links), links,
                        seats > 0 ? place_.lowest : none, seats);
    }

  private:
    struct Place {
        std::optional<ElementKey> key;
        std::uint64_t active = 0;
        std::vector<MitigationId> lowest;  // once it was asked for
    };

    std::uint64_t links_of(ThreatId id) const {
        const auto bytes = view_.get(Table::elements, exposure_key(product_, id));
        return bytes ? decode<Exposure>(*bytes).active_links : 0;
    }

    std::uint64_t seats_of(const Threat& threat) {
        const auto key = element_key_of(threat);
        if (!key) {
            return 0;
        }
        if (key != place_.key) {
            const auto bytes = view_.get(Table::elements, element_key(product_, *key));
            place_ = {key, bytes ? decode<Element>(*bytes).active_mitigations : 0, {}};
        }
        return place_.active;
    }

    std::vector<MitigationId> lowest(std::string_view prefix, std::uint64_t count) const {
        return lowest_ids(prefix, count, [this](std::string_view begin, const auto& visit) {
            view_.scan(Table::coverage, begin, begin,
                       [&](std::string_view key, auto) { return visit(key); });
        });
    }

    const ReadView& view_;
    const ProductId product_;
    Place place_;  // looked at last
};

ThreatView shown(ThreatId id, Threat threat, CoveringIds covering) {
    const std::uint64_t unlisted = covering.unlisted();
    return {id, std::move(threat), std::move(covering.lowest), unlisted};
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
    if (tables.uncounted_coverage().product == product) {
        throw std::logic_error("a model is taken in the midst of a transaction");
    }
    ProductModel model;
    model.product = product_at(product, rows->product);
    take_rows(model, *rows);
    return model;
}

void scan_threats(const ReadView& view, ProductId product, Moment moment, ThreatId after,
                  const std::function<bool(const Threat&)>& wanted, std::optional<bool> covered,
                  const std::function<bool(const ThreatView&)>& visit) {
    if (!moment) {
        CoverageNow coverage(view, product);
        scan_rows_now<Threat>(
            view, Table::threats, product, after, [&](ThreatId id, Threat&& threat) {
                if (!wanted(threat) || (covered && coverage.is_covered(id, threat) != *covered)) {
                    return true;
                }
                auto covering = coverage.covered_by(id, threat);
                return visit(shown(id, std::move(threat), std::move(covering)));
            });
    } else if (const auto model = product_model_at(view, product, moment)) {
        for (auto row = model->threats.upper_bound(after); row != model->threats.end(); ++row) {
            const auto& [id, threat] = *row;
            if (wanted(threat) && (!covered || model->covered_by(id, threat).empty() != *covered) &&
                !visit(model->view(id))) {
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
    auto threat = decode<Threat>(*bytes);
    if (threat.removed) {
        return std::nullopt;
    }
    auto covering = CoverageNow(view, product).covered_by(id, threat);
    return shown(id, std::move(threat), std::move(covering));
}

std::optional<MitigationView> mitigation_now(const ReadView& view, ProductId product,
                                             MitigationId id) {
    const auto bytes = view.get(Table::mitigations, be64_key(product, id));
    if (!bytes) {
        return std::nullopt;
    }
    MitigationView found{id, decode<Mitigation>(*bytes)};
    return found.mitigation.removed ? std::nullopt : std::optional(std::move(found));
}

}  // namespace threatatlas
