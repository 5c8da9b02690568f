#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "events/event.hpp"
#include "support/random.hpp"

namespace threatatlas::testing {

/// Generates a sequence of valid transactions: several products, every event type, gaps between
/// ids, crowded elements, the same element_id in several diagrams and in none, links to removed
/// threats, products with the same external_id, unusual texts.
///
/// As on a server, each of these is a transaction of its own: registering or archiving a product,
/// issuing or revoking a token. A new link of a mitigation refers to an existing threat.
class RandomHistory {
  public:
    struct Options {
        std::uint64_t products_max = 4;
        std::uint64_t threats_wanted = 25;  ///< per product; above this, removals are more frequent
        bool with_tokens = true;
        bool with_imports = true;
        bool with_acceptances = true;
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
        std::map<AcceptanceId, Acceptance> acceptances;
        AcceptanceId last_acceptance_id = 0;
        std::map<ThreatId, events::ThreatStatus> threats;
        std::map<MitigationId, Mitigation> mitigations;
        ThreatId last_threat_id = 0;
        MitigationId last_mitigation_id = 0;
    };
    struct State {
        Position position = 0;
        base::Instant time{};
        ProductId last_product_id = 0;
        TokenId last_token_id = 0;
        std::map<ProductId, Product> products;  // without archived ones
        std::vector<TokenId> live_tokens;
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
};

}  // namespace threatatlas::testing
