#pragma once

/// @file
/// The mitigations that cover one threat, as a view into an index: threats on the same element
/// share the list of its mitigations, however long it is.

#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "projections/model.hpp"

namespace threatatlas::query {

/// Valid until the index that returned it changes.
class Covering {
  public:
    Covering() = default;
    /// Both lists are ascending and have no id in common.
    Covering(std::span<const MitigationId> links, std::span<const MitigationId> seats)
        : links_(links), seats_(seats) {}

    std::size_t size() const { return links_.size() + seats_.size(); }
    bool empty() const { return size() == 0; }
    /// The lowest `count` ids, ascending.
    std::vector<MitigationId> first(std::size_t count) const;
    std::vector<MitigationId> all() const { return first(size()); }

    bool operator==(const std::vector<MitigationId>& ids) const { return all() == ids; }

  private:
    friend class CoveringComparison;

    std::span<const MitigationId> links_;  ///< mitigations that name the threat
    std::span<const MitigationId> seats_;  ///< mitigations on its element that name no threat
};

/// Compares the mitigations of two coverings. Caches the last comparison of two element lists, as
/// threats on the same element tend to follow each other.
class CoveringComparison {
  public:
    bool are_same(const Covering& a, const Covering& b);

  private:
    bool are_same_seats(std::span<const MitigationId> a, std::span<const MitigationId> b);

    std::span<const MitigationId> last_a_;
    std::span<const MitigationId> last_b_;
    bool last_were_same_ = true;
};

/// An index of mitigations by what they cover.
class CoveringIndex {
  public:
    /// Ids must be added in ascending order.
    void add(MitigationId id, const events::CoverageScope& scope);
    Covering of(ThreatId id, const projections::Threat& threat) const;

  private:
    std::map<ThreatId, std::vector<MitigationId>> links_;
    std::map<projections::ElementName, std::vector<MitigationId>> seats_;
};

}  // namespace threatatlas::query
