#pragma once

/// @file
/// The accepted risks of a product by the last day on which they are accepted.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/instant.hpp"
#include "events/event.hpp"
#include "projections/threat_counts.hpp"

namespace threatatlas::projections {

/// Consecutive ids of a list that several objects share.
struct IdRange {
    std::size_t first = 0;  ///< index in the list
    std::size_t count = 0;

    std::size_t size() const { return count; }
    bool empty() const { return count == 0; }
    bool operator==(const IdRange&) const = default;
};

/// The approved acceptances of a product that end after the same day. A threat is counted on the
/// last day on which its risk is accepted. Nothing is recorded when the day ends: from then on the
/// counts are ignored (posture.hpp).
struct AcceptedDay {
    base::Day last_day{};
    std::uint64_t approved = 0;  ///< acceptances that were approved and not revoked; not 0
    IdRange in_force;  ///< those that apply to at least one threat: AcceptedDays::in_force()
    AcceptedCounts counts;

    bool operator==(const AcceptedDay&) const = default;
};

/// The days of a product, ascending, and none before the day of the product's newest event: what
/// ended before that day matters to no later question. Few, as teams choose few different days.
///
/// However many days there are, they take two blocks of memory, as the gate reads them with each
/// question. Pointers, iterators and spans are valid until a day or an id is added or removed. Not
/// synchronized.
class AcceptedDays {
  public:
    AcceptedDays() = default;
    /// `days` are ascending. `ids` are those of the first day, then those of the second and so on,
    /// as many as the `in_force.count` of each.
    AcceptedDays(std::vector<AcceptedDay> days, std::vector<AcceptanceId> ids);

    bool empty() const { return days_.empty(); }
    std::size_t size() const { return days_.size(); }
    auto begin() const { return days_.begin(); }
    auto end() const { return days_.end(); }
    auto rbegin() const { return days_.rbegin(); }
    auto rend() const { return days_.rend(); }
    const AcceptedDay& front() const { return days_.front(); }

    /// The acceptances of one of these days that apply to at least one threat, ascending.
    std::span<const AcceptanceId> in_force(const AcceptedDay& day) const {
        return std::span(ids_).subspan(day.in_force.first, day.in_force.count);
    }

    /// Null if there is no such day. Counts may be changed in place.
    AcceptedDay* find(base::Day last_day);
    /// Adds the day if it is not there.
    AcceptedDay& add(base::Day last_day);
    /// Removes one of these days with its ids.
    void remove(const AcceptedDay& day);
    /// Removes the days before `day`.
    void remove_before(base::Day day);
    /// Adds an id to those of one of these days, or removes it from them.
    void add_in_force(AcceptedDay& day, AcceptanceId id);
    void remove_in_force(AcceptedDay& day, AcceptanceId id);

    bool operator==(const AcceptedDays&) const = default;

  private:
    using Days = std::vector<AcceptedDay>;
    using Ids = std::vector<AcceptanceId>;

    Days::iterator place_of(base::Day last_day);
    Ids::iterator place_of(const AcceptedDay& day, AcceptanceId id);
    void erase(Days::iterator first, Days::iterator last);
    void number_ids();

    Days days_;
    Ids ids_;  ///< of all days, one after the other
};

}  // namespace threatatlas::projections
