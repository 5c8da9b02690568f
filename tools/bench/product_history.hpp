#pragma once

/// A generated product: produces the facts about it one by one, each valid after the earlier ones.

#include <cstdint>
#include <vector>

#include "events/event.hpp"
#include "prose.hpp"

namespace threatatlas::bench {

class ProductHistory {
  public:
    explicit ProductHistory(ProductId id) : id_(id) {}

    ProductId id() const { return id_; }
    bool is_registered() const { return is_registered_; }
    std::size_t threats() const { return threats_.size(); }

    events::EventData registration(Random& random);
    events::EventData new_threat(Random& random);
    /// Names up to four threats, or is on an element.
    events::EventData new_mitigation(Random& random);
    /// A change of an existing threat or mitigation; a new threat if there are none.
    events::EventData change(Random& random);

  private:
    struct ThreatState {
        events::ThreatStatus status = events::ThreatStatus::identified;
        bool removed = false;
    };

    events::EventData change_threat(Random& random, ThreatId id);
    events::EventData change_mitigation(Random& random, MitigationId id);
    events::CoverageScope new_scope(Random& random) const;

    ProductId id_;
    bool is_registered_ = false;
    std::vector<ThreatState> threats_;  // by id, from 1
    std::vector<events::MitigationStatus> mitigations_;
};

}  // namespace threatatlas::bench
