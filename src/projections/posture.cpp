#include "projections/posture.hpp"

#include <algorithm>

namespace threatatlas::projections {
namespace {

PostureAt posture_of(const Posture& posture, const AcceptedDays& accepted, base::Instant instant) {
    PostureAt at(posture);
    if (accepted.empty()) {
        return at;
    }
    const base::Day day = base::day_of(instant);
    const auto first = std::find_if(accepted.begin(), accepted.end(),
                                    [&](const AcceptedDay& one) { return one.last_day >= day; });
    at.acceptances.assign(first, accepted.end());
    for (const AcceptedDay& one : at.acceptances) {
        at.accepted += one.counts;
    }
    return at;
}

}  // namespace

PostureAt posture_at(const Product& row, base::Instant instant) {
    PostureAt at = posture_of(row.posture, row.accepted, instant);
    at.had_acceptances = row.last_acceptance_id > 0;
    return at;
}

PostureAt posture_at(const HistoryRow& row, base::Instant instant) {
    PostureAt at = posture_of(row.posture, row.accepted, instant);
    at.had_acceptances = row.had_acceptances;
    return at;
}

}  // namespace threatatlas::projections
