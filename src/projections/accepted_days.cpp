#include "projections/accepted_days.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace threatatlas::projections {

AcceptedDays::AcceptedDays(std::vector<AcceptedDay> days, std::vector<AcceptanceId> ids)
    : days_(std::move(days)), ids_(std::move(ids)) {
    number_ids();
}

AcceptedDay* AcceptedDays::find(base::Day last_day) {
    const auto place = place_of(last_day);
    return place != days_.end() && place->last_day == last_day ? &*place : nullptr;
}

AcceptedDay& AcceptedDays::add(base::Day last_day) {
    auto place = place_of(last_day);
    if (place == days_.end() || place->last_day != last_day) {
        place =
            days_.insert(place, AcceptedDay{.last_day = last_day, .in_force = {}, .counts = {}});
        number_ids();
    }
    return *place;
}

void AcceptedDays::remove(const AcceptedDay& day) {
    const auto place = days_.begin() + (&day - days_.data());
    erase(place, place + 1);
}

void AcceptedDays::remove_before(base::Day day) {
    erase(days_.begin(), place_of(day));
}

void AcceptedDays::add_in_force(AcceptedDay& day, AcceptanceId id) {
    ids_.insert(place_of(day, id), id);
    ++day.in_force.count;
    number_ids();
}

void AcceptedDays::remove_in_force(AcceptedDay& day, AcceptanceId id) {
    ids_.erase(place_of(day, id));
    --day.in_force.count;
    number_ids();
}

// The first day that is not before `last_day`.
AcceptedDays::Days::iterator AcceptedDays::place_of(base::Day last_day) {
    return std::lower_bound(
        days_.begin(), days_.end(), last_day,
        [](const AcceptedDay& one, base::Day wanted) { return one.last_day < wanted; });
}

// The first id of the day that is not below `id`.
AcceptedDays::Ids::iterator AcceptedDays::place_of(const AcceptedDay& day, AcceptanceId id) {
    const auto first = ids_.begin() + static_cast<std::ptrdiff_t>(day.in_force.first);
    return std::lower_bound(first, first + static_cast<std::ptrdiff_t>(day.in_force.count), id);
}

void AcceptedDays::erase(Days::iterator first, Days::iterator last) {
    if (first == last) {
        return;
    }
    const IdRange& last_ids = std::prev(last)->in_force;
    ids_.erase(ids_.begin() + static_cast<std::ptrdiff_t>(first->in_force.first),
               ids_.begin() + static_cast<std::ptrdiff_t>(last_ids.first + last_ids.count));
    days_.erase(first, last);
    number_ids();
}

// Restores the places of all ids from their number on each day.
void AcceptedDays::number_ids() {
    std::size_t first = 0;
    for (AcceptedDay& day : days_) {
        day.in_force.first = first;
        first += day.in_force.count;
    }
    assert(first == ids_.size());
}

}  // namespace threatatlas::projections
