#pragma once

// A small log that has a row in every table: several products, tokens, transactions of many events,
// coverage by link and by element, removals, an archived product.

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
#include "support/temp_directory.hpp"

namespace threatatlas {

class MadeUpLog {
  public:
    explicit MadeUpLog(unsigned seed = 1, Instant start = *parse_instant("2026-01-05T08:00:00Z"))
        : random_(seed), time_(start) {}

    // Records one transaction, a minute or so after the one before.
    void record(ProductId product, std::vector<EventData> facts) {
        time_ += std::chrono::seconds{30 + random_() % 60} + std::chrono::microseconds{1};
        for (EventData& fact : facts) {
            Event event;
            event.position = lines_.size() + 1;
            event.time = time_;
            event.id = fresh_id();
            event.product_id = product;
            event.actor = "editor#2";
            event.data = std::move(fact);
            append_line(lines_.emplace_back(), event);
        }
    }

    Instant time() const { return time_; }
    const std::vector<std::string>& lines() const { return lines_; }
    // As an export has it.
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
        std::array<std::byte, uuid_random_bytes> bytes{};
        for (std::byte& byte : bytes) {
            byte = static_cast<std::byte>(random_());
        }
        return make_uuid_v7(time_, bytes);
    }

    std::mt19937 random_;
    Instant time_;
    std::vector<std::string> lines_;
};

inline ProductRegistered product_named(std::string_view name) {
    ProductRegistered product;
    product.texts.set(ProductField::name, name);
    product.texts.set(ProductField::owner_name, "Ada");
    product.texts.set(ProductField::external_id, std::string("repo/") += name);
    return product;
}

inline ThreatIdentified threat(ThreatId id, std::optional<Severity> severity,
                               ThreatStatus status = ThreatStatus::identified,
                               std::string_view element = {}) {
    ThreatIdentified fact;
    fact.threat_id = id;
    fact.texts.set(ThreatField::name, "Threat, \"number\" " + std::to_string(id));
    if (!element.empty()) {
        fact.texts.set(ThreatField::diagram, "Checkout");
        fact.texts.set(ThreatField::element_id, element);
    }
    fact.scoring.severity = severity;
    fact.status = status;
    return fact;
}

inline MitigationProposed mitigation(MitigationId id, MitigationStatus status,
                                     std::vector<ThreatId> threat_ids,
                                     std::string_view element = {}) {
    MitigationProposed fact;
    fact.mitigation_id = id;
    fact.texts.set(MitigationField::name, "Control " + std::to_string(id));
    fact.status = status;
    fact.scope.threat_ids = std::move(threat_ids);
    if (!element.empty()) {
        fact.scope.diagram = "Checkout";
        fact.scope.element_id = element;
    }
    return fact;
}

inline TokenIssued token(TokenId id, Role role) {
    TokenIssued fact;
    fact.token_id = id;
    fact.name = "token " + std::to_string(id);
    fact.role = role;
    fact.prefix = "ta_abc";
    fact.sha256 = std::string(63, 'a') + static_cast<char>('0' + id % 10);
    return fact;
}

// Three products (the third is archived), three tokens.
inline MadeUpLog made_up_log(unsigned seed = 1) {
    MadeUpLog log(seed);
    log.record(0, {token(1, Role::admin)});
    log.record(1, {product_named("Payments API")});
    log.record(0, {token(2, Role::editor)});
    log.record(1, {threat(1, Severity::critical), threat(2, Severity::high),
                   threat(3, Severity::low, ThreatStatus::mitigated)});
    log.record(2, {product_named("Döner & Söhne <shop>")});
    log.record(2, {threat(1, std::nullopt),
                   threat(7, Severity::high, ThreatStatus::identified, "node-1")});
    log.record(1, {mitigation(1, MitigationStatus::implemented, {2})});
    log.record(1, {ThreatScored{1, {Severity::medium, 3, 3}}});
    log.record(2, {mitigation(1, MitigationStatus::verified, {}, "node-1"),
                   mitigation(2, MitigationStatus::proposed, {1, 7})});
    log.record(3, {product_named("Short-lived"), threat(1, Severity::high)});
    ProductDescribed renamed;
    renamed.changes.set(ProductField::name, "Payments API v2");
    log.record(1,
               {renamed, ThreatStatusChanged{2, ThreatStatus::accepted, ThreatStatus::identified}});
    log.record(3, {ProductArchived{}});
    log.record(2, {ThreatRemoved{1}});
    log.record(2,
               {MitigationLinked{2, {{7}, "", ""}},
                MitigationStatusChanged{2, MitigationStatus::retired, MitigationStatus::proposed}});
    log.record(0, {token(3, Role::gate)});
    log.record(0, {TokenRevoked{3}});
    for (ThreatId id = 10; id < 40; ++id) {
        log.record(1 + id % 2, {threat(id, static_cast<Severity>(log.random()() % 4),
                                       ThreatStatus::identified, id % 3 == 0 ? "node-9" : "")});
    }
    log.record(1, {mitigation(2, MitigationStatus::implemented, {}, "node-9")});
    return log;
}

// A directory that holds the log and its projections, closed again.
inline void import_into(const std::filesystem::path& data, const MadeUpLog& log) {
    const auto store = Store::open_for_import(data);
    std::size_t next = 0;
    import_lines(*store, [&]() -> std::optional<std::string_view> {
        return next < log.lines().size() ? std::optional<std::string_view>(log.lines()[next++])
                                         : std::nullopt;
    });
    store->finish_import();
}

}  // namespace threatatlas
