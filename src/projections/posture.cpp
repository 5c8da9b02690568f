#include "projections/posture.hpp"

#include <algorithm>
#include <utility>

namespace threatatlas::projections {
namespace {

PostureAt posture_of(const Posture& posture, bool had_acceptances, AcceptedDays accepted,
                     base::Instant instant) {
    PostureAt at(posture);
    at.had_acceptances = had_acceptances;
    if (accepted.empty()) {
        return at;
    }
    accepted.remove_before(base::day_of(instant));
    at.acceptances = std::move(accepted);
    for (const AcceptedDay& one : at.acceptances) {
        at.accepted += one.counts;
    }
    return at;
}

}  // namespace

std::optional<base::Day> accepted_until(const AcceptedDays& days,
                                        std::span<const AcceptanceId> acceptances) {
    const auto last = std::find_if(days.rbegin(), days.rend(), [&](const auto& day) {
        return std::ranges::any_of(acceptances, [&](AcceptanceId id) {
            return std::ranges::binary_search(days.in_force(day), id);
        });
    });
    return last == days.rend() ? std::nullopt : std::optional(last->last_day);
}

PostureAt posture_at(const Product& row, base::Instant instant) {
    return posture_of(row.posture, row.last_acceptance_id > 0, row.accepted, instant);
}

PostureAt posture_at(const HistoryRow& row, base::Instant instant) {
    return posture_of(row.posture, row.had_acceptances, row.accepted, instant);
}

PostureAt take_posture_at(Product& row, base::Instant instant) {
    return posture_of(row.posture, row.last_acceptance_id > 0, std::move(row.accepted), instant);
}

PostureAt take_posture_at(HistoryRow& row, base::Instant instant) {
    return posture_of(row.posture, row.had_acceptances, std::move(row.accepted), instant);
}

}  // namespace threatatlas::projections
