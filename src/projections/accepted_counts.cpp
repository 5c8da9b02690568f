#include "projections/accepted_counts.hpp"

#include <algorithm>
#include <cassert>

#include "projections/counting.hpp"

namespace threatatlas::projections {

void AcceptedCounting::forget_past() {
    AcceptedDays& days = product_.accepted;
    const auto first = std::find_if(days.begin(), days.end(), [this](const AcceptedDay& day) {
        return !is_over(day.last_day);
    });
    days.erase(days.begin(), first);
}

void AcceptedCounting::count_approved(base::Day last_day, bool in) {
    if (is_over(last_day)) {
        return;
    }
    AcceptedDays& days = product_.accepted;
    auto day = std::lower_bound(
        days.begin(), days.end(), last_day,
        [](const AcceptedDay& one, base::Day wanted) { return one.last_day < wanted; });
    if (in && (day == days.end() || day->last_day != last_day)) {
        day = days.insert(day, AcceptedDay{.last_day = last_day, .in_force = {}, .counts = {}});
    }
    count(day->approved, in);
    if (day->approved == 0) {
        assert(day->in_force.empty() && day->counts == AcceptedCounts{});
        days.erase(day);
    }
}

void AcceptedCounting::set_in_force(base::Day last_day, AcceptanceId id, bool in) {
    if (AcceptedDay* const day = find(last_day)) {
        const auto place = std::lower_bound(day->in_force.begin(), day->in_force.end(), id);
        if (in) {
            day->in_force.insert(place, id);
        } else {
            day->in_force.erase(place);
        }
    }
}

AcceptedCounts* AcceptedCounting::counts(base::Day last_day) {
    AcceptedDay* const day = find(last_day);
    return day == nullptr ? nullptr : &day->counts;
}

AcceptedDay* AcceptedCounting::find(base::Day last_day) {
    if (is_over(last_day)) {
        return nullptr;
    }
    const auto day = std::find_if(product_.accepted.begin(), product_.accepted.end(),
                                  [&](const AcceptedDay& one) { return one.last_day == last_day; });
    assert(day != product_.accepted.end());
    return &*day;
}

}  // namespace threatatlas::projections
