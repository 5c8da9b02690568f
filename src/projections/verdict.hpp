#pragma once

/// @file
/// Checks a posture against thresholds: pass or fail, with reasons. Pure functions.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "projections/posture.hpp"

namespace threatatlas::projections {

/// A decimal from 0 to 1 exactly as sent, in units of 10^-17: 0.7 is exactly 7/10. Seventeen digits
/// are enough for every double that a client may print.
struct Ratio {
    static constexpr int decimals = 17;
    static constexpr std::uint64_t one = 100'000'000'000'000'000;
    std::uint64_t units = 0;

    bool operator==(const Ratio&) const = default;
};

/// Parses a ratio such as "0", "1", "0.7" or ".7": at most 17 decimals, no sign, no exponent, at
/// most 1. Returns nullopt for anything else.
std::optional<Ratio> parse_ratio(std::string_view text);

/// Parses true, false, 1, 0, yes, no, on or off in any case. Returns nullopt for anything else.
std::optional<bool> parse_bool(std::string_view text);

/// The thresholds of the gate. One that is absent or false is not checked.
struct Thresholds {
    bool fail_on_critical = false;
    bool fail_on_unmitigated_high = false;
    std::optional<Ratio> min_mitigation_ratio = {};
    bool fail_on_unscored = false;
    std::optional<std::uint64_t> min_threats = {};
    bool ignores_acceptances = false;  ///< counts accepted risks like others
};

/// The result of one threshold.
struct Condition {
    std::string_view rule;  ///< name of the threshold; a string constant
    std::string limit;      ///< JSON number
    std::string actual;     ///< JSON number
    bool pass = true;
    std::uint64_t accepted = 0;  ///< threats that `actual` leaves out because they are accepted
};

/// What acceptances do to a verdict, now and later.
struct AcceptanceEffect {
    std::uint64_t in_force = 0;
    std::optional<base::Day> next_expiry;  ///< the earliest last day of those in force
    /// The first day on which the verdict fails if nothing more is recorded; nullopt if there is
    /// none, or if it fails already.
    std::optional<base::Day> fails_on;
    std::vector<AcceptanceId> ended_by_then;  ///< those that end with the day before `fails_on`
    bool pass_without = true;                 ///< the verdict if nothing were accepted
};

/// The result of all thresholds.
struct Verdict {
    bool pass = true;
    std::vector<std::string> failures;  ///< readable sentences, in the order of the thresholds
    std::vector<Condition> conditions;  ///< one per threshold checked, in the same order
    Thresholds thresholds;              ///< as they were understood
    /// nullopt if the product never had an acceptance.
    std::optional<AcceptanceEffect> acceptances;
};

/// Checks a posture. Accepted risks do not count for fail_on_critical and fail_on_unmitigated_high.
/// Ratios are compared as exact integers: pass if and only if mitigated >=
/// threshold x total.
Verdict judge(const PostureAt& posture, const Thresholds& thresholds);

/// The verdict alone, with `accepted` instead of the posture's own accepted counts.
bool passes(const Posture& posture, const AcceptedCounts& accepted, const Thresholds& thresholds);

/// The ratio as a JSON number without trailing zeros: "0.7".
std::string json_of(Ratio ratio);

/// mitigated / total with two decimals, truncated, not rounded; "1.00" if there are no threats.
std::string shown_ratio(const Posture& posture);

}  // namespace threatatlas::projections
