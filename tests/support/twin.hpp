#pragma once

// The slow twin: what a log means, worked out from the contract's words with plain containers and a
// recount of everything from scratch at every question. Shares no code with the folds; suites hold
// the two together.

#include <map>
#include <optional>
#include <vector>

#include "events/event.hpp"
#include "projections/model.hpp"

namespace threatatlas {

struct TwinThreat {
    ThreatTexts texts;
    Scoring scoring;
    ThreatStatus status = ThreatStatus::identified;
    Instant created_at{};
    Instant updated_at{};

    /// Of severity high or critical, and nobody said that it is dealt with.
    bool is_wanting_cover() const;
    bool operator==(const TwinThreat&) const = default;
};

struct TwinMitigation {
    MitigationTexts texts;
    CoverageScope scope;
    MitigationStatus status = MitigationStatus::proposed;
    Instant created_at{};
    Instant updated_at{};

    bool is_active() const;
    bool operator==(const TwinMitigation&) const = default;
};

struct TwinProduct {
    ProductTexts texts;
    std::map<ThreatId, TwinThreat> threats;              // those that are not removed
    std::map<MitigationId, TwinMitigation> mitigations;  // likewise
    std::map<ThreatId, TwinThreat> removed_threats;      // as they were; updated_at is the removal
    std::map<MitigationId, TwinMitigation> removed_mitigations;  // likewise
    std::uint64_t version = 0;
    Position first_position = 0;  // of the newest transaction
    Position last_position = 0;
    std::string last_id;  // of the newest event
    Instant created_at{};
    Instant updated_at{};
    Instant texts_at{};
    std::optional<Instant> archived_at;

    /// Everything below is counted anew at each call.
    Posture posture() const;
    /// Active mitigations that cover a threat that is there, ascending.
    std::vector<MitigationId> covered_by(ThreatId id) const;
    /// Active mitigations that name the threat, ascending.
    std::vector<MitigationId> named_by(ThreatId id) const;
    /// What the counters of each element must be, for elements that have any.
    std::map<ElementName, Element> elements() const;
};

/// What held after one transaction of a product.
struct TwinMoment {
    Instant time{};
    Position first_position = 0;
    Position last_position = 0;
    std::string last_id;
    std::uint64_t version = 0;
    Posture posture;
    ProductTexts texts;
    Instant texts_at{};
    bool archived = false;
};

class Twin {
  public:
    /// One event; its transaction is not over.
    void add(const Event& event);
    /// The events of one transaction, which stay: history grows by one moment.
    void add_transaction(const std::vector<Event>& events);

    const std::map<ProductId, TwinProduct>& products() const { return products_; }
    /// The product has to be there.
    const TwinProduct& product(ProductId id) const { return products_.at(id); }
    /// In order of time.
    const std::vector<TwinMoment>& history(ProductId id) const { return history_.at(id); }
    /// The last moment at or before an instant, if there is one.
    const TwinMoment* moment_at(ProductId id, Instant instant) const;
    const std::map<TokenId, Token>& tokens() const { return tokens_; }

  private:
    std::map<ProductId, TwinProduct> products_;
    std::map<ProductId, std::vector<TwinMoment>> history_;
    std::map<TokenId, Token> tokens_;
};

}  // namespace threatatlas
