#include "projections/accepted_counts.hpp"

#include <cassert>

#include "projections/counting.hpp"

namespace threatatlas::projections {

void AcceptedCounting::forget_past() {
    product_.accepted.remove_before(base::day_of(product_.updated_at));
}

void AcceptedCounting::count_approved(base::Day last_day, bool in) {
    if (is_over(last_day)) {
        return;
    }
    AcceptedDay& day = in ? product_.accepted.add(last_day) : *find(last_day);
    count(day.approved, in);
    if (day.approved == 0) {
        assert(day.in_force.empty() && day.counts == AcceptedCounts{});
        product_.accepted.remove(day);
    }
}

void AcceptedCounting::set_in_force(base::Day last_day, AcceptanceId id, bool in) {
    if (AcceptedDay* const day = find(last_day)) {
        if (in) {
            product_.accepted.add_in_force(*day, id);
        } else {
            product_.accepted.remove_in_force(*day, id);
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
    AcceptedDay* const day = product_.accepted.find(last_day);
    assert(day != nullptr);
    return day;
}

}  // namespace threatatlas::projections
