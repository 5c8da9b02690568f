#pragma once

// One made-up product that lives on: gives the facts that happen to it, one after the other, each
// possible after those before.

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

    EventData registration(Random& random);
    EventData new_threat(Random& random);
    // Names up to four threats, or sits on an element.
    EventData new_mitigation(Random& random);
    // A change of a threat or a mitigation that is there; a new threat where there is nothing yet.
    EventData change(Random& random);

  private:
    struct ThreatState {
        ThreatStatus status = ThreatStatus::identified;
        bool removed = false;
    };

    EventData change_threat(Random& random, ThreatId id);
    EventData change_mitigation(Random& random, MitigationId id);
    CoverageScope new_scope(Random& random) const;

    ProductId id_;
    bool is_registered_ = false;
    std::vector<ThreatState> threats_;  // by id, from 1
    std::vector<MitigationStatus> mitigations_;
};

}  // namespace threatatlas::bench
