#include "support/twin_rows.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "events/store/keys.hpp"
#include "projections/coverage.hpp"
#include "projections/rows.hpp"

namespace threatatlas::testing {
namespace {

// Ids of existing and of removed objects.
template <class Map>
std::vector<std::uint64_t> ids_of(const Map& there, const Map& removed) {
    std::vector<std::uint64_t> ids;
    for (const Map* map : {&there, &removed}) {
        for (const auto& entry : *map) {
            ids.push_back(entry.first);
        }
    }
    return ids;
}

std::uint64_t highest(const std::vector<std::uint64_t>& ids) {
    return ids.empty() ? 0 : *std::max_element(ids.begin(), ids.end());
}

std::vector<ThreatId> threat_ids(const TwinProduct& product) {
    return ids_of(product.threats, product.removed_threats);
}
std::vector<MitigationId> mitigation_ids(const TwinProduct& product) {
    return ids_of(product.mitigations, product.removed_mitigations);
}

Rows details_rows(const Twin& twin, ProductId id) {
    Rows rows;
    for (const TwinMoment& moment : twin.history(id)) {
        if (moment.details_at == moment.time) {
            rows[store::be64_key(id, store::micros_of(moment.time))] = projections::encode(
                projections::DetailsRow{twin.product(id).created_at,
                                        moment.texts,
                                        {moment.policy, moment.policy_is_enforced},
                                        moment.reviewed_at});
        }
    }
    return rows;
}

// SHA-256 of both names, separated by a zero byte.
projections::ElementKey element_digest(std::string_view diagram, std::string_view element_id) {
    return base::sha256(fmt::format("{}{}{}", diagram, '\0', element_id));
}

Rows coverage_rows(const TwinProduct& product, ProductId id) {
    Rows rows;
    for (const auto& [mitigation_id, mitigation] : product.mitigations) {
        if (!mitigation.is_active()) {
            continue;
        }
        const events::CoverageScope& scope = mitigation.scope;
        for (const ThreatId threat_id : scope.threat_ids) {
            rows[projections::link_prefix(id, threat_id) + store::be64_key(mitigation_id)] = "";
        }
        if (scope.threat_ids.empty() && !scope.element_id.empty()) {
            rows[projections::seat_prefix(id, element_digest(scope.diagram, scope.element_id)) +
                 store::be64_key(mitigation_id)] = "";
        }
    }
    return rows;
}

// The last two of a UUID's five groups.
projections::StateId state_id(const std::string& uuid) {
    return std::stoull(uuid.substr(19, 4) + uuid.substr(24), nullptr, 16);
}

// nullopt for a product that is archived or has none.
std::optional<std::string> external_id_key(ProductId id, const events::ProductTexts& texts,
                                           const std::optional<base::Instant>& archived_at) {
    const std::string_view external_id = texts[events::ProductField::external_id];
    if (external_id.empty() || archived_at) {
        return std::nullopt;
    }
    return std::string(external_id) + '\0' + store::be64_key(id);
}

Rows import_rows(const TwinProduct& product, ProductId id) {
    Rows rows;
    for (const auto& [object, digests] : product.seen) {
        const auto& [source, is_threat, object_id] = object;
        rows[store::be64_key(id) + source + '\0' + (is_threat ? 'T' : 'M') +
             store::be64_key(object_id)] = digests;
    }
    return rows;
}

// Names have no zero byte, which separates them from what follows.
std::string policy_key(const std::string& name, std::uint64_t rest) {
    return name + '\0' + store::be64_key(rest);
}

// nullopt for a product that is archived or has none.
std::optional<std::string> policy_user_key(ProductId id, const std::string& policy,
                                           const std::optional<base::Instant>& archived_at) {
    if (policy.empty() || archived_at) {
        return std::nullopt;
    }
    return policy_key(policy, id);
}

Rows policy_rows(const Twin& twin, store::Table table) {
    Rows rows;
    for (const auto& [name, versions] : twin.policies()) {
        for (const TwinPolicyVersion& version : versions) {
            const bool is_now = table == store::Table::policies;
            rows[is_now ? name : policy_key(name, store::micros_of(version.since))] =
                projections::encode(policy_row(version));
        }
    }
    return rows;
}

std::string hex(std::string_view bytes) {
    std::string text;
    for (const char c : bytes) {
        fmt::format_to(std::back_inserter(text), "{:02x}", static_cast<unsigned char>(c));
    }
    return text;
}

}  // namespace

projections::PolicyVersion policy_row(const TwinPolicyVersion& version) {
    return {version.definition, version.version, version.defined_at, version.defined_by,
            version.removed};
}

projections::Product product_row(const TwinProduct& product) {
    return {
        .texts = product.texts,
        .posture = product.posture(),
        .version = product.version,
        .transaction_first = product.first_position,
        .last_position = product.last_position,
        .state_id = state_id(product.last_id),
        .created_at = product.created_at,
        .updated_at = product.updated_at,
        .details_at = product.details_at,
        .archived_at = product.archived_at,
        .last_threat_id = highest(threat_ids(product)),
        .last_mitigation_id = highest(mitigation_ids(product)),
        .last_acceptance_id = product.acceptances.empty() ? 0 : product.acceptances.rbegin()->first,
        .requested_acceptances = static_cast<std::uint64_t>(
            std::count_if(product.acceptances.begin(), product.acceptances.end(),
                          [](const auto& entry) {
                              return entry.second.state == projections::AcceptanceState::requested;
                          })),
        .accepted = accepted_days(product),
        .policy = {product.policy, product.policy_is_enforced},
        .reviewed_at = product.reviewed_at,
        .last_check_id = product.checks.empty() ? 0 : product.checks.rbegin()->first};
}

projections::Check check_row(const events::Event& event) {
    const auto& data = std::get<events::GateChecked>(event.data);
    return {event.position, event.time, data.pass, data.subject};
}

projections::Threat threat_row(const TwinProduct& product, ThreatId id) {
    if (const auto gone = product.removed_threats.find(id); gone != product.removed_threats.end()) {
        projections::Threat row;
        row.removed = true;
        row.created_at = gone->second.created_at;
        row.updated_at = gone->second.updated_at;
        return row;
    }
    const TwinThreat& threat = product.threats.at(id);
    return {.texts = threat.texts,
            .scoring = threat.scoring,
            .status = threat.status,
            .removed = false,
            .created_at = threat.created_at,
            .updated_at = threat.updated_at};
}

projections::Exposure exposure_row(const TwinProduct& product, ThreatId id) {
    const auto found = product.threats.find(id);
    if (found == product.threats.end()) {
        return {.removed = true, .open_severity = {}, .active_links = 0, .element = {}};
    }
    projections::Exposure row{.removed = false,
                              .open_severity = {},
                              .active_links = product.named_by(id).size(),
                              .element = {}};
    if (found->second.is_wanting_cover()) {
        row.open_severity = found->second.scoring.severity;
    }
    const events::ThreatTexts& texts = found->second.texts;
    if (row.open_severity && !texts[events::ThreatField::element_id].empty()) {
        row.element = element_digest(texts[events::ThreatField::diagram],
                                     texts[events::ThreatField::element_id]);
    }
    for (const auto& [acceptance_id, acceptance] : product.acceptances) {
        const auto& named = acceptance.request.threat_ids;
        const auto place = std::find(named.begin(), named.end(), id);
        if (place != named.end() && !acceptance.suspended &&
            acceptance.state == projections::AcceptanceState::approved) {
            row.acceptances.push_back(
                {acceptance_id, acceptance.request.valid_until,
                 acceptance.approved.at(static_cast<std::size_t>(place - named.begin()))});
        }
    }
    if (!row.acceptances.empty()) {
        row.counted = found->second.status != events::ThreatStatus::not_applicable;
        row.severity = found->second.scoring.severity;
    }
    return row;
}

projections::Acceptance acceptance_row(const TwinProduct& product, AcceptanceId id) {
    const TwinAcceptance& acceptance = product.acceptances.at(id);
    return {.state = acceptance.state,
            .threat_ids = acceptance.request.threat_ids,
            .requested_severities = acceptance.request.severities,
            .approved_severities = acceptance.approved,
            .texts = acceptance.request.texts,
            .last_day = acceptance.request.valid_until,
            .while_mitigations = acceptance.request.while_mitigations,
            .replaces = acceptance.request.replaces,
            .replaced_by = acceptance.replaced_by,
            .request = acceptance.requested_step,
            .decision = acceptance.decision,
            .assurance = acceptance.assurance,
            .end = acceptance.end,
            .suspended = acceptance.suspended,
            .threats_in_force = product.threats_in_force(id)};
}

projections::Mitigation mitigation_row(const TwinProduct& product, MitigationId id) {
    std::vector<AcceptanceId> controls;
    for (const auto& [acceptance_id, acceptance] : product.acceptances) {
        const auto& ids = acceptance.request.while_mitigations;
        if (acceptance.state == projections::AcceptanceState::approved &&
            std::count(ids.begin(), ids.end(), id) > 0) {
            controls.push_back(acceptance_id);
        }
    }
    const auto gone = product.removed_mitigations.find(id);
    if (gone != product.removed_mitigations.end()) {
        projections::Mitigation row;
        row.removed = true;
        row.created_at = gone->second.created_at;
        row.updated_at = gone->second.updated_at;
        row.controls = std::move(controls);
        return row;
    }
    const TwinMitigation& mitigation = product.mitigations.at(id);
    return {.texts = mitigation.texts,
            .scope = mitigation.scope,
            .status = mitigation.status,
            .removed = false,
            .created_at = mitigation.created_at,
            .updated_at = mitigation.updated_at,
            .controls = std::move(controls)};
}

projections::HistoryRow history_row(const TwinMoment& moment) {
    return {.posture = moment.posture,
            .version = moment.version,
            .first_position = moment.first_position,
            .last_position = moment.last_position,
            .state_id = state_id(moment.last_id),
            .details_at = moment.details_at,
            .archived = moment.archived,
            .had_acceptances = moment.had_acceptances,
            .accepted = moment.accepted};
}

Rows wanted_rows(const Twin& twin, store::Table table, ProductId id) {
    const TwinProduct& product = twin.product(id);
    Rows rows;
    switch (table) {
        case store::Table::history:
            for (const TwinMoment& moment : twin.history(id)) {
                rows[store::be64_key(id, store::micros_of(moment.time))] =
                    projections::encode(history_row(moment));
            }
            break;
        case store::Table::details:
            return details_rows(twin, id);
        case store::Table::products:
            rows[store::be64_key(id)] = projections::encode(product_row(product));
            break;
        case store::Table::threats:
            for (const ThreatId threat_id : threat_ids(product)) {
                rows[store::be64_key(id, threat_id)] =
                    projections::encode(threat_row(product, threat_id));
            }
            break;
        case store::Table::mitigations:
            for (const MitigationId mitigation_id : mitigation_ids(product)) {
                rows[store::be64_key(id, mitigation_id)] =
                    projections::encode(mitigation_row(product, mitigation_id));
            }
            break;
        case store::Table::elements:
            for (const auto& [name, element] : product.elements()) {
                rows[projections::element_key(id, element_digest(name.diagram, name.element_id))] =
                    projections::encode(element);
            }
            for (const ThreatId threat_id : threat_ids(product)) {
                rows[projections::exposure_key(id, threat_id)] =
                    projections::encode(exposure_row(product, threat_id));
            }
            break;
        case store::Table::acceptances:
            for (const auto& [acceptance_id, acceptance] : product.acceptances) {
                rows[store::be64_key(id, acceptance_id)] =
                    projections::encode(acceptance_row(product, acceptance_id));
            }
            break;
        case store::Table::checks:
            for (const auto& [check_id, event] : product.checks) {
                rows[store::be64_key(id, check_id)] = projections::encode(check_row(event));
            }
            break;
        case store::Table::coverage:
            return coverage_rows(product, id);
        case store::Table::imports:
            return import_rows(product, id);
        case store::Table::external_ids:
            if (const auto key = external_id_key(id, product.texts, product.archived_at)) {
                rows[*key] = "";
            }
            break;
        case store::Table::policy_users:
            if (const auto key = policy_user_key(id, product.policy, product.archived_at)) {
                rows[*key] = "";
            }
            break;
        default:
            break;
    }
    return rows;
}

Rows wanted_rows(const Twin& twin, store::Table table) {
    Rows rows;
    if (table == store::Table::tokens) {
        for (const auto& [id, token] : twin.tokens()) {
            rows[store::be64_key(id)] = projections::encode(token);
        }
        return rows;
    }
    if (table == store::Table::policies || table == store::Table::policy_versions) {
        return policy_rows(twin, table);
    }
    for (const auto& [id, product] : twin.products()) {
        rows.merge(wanted_rows(twin, table, id));
    }
    return rows;
}

Rows stored_rows(const store::ReadView& view, store::Table table, std::string_view prefix) {
    Rows rows;
    view.scan(table, prefix, prefix, [&](std::string_view key, std::string_view value) {
        rows.emplace(key, value);
        return true;
    });
    return rows;
}

Rows memory_rows(const projections::MemoryTables& tables, store::Table table) {
    Rows rows;
    if (table == store::Table::tokens) {
        for (const auto& [id, row] : tables.tokens()) {
            rows[store::be64_key(id)] = projections::encode(row);
        }
        return rows;
    }
    if (table == store::Table::policies) {
        for (const auto& [name, row] : tables.policies()) {
            rows[name] = projections::encode(row);
        }
        return rows;
    }
    if (table == store::Table::policy_versions) {
        return tables.policy_versions();
    }
    for (const auto& [product, all] : tables.products()) {
        const auto add_all = [&rows, id = product](const auto& some) {
            some.for_each([&](std::uint64_t object, const auto& row) {
                rows[store::be64_key(id, object)] = projections::encode(row);
                return true;
            });
        };
        switch (table) {
            case store::Table::products:
                rows[store::be64_key(product)] = projections::encode(all->product);
                break;
            case store::Table::threats:
                add_all(all->threats);
                break;
            case store::Table::mitigations:
                add_all(all->mitigations);
                break;
            case store::Table::elements:
                for (const auto& [name, row] : all->elements) {
                    if (!row.empty()) {
                        rows[projections::element_key(product, name)] = projections::encode(row);
                    }
                }
                all->exposures.for_each(
                    [&rows, id = product](ThreatId threat, const projections::Exposure& row) {
                        rows[projections::exposure_key(id, threat)] = projections::encode(row);
                        return true;
                    });
                break;
            case store::Table::coverage:
                all->mitigations.for_each([&rows, id = product](
                                              MitigationId mitigation,
                                              const projections::Mitigation& row) {
                    for (const std::string& key : projections::coverage_keys(id, mitigation, row)) {
                        rows[key] = "";
                    }
                    return true;
                });
                break;
            case store::Table::acceptances:
                for (const auto& [id, acceptance] : all->acceptances) {
                    rows[store::be64_key(product, id)] = projections::encode(acceptance);
                }
                break;
            case store::Table::checks:
                for (const auto& [id, check] : all->checks) {
                    rows[store::be64_key(product, id)] = projections::encode(check);
                }
                break;
            case store::Table::imports:
                rows.insert(all->imports.begin(), all->imports.end());
                break;
            case store::Table::external_ids:
                if (const auto key =
                        external_id_key(product, all->product.texts, all->product.archived_at)) {
                    rows[*key] = "";
                }
                break;
            case store::Table::policy_users:
                if (const auto key = policy_user_key(product, all->product.policy.name,
                                                     all->product.archived_at)) {
                    rows[*key] = "";
                }
                break;
            default:
                break;
        }
    }
    return rows;
}

std::string difference(const Rows& wanted, const Rows& found) {
    for (const auto& [key, row] : wanted) {
        const auto other = found.find(key);
        if (other == found.end()) {
            return fmt::format("there is no row {}, wanted {}", hex(key), hex(row));
        }
        if (other->second != row) {
            return fmt::format("row {} is {}, wanted {}", hex(key), hex(other->second), hex(row));
        }
    }
    for (const auto& [key, row] : found) {
        if (!wanted.contains(key)) {
            return fmt::format("row {} is not wanted: {}", hex(key), hex(row));
        }
    }
    return {};
}

}  // namespace threatatlas::testing
