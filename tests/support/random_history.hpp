#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "events/event.hpp"
#include "projections/memory_tables.hpp"
#include "support/random.hpp"

namespace threatatlas::testing {

/// Generates a sequence of valid transactions: several products, every event type, gaps between
/// ids, crowded elements, the same element_id in several diagrams and in none, links to removed
/// threats, products with the same external_id, unusual texts, policies that come into effect and
/// are redefined, removed and defined again.
///
/// As on a server, each of these is a transaction of its own: registering, archiving or reviewing a
/// product, giving it a policy, issuing or revoking a token, defining or removing a policy. A
/// policy that a live product has is not removed. A new link of a mitigation refers to an existing
/// threat.
class RandomHistory {
  public:
    struct Options {
        std::uint64_t products_max = 4;
        std::uint64_t threats_wanted = 25;  ///< per product; above this, removals are more frequent
        bool with_tokens = true;
        bool with_imports = true;
        bool with_acceptances = true;
        bool with_policies = true;
        bool with_checks = false;  ///< of the gate, with the answers that the log gives
        // Allows several products with the same external_id, as in imported logs.
        bool shares_external_ids = true;
    };

    explicit RandomHistory(std::uint64_t seed) : RandomHistory(seed, Options{}) {}
    RandomHistory(std::uint64_t seed, Options options);

    /// At least one event; all have the same product and time.
    std::vector<events::Event> next_transaction();
    /// Undoes the last transaction; at most once per transaction.
    void take_back();

    Random& random() { return random_; }

  private:
    struct Mitigation {
        events::MitigationStatus status = events::MitigationStatus::proposed;
        events::CoverageScope scope;
    };
    struct Acceptance {
        enum class State { requested, approved, ended } state = State::requested;
        std::size_t threats = 0;
        AcceptanceId replaces = 0;
        base::Day last_day{};
    };
    struct Product {
        CheckId last_check_id = 0;
        std::string policy;  // empty: none
        bool policy_is_enforced = false;
        std::map<AcceptanceId, Acceptance> acceptances;
        AcceptanceId last_acceptance_id = 0;
        std::map<ThreatId, events::ThreatStatus> threats;
        std::map<MitigationId, Mitigation> mitigations;
        ThreatId last_threat_id = 0;
        MitigationId last_mitigation_id = 0;
    };
    struct Policy {
        std::uint64_t version = 0;
        bool removed = false;
    };
    struct State {
        Position position = 0;
        base::Instant time{};
        ProductId last_product_id = 0;
        TokenId last_token_id = 0;
        std::map<ProductId, Product> products;  // without archived ones
        bool has_archived = false;
        std::vector<TokenId> live_tokens;
        std::map<std::string, Policy> policies;  // also removed ones
    };

    events::EventData random_change(Product& product);
    events::EventData random_import(const Product& product);
    std::optional<events::EventData> random_acceptance_change(Product& product);
    events::EventData request(Product& product);
    events::EventData decide(Product& product, AcceptanceId id);
    std::optional<events::EventData> random_threat_change(Product& product);
    std::optional<events::EventData> random_mitigation_change(Product& product);
    events::EventData identify(Product& product);
    events::EventData propose(Product& product);
    events::EventData random_token_change();
    events::EventData random_policy_change();
    events::Policy random_definition();
    /// A review, or another policy for the product.
    events::EventData random_governance(Product& product);
    void fold_last();
    std::optional<events::EventData> random_check(ProductId id, Product& product);
    events::CoverageScope random_scope(const Product& product);
    events::CoverageScope random_rescope(const Product& product,
                                         const events::CoverageScope& before);
    std::vector<ThreatId> random_threats(const Product& product);
    std::string random_diagram();
    std::string random_element_id();

    Random random_;
    Options options_;
    State state_;
    State before_;
    // For checks: what the history has led to, without its last transaction.
    std::unique_ptr<projections::MemoryTables> tables_;
    std::vector<events::Event> last_;
};

/// Appends the lines of these events, each with its newline. Returns false if a random text is too
/// long for a line; then `out` is unchanged.
bool append_lines(std::string& out, const std::vector<events::Event>& events);

}  // namespace threatatlas::testing
