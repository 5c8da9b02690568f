#include "projections/fold.hpp"

#include <utility>

#include <fmt/format.h>

#include "base/uuid.hpp"
#include "projections/acceptance_fold.hpp"
#include "projections/counting.hpp"
#include "projections/coverage_counts.hpp"

namespace threatatlas::projections {
namespace {

// Folds one event of a product.
class ProductFold {
  public:
    ProductFold(Tables& tables, const events::Event& event)
        : tables_(tables),
          event_(event),
          id_(event.product_id),
          product_(open_product()),
          coverage_(tables, id_, product_),
          acceptances_(tables, id_, product_, coverage_) {
        if (product_.last_position == 0 || product_.updated_at != event.time) {
            product_.transaction_first = event.position;
        }
        ++product_.version;
        product_.last_position = event.position;
        product_.state_id = base::random_bits_of(event.id);
        product_.updated_at = event.time;
        AcceptedCounting(product_).forget_past();
    }

    void operator()(const events::ProductRegistered& data) {
        product_.texts = data.texts;
        product_.created_at = event_.time;
        index_external_id(true);
        put_details();
    }
    void operator()(const events::ProductDescribed& data) {
        const bool moves = data.changes[events::ProductField::external_id].has_value();
        if (moves) {
            index_external_id(false);
        }
        data.changes.apply_to(product_.texts);
        if (moves) {
            index_external_id(true);
        }
        put_details();
    }
    void operator()(const events::ProductArchived&) {
        index_external_id(false);
        index_policy(false);
        product_.archived_at = event_.time;
    }

    void operator()(const events::ThreatIdentified& data) { identify(data, data.texts); }
    void operator()(events::ThreatIdentified&& data) { identify(data, std::move(data.texts)); }
    void operator()(const events::ThreatScored& data) {
        change_threat(data.threat_id, [&](Threat& threat) { threat.scoring = data.scoring; });
    }
    void operator()(const events::ThreatStatusChanged& data) {
        change_threat(data.threat_id, [&](Threat& threat) { threat.status = data.status; });
    }
    void operator()(const events::ThreatDescribed& data) {
        Threat& threat = threat_to_change(data.threat_id);
        change_uncounted(threat, [&](Threat& row) { data.changes.apply_to(row.texts); });
        // Usually the threat stays on its element, and the counts do not change.
        if (data.changes[events::ThreatField::diagram] ||
            data.changes[events::ThreatField::element_id]) {
            coverage_.threat_changed(data.threat_id, threat, true);
        }
    }
    void operator()(const events::ThreatRemoved& data) {
        change_threat(data.threat_id, [&](Threat& threat) {
            const base::Instant created_at = threat.created_at;
            threat = Threat{};
            threat.removed = true;
            threat.created_at = created_at;
        });
    }

    void operator()(const events::MitigationProposed& data) { propose(data, data.texts); }
    void operator()(events::MitigationProposed&& data) { propose(data, std::move(data.texts)); }
    void operator()(const events::MitigationStatusChanged& data) {
        change_mitigation(data.mitigation_id,
                          [&](Mitigation& mitigation) { mitigation.status = data.status; });
    }
    void operator()(const events::MitigationLinked& data) {
        require_named(data.scope);
        change_mitigation(data.mitigation_id,
                          [&](Mitigation& mitigation) { mitigation.scope = data.scope; });
    }
    void operator()(const events::MitigationDescribed& data) {
        change_uncounted(mitigation_to_change(data.mitigation_id),
                         [&](Mitigation& mitigation) { data.changes.apply_to(mitigation.texts); });
    }
    void operator()(const events::MitigationRemoved& data) {
        change_mitigation(data.mitigation_id, [&](Mitigation& mitigation) {
            const base::Instant created_at = mitigation.created_at;
            std::vector<AcceptanceId> controls = std::move(mitigation.controls);
            mitigation = Mitigation{};
            mitigation.controls = std::move(controls);
            mitigation.removed = true;
            mitigation.created_at = created_at;
        });
    }

    void operator()(const events::ModelImported& data) {
        for (const events::SeenThreat& seen : data.threats) {
            if (tables_.threat(id_, seen.threat_id) == nullptr) {
                refuse("threat", seen.threat_id, "cannot be imported: it never existed");
            }
            put_seen(data.source, true, seen);
        }
        for (const events::SeenMitigation& seen : data.mitigations) {
            if (tables_.mitigation(id_, seen.mitigation_id) == nullptr) {
                refuse("mitigation", seen.mitigation_id, "cannot be imported: it never existed");
            }
            put_seen(data.source, false, seen);
        }
    }

    void operator()(const events::AcceptanceRequested& data) { acceptances_.request(event_, data); }
    void operator()(const events::AcceptanceApproved& data) { acceptances_.approve(event_, data); }
    void operator()(const events::AcceptanceRejected& data) { acceptances_.reject(event_, data); }
    void operator()(const events::AcceptanceWithdrawn& data) {
        acceptances_.withdraw(event_, data);
    }
    void operator()(const events::AcceptanceRevoked& data) { acceptances_.revoke(event_, data); }

    // Other folds know only the product's own events, so LogFold checks that the policy exists.
    void operator()(const events::PolicyAssigned& data) {
        index_policy(false);
        product_.policy = {data.policy, data.enforced};
        index_policy(true);
        put_details();
    }
    void operator()(const events::ProductReviewed&) {
        product_.reviewed_at = event_.time;
        put_details();
    }

    void operator()(const events::GateChecked&) {}
    void operator()(const events::TokenIssued&) {}
    void operator()(const events::TokenRevoked&) {}
    void operator()(const events::PolicyDefined&) {}
    void operator()(const events::PolicyRemoved&) {}

  private:
    [[noreturn]] void refuse(std::string_view what, std::uint64_t id, std::string_view why) const {
        throw BadHistory(fmt::format("position {}: {} {} of product {} {}", event_.position, what,
                                     id, id_, why));
    }

    // A named threat may have been removed since. One that never existed is refused: if it were
    // identified later, its count of links would lack this mitigation.
    void require_named(const events::CoverageScope& scope) {
        for (const ThreatId threat_id : scope.threat_ids) {
            if (tables_.exposure(id_, threat_id) == nullptr) {
                refuse("threat", threat_id, "cannot be covered: it never existed");
            }
        }
    }

    Product& open_product() {
        const Product* known = tables_.product(id_);
        const bool registers = event_.type() == events::EventType::product_registered;
        if (registers && known != nullptr) {
            refuse("product", id_, "is registered a second time");
        }
        if (!registers && known == nullptr) {
            refuse("product", id_, "was never registered");
        }
        if (known != nullptr && known->archived_at) {
            refuse("product", id_, "was archived before");
        }
        return tables_.edit_product(id_);
    }

    template <class Seen>
    void put_seen(std::string_view source, bool is_threat, const Seen& seen) {
        tables_.put_seen(id_, {source, is_threat, events::id_of(seen)},
                         seen.digests ? seen.digests->bytes() : std::string_view());
    }

    void put_details() {
        product_.details_at = event_.time;
        tables_.put_details(
            id_, event_.time,
            {product_.created_at, product_.texts, product_.policy, product_.reviewed_at});
    }

    template <class Texts>
    void identify(const events::ThreatIdentified& data, Texts&& texts) {
        if (tables_.threat(id_, data.threat_id) != nullptr) {
            refuse("threat", data.threat_id, "is identified a second time");
        }
        Threat& threat = tables_.edit_threat(id_, data.threat_id);
        threat.texts = std::forward<Texts>(texts);
        threat.scoring = data.scoring;
        threat.status = data.status;
        threat.created_at = event_.time;
        threat.updated_at = event_.time;
        count_threat(threat, true);
        coverage_.threat_changed(data.threat_id, threat, true);
        product_.last_threat_id = std::max(product_.last_threat_id, data.threat_id);
    }

    template <class Texts>
    void propose(const events::MitigationProposed& data, Texts&& texts) {
        if (tables_.mitigation(id_, data.mitigation_id) != nullptr) {
            refuse("mitigation", data.mitigation_id, "is proposed a second time");
        }
        require_named(data.scope);
        Mitigation& mitigation = tables_.edit_mitigation(id_, data.mitigation_id);
        coverage_.mitigation_changes(data.mitigation_id, Mitigation{}, event_.time);
        mitigation.texts = std::forward<Texts>(texts);
        mitigation.scope = data.scope;
        mitigation.status = data.status;
        mitigation.created_at = event_.time;
        mitigation.updated_at = event_.time;
        count_mitigation(mitigation, true);
        product_.last_mitigation_id = std::max(product_.last_mitigation_id, data.mitigation_id);
    }

    Threat& threat_to_change(ThreatId threat_id) {
        const Threat* known = tables_.threat(id_, threat_id);
        if (known == nullptr || known->removed) {
            refuse("threat", threat_id, "does not exist");
        }
        return tables_.edit_threat(id_, threat_id);
    }

    Mitigation& mitigation_to_change(MitigationId mitigation_id) {
        const Mitigation* known = tables_.mitigation(id_, mitigation_id);
        if (known == nullptr || known->removed) {
            refuse("mitigation", mitigation_id, "does not exist");
        }
        return tables_.edit_mitigation(id_, mitigation_id);
    }

    // Applies a change that does not affect any count.
    template <class Row, class Change>
    void change_uncounted(Row& row, Change change) {
        change(row);
        row.updated_at = event_.time;
    }

    template <class Change>
    void change_threat(ThreatId threat_id, Change change) {
        Threat& threat = threat_to_change(threat_id);
        count_threat(threat, false);
        change_uncounted(threat, change);
        count_threat(threat, true);
        coverage_.threat_changed(threat_id, threat, false);
    }

    template <class Change>
    void change_mitigation(MitigationId mitigation_id, Change change) {
        Mitigation& mitigation = mitigation_to_change(mitigation_id);
        coverage_.mitigation_changes(mitigation_id, mitigation, event_.time);
        count_mitigation(mitigation, false);
        change_uncounted(mitigation, change);
        count_mitigation(mitigation, true);
    }

    // Adds a threat to the counts, or subtracts it.
    void count_threat(const Threat& threat, bool in) {
        if (!is_counted(threat)) {
            return;
        }
        Posture& posture = product_.posture;
        count(posture.total_threats, in);
        count(threat.scoring.severity
                  ? posture.by_severity[static_cast<std::size_t>(*threat.scoring.severity)]
                  : posture.unscored,
              in);
        if (threat.status == events::ThreatStatus::mitigated) {
            count(posture.mitigated_threats, in);
        }
    }

    // Adds a mitigation to the counts, or subtracts it.
    void count_mitigation(const Mitigation& mitigation, bool in) {
        if (!mitigation.removed) {
            count(product_.posture.total_mitigations, in);
        }
        if (is_active(mitigation)) {
            count(product_.posture.active_mitigations, in);
        }
    }

    // Uniqueness among live products is enforced by commands, not by the log, so the index must
    // accept duplicates.
    void index_external_id(bool present) {
        const std::string_view external_id = product_.texts[events::ProductField::external_id];
        if (!external_id.empty()) {
            tables_.set_external_id(id_, external_id, present);
        }
    }

    void index_policy(bool present) {
        if (!product_.policy.name.empty()) {
            tables_.set_policy_user(id_, product_.policy.name, present);
        }
    }

    Tables& tables_;
    const events::Event& event_;
    ProductId id_;
    Product& product_;
    CoverageCounts coverage_;
    AcceptanceFold acceptances_;
};

void fold_token(Tables& tables, const events::Event& event) {
    if (const auto* issued = std::get_if<events::TokenIssued>(&event.data)) {
        if (tables.token(issued->token_id) != nullptr) {
            throw BadHistory(fmt::format("position {}: token {} is issued a second time",
                                         event.position, issued->token_id));
        }
        Token& token = tables.edit_token(issued->token_id);
        token.name = issued->name;
        token.role = issued->role;
        token.product_ids = issued->product_ids;
        token.prefix = issued->prefix;
        token.sha256 = issued->sha256;
        token.created_at = event.time;
        token.expires_at = issued->expires_at;
        token.issued_by = event.actor;
    } else if (const auto* revoked = std::get_if<events::TokenRevoked>(&event.data)) {
        const Token* known = tables.token(revoked->token_id);
        if (known == nullptr || known->revoked_at) {
            throw BadHistory(
                fmt::format("position {}: token {} cannot be revoked: it does not exist",
                            event.position, revoked->token_id));
        }
        tables.edit_token(revoked->token_id).revoked_at = event.time;
    }
}

void fold_policy(Tables& tables, const events::Event& event) {
    const std::string name(events::defined_policy_of(event));
    const PolicyVersion* const known = tables.policy(name);
    const auto refuse = [&](std::string_view why) {
        throw BadHistory(fmt::format("position {}: policy {} {}", event.position, name, why));
    };
    if (const auto* defined = std::get_if<events::PolicyDefined>(&event.data)) {
        if (defined->version != (known == nullptr ? 1 : known->version + 1)) {
            refuse(fmt::format("does not get its next version, but version {}", defined->version));
        }
        tables.edit_policy(name) = {defined->definition, defined->version, event.time, event.actor,
                                    false};
    } else {
        if (known == nullptr || known->removed) {
            refuse("cannot be removed: it does not exist");
        }
        PolicyVersion& policy = tables.edit_policy(name);
        policy.removed = true;
    }
    tables.put_policy_version(name, event.time, *tables.policy(name));
}

// A check leaves the state of the product as it is.
void fold_check(Tables& tables, const events::Event& event) {
    const auto& data = std::get<events::GateChecked>(event.data);
    const auto refuse = [&](std::string_view why) {
        throw BadHistory(fmt::format("position {}: check {} of product {} {}", event.position,
                                     data.check_id, event.product_id, why));
    };
    const Product* const product = tables.product(event.product_id);
    if (product == nullptr || product->archived_at) {
        refuse("is of a product that was never registered, or was archived before");
    }
    if (tables.check(event.product_id, data.check_id) != nullptr) {
        refuse("is recorded a second time");
    }
    if (data.product_version != product->version ||
        data.product_position != product->last_position) {
        refuse("names another state of the product");
    }
    // The row first: whether the store may have it depends on the highest id.
    tables.edit_check(event.product_id, data.check_id) = {event.position, event.time, data.pass,
                                                          data.subject};
    Product& changed = tables.edit_product(event.product_id);
    changed.last_check_id = std::max(changed.last_check_id, data.check_id);
}

// Folds an event that is not of a product.
void fold_global(Tables& tables, const events::Event& event) {
    if (events::defined_policy_of(event).empty()) {
        fold_token(tables, event);
    } else {
        fold_policy(tables, event);
    }
}

void require_fitting_source(const events::Event& event) {
    if (events::is_of_product(event.type()) != (event.product_id != 0)) {
        throw BadHistory(
            fmt::format("position {}: the source does not match the type", event.position));
    }
}

// The changes of the previous transaction are counted before the next one begins.
void begin(Tables& tables, const events::Event& event) {
    require_fitting_source(event);
    const UncountedCoverage& uncounted = tables.uncounted_coverage();
    if (uncounted.product != event.product_id || uncounted.time != event.time) {
        settle_coverage(tables);
    }
}

}  // namespace

void fold(Tables& tables, const events::Event& event) {
    begin(tables, event);
    if (event.product_id == 0) {
        fold_global(tables, event);
    } else if (event.type() == events::EventType::gate_checked) {
        fold_check(tables, event);
    } else {
        std::visit(ProductFold(tables, event), event.data);
    }
}

void fold(Tables& tables, events::Event&& event) {
    begin(tables, event);
    if (event.product_id == 0) {
        fold_global(tables, event);
    } else if (event.type() == events::EventType::gate_checked) {
        fold_check(tables, event);
    } else {
        std::visit(ProductFold(tables, event), std::move(event.data));
    }
}

void settle_coverage(Tables& tables) {
    if (const ProductId id = tables.uncounted_coverage().product; id != 0) {
        Product& product = tables.edit_product(id);
        CoverageCounts coverage(tables, id, product);
        AcceptanceFold acceptances(tables, id, product, coverage);
        for (const MitigationId mitigation_id : coverage.settle()) {
            acceptances.control_changed(mitigation_id);
        }
    }
}

void close_transaction(Tables& tables, ProductId product_id, base::Instant time) {
    if (product_id == 0) {
        return;
    }
    settle_coverage(tables);
    const Product& product = *tables.product(product_id);
    if (product.updated_at != time) {
        return;  // only checks
    }
    HistoryRow row;
    row.posture = product.posture;
    row.version = product.version;
    row.first_position = product.transaction_first;
    row.last_position = product.last_position;
    row.state_id = product.state_id;
    row.details_at = product.details_at;
    row.archived = product.archived_at.has_value();
    row.had_acceptances = product.last_acceptance_id > 0;
    row.accepted = product.accepted;
    tables.put_history(product_id, product.updated_at, row);
}

}  // namespace threatatlas::projections
