#include "projections/query/product_model.hpp"

#include <algorithm>
#include <stdexcept>

#include "base/work_watch.hpp"
#include "events/store/keys.hpp"
#include "projections/coverage.hpp"
#include "projections/query/model_outline.hpp"
#include "projections/rows.hpp"

namespace threatatlas::query {
namespace {

void index_coverage(ProductModel& model) {
    for (const auto& [id, mitigation] : model.mitigations) {
        base::note_row_of_work();
        if (projections::is_active(mitigation)) {
            model.active.add(id, mitigation.scope);
        }
    }
}

// Visits the rows of a product that are not removed and have ids greater than `after`, in order,
// until `visit` returns false.
template <class Row, class Visit>
void scan_rows_now(const store::ReadView& view, store::Table table, ProductId product,
                   std::uint64_t after, Visit visit) {
    view.scan(table, store::be64_key(product), store::be64_key(product, after + 1),
              [&](std::string_view key, std::string_view value) {
                  auto row = projections::decode<Row>(value);
                  return row.removed ||
                         visit(store::read_be64(key.substr(store::be64_bytes)), std::move(row));
              });
}

template <class Row>
std::map<std::uint64_t, Row> rows_now(const store::ReadView& view, store::Table table,
                                      ProductId product) {
    std::map<std::uint64_t, Row> rows;
    scan_rows_now<Row>(view, table, product, 0, [&](std::uint64_t id, Row&& row) {
        rows.emplace_hint(rows.end(), id, std::move(row));
        return true;
    });
    return rows;
}

// The current coverage of a product's threats. Reads an element once for consecutive threats on it.
class CoverageNow {
  public:
    CoverageNow(const store::ReadView& view, ProductId product) : view_(view), product_(product) {}

    bool is_covered(ThreatId id, const projections::Threat& threat) {
        return exposure(id).active_links > 0 || seats_of(threat) > 0;
    }

    std::vector<AcceptanceId> acceptances(ThreatId id) {
        return projections::applying_acceptances(exposure(id));
    }

    projections::CoveringIds covered_by(ThreatId id, const projections::Threat& threat) {
        const std::uint64_t links = exposure(id).active_links;
        const std::uint64_t seats = seats_of(threat);
        if (seats > 0 && place_.lowest.empty()) {
            place_.lowest = lowest(projections::seat_prefix(product_, *place_.key), seats);
        }
        static const std::vector<MitigationId> none;
        return projections::covering(lowest(projections::link_prefix(product_, id), links), links,
                                     seats > 0 ? place_.lowest : none, seats);
    }

  private:
    struct Place {
        std::optional<projections::ElementKey> key;
        std::uint64_t active = 0;
        std::vector<MitigationId> lowest;  // set on first use
    };

    const projections::Exposure& exposure(ThreatId id) {
        if (id != exposed_) {
            const auto bytes =
                view_.get(store::Table::elements, projections::exposure_key(product_, id));
            exposure_ = bytes ? projections::decode<projections::Exposure>(*bytes)
                              : projections::Exposure{};
            exposed_ = id;
        }
        return exposure_;
    }

    std::uint64_t seats_of(const projections::Threat& threat) {
        const auto key = projections::element_key_of(threat);
        if (!key) {
            return 0;
        }
        if (key != place_.key) {
            const auto bytes =
                view_.get(store::Table::elements, projections::element_key(product_, *key));
            place_ = {
                key,
                bytes ? projections::decode<projections::Element>(*bytes).active_mitigations : 0,
                {}};
        }
        return place_.active;
    }

    std::vector<MitigationId> lowest(std::string_view prefix, std::uint64_t count) const {
        return projections::lowest_ids(
            prefix, count, [this](std::string_view begin, const auto& visit) {
                view_.scan(store::Table::coverage, begin, begin,
                           [&](std::string_view key, auto) { return visit(key); });
            });
    }

    const store::ReadView& view_;
    const ProductId product_;
    Place place_;  // the element read last
    ThreatId exposed_ = 0;
    projections::Exposure exposure_;  // of the threat read last
};

ThreatView shown(ThreatId id, projections::Threat threat, CoverageNow& coverage) {
    projections::CoveringIds covering = coverage.covered_by(id, threat);
    const std::uint64_t unlisted = covering.unlisted();
    return {id, std::move(threat), std::move(covering.lowest), unlisted, coverage.acceptances(id)};
}

// Those of the present.
void read_acceptances(const store::ReadView& view, ProductId product, ProductModel& model) {
    view.scan(store::Table::acceptances, store::be64_key(product), store::be64_key(product),
              [&](std::string_view key, std::string_view value) {
                  base::note_row_of_work();
                  model.acceptances.emplace_hint(
                      model.acceptances.end(), store::read_be64(key.substr(store::be64_bytes)),
                      projections::decode<projections::Acceptance>(value));
                  return true;
              });
    CoverageNow coverage(view, product);
    for (const auto& [id, threat] : model.threats) {
        if (auto ids = coverage.acceptances(id); !ids.empty()) {
            model.acceptances_of.emplace_hint(model.acceptances_of.end(), id, std::move(ids));
        }
    }
}

template <class Row>
std::map<std::uint64_t, Row> rows_of(const projections::IdRows<Row>& all) {
    std::map<std::uint64_t, Row> rows;
    all.for_each([&](std::uint64_t id, const Row& row) {
        base::note_row_of_work();
        if (!row.removed) {
            rows.emplace_hint(rows.end(), id, row);
        }
        return true;
    });
    return rows;
}

}  // namespace

void take_rows(ProductModel& model, const projections::MemoryTables::ProductRows& rows) {
    model.threats = rows_of(rows.threats);
    model.mitigations = rows_of(rows.mitigations);
    rows.exposures.for_each([&](ThreatId id, const projections::Exposure& exposure) {
        if (auto ids = projections::applying_acceptances(exposure); !ids.empty()) {
            model.acceptances_of.emplace_hint(model.acceptances_of.end(), id, std::move(ids));
        }
        return true;
    });
    model.acceptances = rows.acceptances;
    index_coverage(model);
}

std::vector<AcceptanceId> ProductModel::applying_acceptances(ThreatId id) const {
    const auto applying = acceptances_of.find(id);
    return applying == acceptances_of.end() ? std::vector<AcceptanceId>{} : applying->second;
}

ThreatView ProductModel::view(ThreatId id) const {
    const projections::Threat& threat = threats.at(id);
    return {id, threat, covered_by(id, threat).all(), 0, applying_acceptances(id)};
}

bool ProductModel::has_threat_of(const projections::Acceptance& acceptance) const {
    return std::ranges::any_of(acceptance.threat_ids,
                               [this](ThreatId id) { return threats.contains(id); });
}

std::optional<ProductModel> product_model_at(const store::ReadView& view, ProductId product,
                                             Moment moment, base::Instant now) {
    if (moment) {
        auto outline = outline_at(view, product, *moment, AcceptanceDetails::read);
        if (!outline) {
            return std::nullopt;
        }
        outline->read_all_texts(view);
        return std::move(outline->model);
    }
    auto at = product_now(view, product, now);
    if (!at) {
        return std::nullopt;
    }
    ProductModel model;
    model.product = std::move(*at);
    model.threats = rows_now<projections::Threat>(view, store::Table::threats, product);
    model.mitigations = rows_now<projections::Mitigation>(view, store::Table::mitigations, product);
    if (model.product.posture.had_acceptances) {
        read_acceptances(view, product, model);
    }
    index_coverage(model);
    return model;
}

std::optional<ProductModel> product_model_of(const projections::MemoryTables& tables,
                                             ProductId product, base::Instant instant) {
    const auto* rows = tables.find(product);
    if (rows == nullptr) {
        return std::nullopt;
    }
    if (tables.uncounted_coverage().product == product) {
        throw std::logic_error("a model is read in the middle of a transaction");
    }
    ProductModel model;
    model.product = product_at(product, rows->product, instant);
    take_rows(model, *rows);
    return model;
}

std::vector<projections::RatedThreat> rated_threats(const ProductModel& model) {
    const projections::AcceptedDays& days = model.product.posture.acceptances;
    std::vector<projections::RatedThreat> rated;
    for (const auto& [id, threat] : model.threats) {
        if (projections::is_counted(threat)) {
            base::note_row_of_work();
            rated.push_back(projections::rated(
                id, threat, !model.covered_by(id, threat).empty(),
                projections::accepted_until(days, model.applying_acceptances(id))));
        }
    }
    return rated;
}

std::vector<projections::RatedThreat> rated_threats(const projections::MemoryTables& tables,
                                                    ProductId product,
                                                    const projections::PostureAt& posture) {
    const projections::MemoryTables::ProductRows& rows = *tables.find(product);
    const auto is_covered = [&](const projections::Exposure& exposure,
                                const projections::Threat& threat) {
        const auto key = projections::element_key_of(threat);
        const auto element = key ? rows.elements.find(*key) : rows.elements.end();
        return exposure.active_links > 0 ||
               (element != rows.elements.end() && element->second.active_mitigations > 0);
    };
    std::vector<projections::RatedThreat> rated;
    rows.threats.for_each([&](ThreatId id, const projections::Threat& threat) {
        if (projections::is_counted(threat)) {
            base::note_row_of_work();
            const projections::Exposure& exposure = *rows.exposures.find(id);
            rated.push_back(projections::rated(
                id, threat, is_covered(exposure, threat),
                projections::accepted_until(posture.acceptances,
                                            projections::applying_acceptances(exposure))));
        }
        return true;
    });
    return rated;
}

std::vector<projections::RatedThreat> rated_threats(const store::ReadView& view, ProductId product,
                                                    Moment moment,
                                                    const projections::PostureAt& posture) {
    if (moment) {
        auto outline = outline_at(view, product, *moment);
        if (!outline) {
            return {};
        }
        outline->model.product.posture = posture;
        return rated_threats(outline->model);
    }
    std::vector<projections::RatedThreat> rated;
    CoverageNow coverage(view, product);
    scan_rows_now<projections::Threat>(
        view, store::Table::threats, product, 0, [&](ThreatId id, projections::Threat&& threat) {
            if (projections::is_counted(threat)) {
                rated.push_back(projections::rated(
                    id, threat, coverage.is_covered(id, threat),
                    projections::accepted_until(posture.acceptances, coverage.acceptances(id))));
            }
            return true;
        });
    return rated;
}

void scan_threats(const store::ReadView& view, ProductId product, Moment moment, ThreatId after,
                  const std::function<bool(const projections::Threat&)>& wanted,
                  std::optional<bool> covered,
                  const std::function<bool(const ThreatView&)>& visit) {
    if (!moment) {
        CoverageNow coverage(view, product);
        scan_rows_now<projections::Threat>(
            view, store::Table::threats, product, after,
            [&](ThreatId id, projections::Threat&& threat) {
                if (!wanted(threat) || (covered && coverage.is_covered(id, threat) != *covered)) {
                    return true;
                }
                return visit(shown(id, std::move(threat), coverage));
            });
    } else if (auto outline = outline_at(view, product, *moment)) {
        const ProductModel& model = outline->model;
        const auto& threats = model.threats;
        for (auto row = threats.upper_bound(after); row != threats.end(); ++row) {
            base::note_row_of_work();
            const auto& [id, threat] = *row;
            if (wanted(threat) && (!covered || model.covered_by(id, threat).empty() != *covered) &&
                !visit(outline->threat(view, id))) {
                return;
            }
        }
    }
}

void scan_mitigations(const store::ReadView& view, ProductId product, Moment moment,
                      MitigationId after,
                      const std::function<bool(const projections::Mitigation&)>& wanted,
                      const std::function<bool(const MitigationView&)>& visit) {
    if (!moment) {
        scan_rows_now<projections::Mitigation>(
            view, store::Table::mitigations, product, after,
            [&](MitigationId id, projections::Mitigation&& mitigation) {
                return !wanted(mitigation) || visit({id, std::move(mitigation)});
            });
    } else if (auto outline = outline_at(view, product, *moment)) {
        const auto& mitigations = outline->model.mitigations;
        for (auto row = mitigations.upper_bound(after); row != mitigations.end(); ++row) {
            base::note_row_of_work();
            if (wanted(row->second) && !visit(outline->mitigation(view, row->first))) {
                return;
            }
        }
    }
}

std::optional<ThreatView> threat_now(const store::ReadView& view, ProductId product, ThreatId id) {
    const auto bytes = view.get(store::Table::threats, store::be64_key(product, id));
    if (!bytes) {
        return std::nullopt;
    }
    auto threat = projections::decode<projections::Threat>(*bytes);
    if (threat.removed) {
        return std::nullopt;
    }
    CoverageNow coverage(view, product);
    return shown(id, std::move(threat), coverage);
}

std::optional<MitigationView> mitigation_now(const store::ReadView& view, ProductId product,
                                             MitigationId id) {
    const auto bytes = view.get(store::Table::mitigations, store::be64_key(product, id));
    if (!bytes) {
        return std::nullopt;
    }
    MitigationView found{id, projections::decode<projections::Mitigation>(*bytes)};
    return found.mitigation.removed ? std::nullopt : std::optional(std::move(found));
}

std::uint64_t approximate_model_bytes(const store::ReadView& view, ProductId product) {
    const std::string prefix = store::be64_key(product);
    return view.approximate_bytes(store::Table::threats, prefix) +
           view.approximate_bytes(store::Table::mitigations, prefix);
}

std::optional<ThreatView> threat_at(const store::ReadView& view, ProductId product, ThreatId id,
                                    Moment moment) {
    if (!moment) {
        return threat_now(view, product, id);
    }
    auto outline = outline_at(view, product, *moment);
    return outline && outline->model.threats.contains(id) ? std::optional(outline->threat(view, id))
                                                          : std::nullopt;
}

std::optional<MitigationView> mitigation_at(const store::ReadView& view, ProductId product,
                                            MitigationId id, Moment moment) {
    if (!moment) {
        return mitigation_now(view, product, id);
    }
    auto outline = outline_at(view, product, *moment);
    return outline && outline->model.mitigations.contains(id)
               ? std::optional(outline->mitigation(view, id))
               : std::nullopt;
}

}  // namespace threatatlas::query
