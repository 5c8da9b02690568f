#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "events/event.hpp"
#include "support/random.hpp"

namespace threatatlas {

/// Transactions that could have happened, one after the other: several products, every kind of
/// event, ids with gaps, few elements that many sit on, the same element_id in several diagrams and
/// in none, links that outlive the threats they name, products with the same external_id, texts
/// that break things.
///
/// As at the server, a product is registered or archived, and a token issued or revoked, in a
/// transaction of its own, and a mitigation that is new to a threat names one that is there.
class RandomHistory {
  public:
    struct Options {
        std::uint64_t products_max = 4;
        std::uint64_t threats_wanted = 25;  // in each product; more are removed sooner
        bool with_tokens = true;
        // Several products may have the same external_id, as only an imported log has it.
        bool shares_external_ids = true;
    };

    explicit RandomHistory(std::uint64_t seed) : RandomHistory(seed, Options{}) {}
    RandomHistory(std::uint64_t seed, Options options);

    /// At least one event; all of one product and one time.
    std::vector<Event> next_transaction();
    /// The last transaction never happened. Once for each transaction.
    void take_back();

    Random& random() { return random_; }

  private:
    struct Mitigation {
        MitigationStatus status = MitigationStatus::proposed;
        CoverageScope scope;
    };
    struct Product {
        std::map<ThreatId, ThreatStatus> threats;
        std::map<MitigationId, Mitigation> mitigations;
        ThreatId last_threat_id = 0;
        MitigationId last_mitigation_id = 0;
    };
    struct State {
        Position position = 0;
        Instant time{};
        ProductId last_product_id = 0;
        TokenId last_token_id = 0;
        std::map<ProductId, Product> products;  // without the archived ones
        std::vector<TokenId> live_tokens;
    };

    EventData random_change(Product& product);
    std::optional<EventData> random_threat_change(Product& product);
    std::optional<EventData> random_mitigation_change(Product& product);
    EventData identify(Product& product);
    EventData propose(Product& product);
    EventData random_token_change();
    CoverageScope random_scope(const Product& product);
    CoverageScope random_rescope(const Product& product, const CoverageScope& before);
    std::vector<ThreatId> random_threats(const Product& product);
    std::string random_diagram();
    std::string random_element_id();

    Random random_;
    Options options_;
    State state_;
    State before_;
};

}  // namespace threatatlas
