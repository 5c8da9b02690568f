#include "projections/query/covering.hpp"

#include <algorithm>

namespace threatatlas::query {
namespace {

bool are_the_same_memory(std::span<const MitigationId> a, std::span<const MitigationId> b) {
    return a.data() == b.data() && a.size() == b.size();
}

}  // namespace

std::vector<MitigationId> Covering::first(std::size_t count) const {
    std::vector<MitigationId> ids;
    ids.reserve(std::min(count, size()));
    auto link = links_.begin();
    auto seat = seats_.begin();
    while (ids.size() < count && (link != links_.end() || seat != seats_.end())) {
        const bool takes_link = seat == seats_.end() || (link != links_.end() && *link < *seat);
        ids.push_back(takes_link ? *link++ : *seat++);
    }
    return ids;
}

bool CoveringComparison::are_same(const Covering& a, const Covering& b) {
    if (a.size() != b.size()) {
        return false;
    }
    if (std::ranges::equal(a.links_, b.links_)) {
        return are_same_seats(a.seats_, b.seats_);
    }
    // A mitigation that was on the element may name the threat now.
    return a.all() == b.all();
}

bool CoveringComparison::are_same_seats(std::span<const MitigationId> a,
                                        std::span<const MitigationId> b) {
    if (!are_the_same_memory(a, last_a_) || !are_the_same_memory(b, last_b_)) {
        last_a_ = a;
        last_b_ = b;
        last_were_same_ = std::ranges::equal(a, b);
    }
    return last_were_same_;
}

void CoveringIndex::add(MitigationId id, const events::CoverageScope& scope) {
    for (const ThreatId threat : scope.threat_ids) {
        links_[threat].push_back(id);
    }
    if (const auto element = projections::element_of(scope)) {
        seats_[*element].push_back(id);
    }
}

Covering CoveringIndex::of(ThreatId id, const projections::Threat& threat) const {
    std::span<const MitigationId> named;
    if (const auto links = links_.find(id); links != links_.end()) {
        named = links->second;
    }
    if (const auto element = projections::element_of(threat)) {
        if (const auto seats = seats_.find(*element); seats != seats_.end()) {
            return {named, seats->second};
        }
    }
    return {named, {}};
}

}  // namespace threatatlas::query
