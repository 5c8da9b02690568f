#pragma once

/// @file
/// Counts of threats by severity, as plain values.

#include <array>
#include <cstddef>
#include <cstdint>

#include "events/vocabulary.hpp"

namespace threatatlas::projections {

/// Counts of threats, indexed by Severity. Unscored threats are in none of them.
using SeverityCounts = std::array<std::uint64_t, events::severity_count>;

constexpr std::size_t index_of(events::Severity severity) {
    return static_cast<std::size_t>(severity);
}
/// The sum of the counts of a severity and of those above it.
constexpr std::uint64_t at_or_above(const SeverityCounts& counts, events::Severity severity) {
    std::uint64_t sum = 0;
    // Severities are enumerated from the most severe.
    for (std::size_t i = 0; i <= index_of(severity); ++i) {
        sum += counts[i];
    }
    return sum;
}

/// Counts of threats.
struct ThreatCounts {
    SeverityCounts by_severity{};
    std::uint64_t unscored = 0;
    SeverityCounts unmitigated{};  ///< not mitigated, not covered

    std::uint64_t of(events::Severity severity) const { return by_severity[index_of(severity)]; }
    std::uint64_t at_or_above(events::Severity severity) const {
        return projections::at_or_above(by_severity, severity);
    }
    std::uint64_t unmitigated_at_or_above(events::Severity severity) const {
        return projections::at_or_above(unmitigated, severity);
    }
    /// Critical or high.
    std::uint64_t unmitigated_high() const {
        return unmitigated_at_or_above(events::Severity::high);
    }
    bool operator==(const ThreatCounts&) const = default;
};

/// Counts of threats whose risk is accepted. Each is part of the posture's count of the same name.
struct AcceptedCounts : ThreatCounts {
    AcceptedCounts& operator+=(const AcceptedCounts& other) {
        for (std::size_t i = 0; i < by_severity.size(); ++i) {
            by_severity[i] += other.by_severity[i];
            unmitigated[i] += other.unmitigated[i];
        }
        unscored += other.unscored;
        return *this;
    }
    bool operator==(const AcceptedCounts&) const = default;
};

}  // namespace threatatlas::projections
