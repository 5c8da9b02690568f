#pragma once

// A small log that produces rows in every table: several products, tokens, transactions of many
// events, coverage by link and by element, removals, an archived product.

#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/uuid.hpp"
#include "events/event.hpp"
#include "events/event_line.hpp"
#include "events/store/store.hpp"
#include "projections/audit/log_import.hpp"
#include "projections/log_fold.hpp"
#include "projections/query/checks.hpp"
#include "projections/query/product_model.hpp"
#include "support/temp_directory.hpp"

namespace threatatlas::testing {

class MadeUpLog {
  public:
    explicit MadeUpLog(unsigned seed = 1,
                       base::Instant start = *base::parse_instant("2026-01-05T08:00:00Z"))
        : random_(seed), time_(start) {}

    // Records one transaction, about a minute after the previous one.
    void record(ProductId product, std::vector<events::EventData> facts) {
        time_ += std::chrono::seconds{30 + random_() % 60} + std::chrono::microseconds{1};
        for (events::EventData& fact : facts) {
            events::Event event;
            event.position = lines_.size() + 1;
            event.time = time_;
            event.id = fresh_id();
            event.product_id = product;
            event.actor = "editor#2";
            event.data = std::move(fact);
            events::append_line(lines_.emplace_back(), event);
        }
    }

    base::Instant time() const { return time_; }
    const std::vector<std::string>& lines() const { return lines_; }
    // The log as an NDJSON export.
    std::string text() const {
        std::string all;
        for (const std::string& line : lines_) {
            all += line;
            all += '\n';
        }
        return all;
    }

    std::mt19937& random() { return random_; }

  private:
    std::string fresh_id() {
        std::array<std::byte, base::uuid_random_bytes> bytes{};
        for (std::byte& byte : bytes) {
            byte = static_cast<std::byte>(random_());
        }
        return base::make_uuid_v7(time_, bytes);
    }

    std::mt19937 random_;
    base::Instant time_;
    std::vector<std::string> lines_;
};

inline events::ProductRegistered product_named(std::string_view name) {
    events::ProductRegistered product;
    product.texts.set(events::ProductField::name, name);
    product.texts.set(events::ProductField::owner_name, "Ada");
    product.texts.set(events::ProductField::external_id, std::string("repo/") += name);
    return product;
}

inline events::ThreatIdentified threat(
    ThreatId id, std::optional<events::Severity> severity,
    events::ThreatStatus status = events::ThreatStatus::identified, std::string_view element = {}) {
    events::ThreatIdentified fact;
    fact.threat_id = id;
    fact.texts.set(events::ThreatField::name, "Threat, \"number\" " + std::to_string(id));
    if (!element.empty()) {
        fact.texts.set(events::ThreatField::diagram, "Checkout");
        fact.texts.set(events::ThreatField::element_id, element);
    }
    fact.scoring.severity = severity;
    fact.status = status;
    return fact;
}

inline events::MitigationProposed mitigation(MitigationId id, events::MitigationStatus status,
                                             std::vector<ThreatId> threat_ids,
                                             std::string_view element = {}) {
    events::MitigationProposed fact;
    fact.mitigation_id = id;
    fact.texts.set(events::MitigationField::name, "Control " + std::to_string(id));
    fact.status = status;
    fact.scope.threat_ids = std::move(threat_ids);
    if (!element.empty()) {
        fact.scope.diagram = "Checkout";
        fact.scope.element_id = element;
    }
    return fact;
}

// Each object has digests of its own.
inline events::ModelImported model_imported(std::string_view source,
                                            const std::vector<ThreatId>& threats,
                                            const std::vector<MitigationId>& mitigations) {
    events::ModelImported fact{std::string(source), "threat-dragon", std::string(64, 'a'), {}, {}};
    for (const ThreatId id : threats) {
        events::ThreatDigests digests;
        digests[events::ImportedThreatField::key] = events::field_digest(std::to_string(id));
        fact.threats.push_back({id, digests});
    }
    for (const MitigationId id : mitigations) {
        events::MitigationDigests digests;
        digests[events::ImportedMitigationField::key] = events::field_digest(std::to_string(id));
        fact.mitigations.push_back({id, digests});
    }
    return fact;
}

inline events::AcceptanceRequested acceptance_requested(AcceptanceId id,
                                                        std::vector<ThreatId> threats) {
    events::AcceptanceRequested fact;
    fact.acceptance_id = id;
    fact.severities.resize(threats.size());
    fact.threat_ids = std::move(threats);
    fact.texts.set(events::AcceptanceField::justification, "Fixed in the next release");
    fact.valid_until = base::parse_day("2026-06-30").value();
    return fact;
}

// Fails while there are more threats of a severity than `limit`.
inline events::PolicyDefined policy_defined(std::string_view name, std::uint64_t version,
                                            std::uint64_t limit) {
    events::PolicyDefined fact{std::string(name), version, {}};
    fact.definition.texts.set(events::PolicyField::title, "Baseline");
    fact.definition.rules.push_back({.kind = events::RuleKind::max_threats,
                                     .severity = events::Severity::critical,
                                     .limit = limit});
    return fact;
}

inline events::TokenIssued token(TokenId id, events::Role role) {
    events::TokenIssued fact;
    fact.token_id = id;
    fact.name = "token " + std::to_string(id);
    fact.role = role;
    fact.prefix = "ta_abc";
    fact.sha256 = std::string(63, 'a') + static_cast<char>('0' + id % 10);
    return fact;
}

// Three products, of which the third is archived, and three tokens.
inline MadeUpLog made_up_log(unsigned seed = 1) {
    MadeUpLog log(seed);
    log.record(0, {token(1, events::Role::admin)});
    log.record(1, {product_named("Payments API")});
    log.record(0, {token(2, events::Role::editor)});
    log.record(1, {threat(1, events::Severity::critical), threat(2, events::Severity::high),
                   threat(3, events::Severity::low, events::ThreatStatus::mitigated)});
    log.record(2, {product_named("Döner & Söhne <shop>")});
    log.record(2, {threat(1, std::nullopt),
                   threat(7, events::Severity::high, events::ThreatStatus::identified, "node-1")});
    log.record(1, {mitigation(1, events::MitigationStatus::implemented, {2})});
    log.record(1, {events::ThreatScored{1, {events::Severity::medium, 3, 3}}});
    log.record(2, {mitigation(1, events::MitigationStatus::verified, {}, "node-1"),
                   mitigation(2, events::MitigationStatus::proposed, {1, 7})});
    log.record(3, {product_named("Short-lived"), threat(1, events::Severity::high)});
    events::ProductDescribed renamed;
    renamed.changes.set(events::ProductField::name, "Payments API v2");
    log.record(1, {renamed, events::ThreatStatusChanged{2, events::ThreatStatus::accepted,
                                                        events::ThreatStatus::identified}});
    log.record(3, {events::ProductArchived{}});
    log.record(2, {events::ThreatRemoved{1}});
    log.record(2, {events::MitigationLinked{2, {{7}, "", ""}},
                   events::MitigationStatusChanged{2, events::MitigationStatus::retired,
                                                   events::MitigationStatus::proposed}});
    log.record(0, {token(3, events::Role::gate)});
    log.record(0, {events::TokenRevoked{3}});
    for (ThreatId id = 10; id < 40; ++id) {
        log.record(1 + id % 2,
                   {threat(id, static_cast<events::Severity>(log.random()() % 4),
                           events::ThreatStatus::identified, id % 3 == 0 ? "node-9" : "")});
    }
    log.record(1, {mitigation(2, events::MitigationStatus::implemented, {}, "node-9")});
    log.record(2, {model_imported("web", {7}, {1})});
    log.record(1, {model_imported("web", {2, 3}, {2})});
    log.record(1, {acceptance_requested(1, {2, 10})});
    log.record(1, {events::AcceptanceApproved{1, {events::Severity::high, std::nullopt}, {}, ""}});
    log.record(1, {acceptance_requested(2, {3})});
    return log;
}

// A check of a product by its policy, with the answer that the log so far gives.
inline events::GateChecked recorded_check(const MadeUpLog& log, ProductId product, CheckId id) {
    projections::MemoryTables tables;
    projections::LogFold fold(tables);
    events::LineReader reader;
    for (const std::string& line : log.lines()) {
        fold.next(reader.read(line));
    }
    fold.finish();
    // The next line is a little later, on the same day.
    const query::ProductAt now =
        query::product_at(product, tables.find(product)->product, fold.time());
    events::GateChecked check;
    check.check_id = id;
    check.subject = {"shop", {{"gitCommit", "00ff"}}};
    query::record_answer(
        check, query::judge_check(
                   now, check.question, fold.time(),
                   [&](const std::string& name) {
                       const projections::PolicyVersion* const version = tables.policy(name);
                       return version == nullptr ? std::nullopt : std::optional(*version);
                   },
                   query::rated_threats(tables, product, now.posture)));
    return check;
}

// The same as made_up_log() with a check and three policies, of which the third is removed.
inline MadeUpLog made_up_log_with_policies() {
    MadeUpLog log = made_up_log();
    log.record(0, {policy_defined("web", 1, 3)});
    log.record(0, {policy_defined("web-2", 1, 0)});
    log.record(1, {events::PolicyAssigned{"web", true}});
    log.record(2, {events::PolicyAssigned{"web-2", false}});
    log.record(1, {events::ProductReviewed{"Threats of the new checkout"}});
    log.record(0, {policy_defined("web", 2, 1)});
    log.record(0, {policy_defined("internal", 1, 5)});
    log.record(0, {events::PolicyRemoved{"internal"}});
    log.record(1, {recorded_check(log, 1, 1)});
    log.record(2, {recorded_check(log, 2, 1)});
    return log;
}

// Imports the log into a data directory and closes it.
inline void import_into(const std::filesystem::path& data, const MadeUpLog& log) {
    const auto store = store::Store::open_for_import(data);
    std::size_t next = 0;
    audit::import_lines(*store, [&]() -> std::optional<std::string_view> {
        return next < log.lines().size() ? std::optional<std::string_view>(log.lines()[next++])
                                         : std::nullopt;
    });
    store->finish_import();
}

}  // namespace threatatlas::testing
