#pragma once

// The mitigations that reach one threat, as a view into an index of all of them: threats on one
// element share the list of what sits there, however long it is.

#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "projections/model.hpp"

namespace threatatlas {

// Good as long as the index that it was made by does not change.
class Covering {
  public:
    Covering() = default;
    // Both ascending, and without an id in common.
    Covering(std::span<const MitigationId> links, std::span<const MitigationId> seats)
        : links_(links), seats_(seats) {}

    std::size_t size() const { return links_.size() + seats_.size(); }
    bool empty() const { return size() == 0; }
    // The lowest of them, so many at most, ascending.
    std::vector<MitigationId> first(std::size_t count) const;
    std::vector<MitigationId> all() const { return first(size()); }

    bool operator==(const std::vector<MitigationId>& ids) const { return all() == ids; }

  private:
    friend class CoveringComparison;

    std::span<const MitigationId> links_;  // they name the threat
    std::span<const MitigationId> seats_;  // they name none, and sit on its element
};

// Whether two of them are the same mitigations. Remembers the last two lists of elements that it
// compared, as threats on one element follow each other.
class CoveringComparison {
  public:
    bool are_same(const Covering& a, const Covering& b);

  private:
    bool are_same_seats(std::span<const MitigationId> a, std::span<const MitigationId> b);

    std::span<const MitigationId> last_a_;
    std::span<const MitigationId> last_b_;
    bool last_were_same_ = true;
};

// Mitigations by what they reach.
class CoveringIndex {
  public:
    // Ids ascending.
    void add(MitigationId id, const CoverageScope& scope);
    Covering of(ThreatId id, const Threat& threat) const;

  private:
    std::map<ThreatId, std::vector<MitigationId>> links_;
    std::map<ElementName, std::vector<MitigationId>> seats_;
};

}  // namespace threatatlas
