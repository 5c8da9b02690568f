#pragma once

// A posture held against thresholds: pass or fail, with reasons. Pure.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "projections/model.hpp"

namespace threatatlas {

// A decimal from 0 to 1 as it was sent, in units of 10^-9: 0.7 is exactly 7/10.
struct Ratio {
    static constexpr std::uint64_t one = 1'000'000'000;
    std::uint64_t billionths = 0;

    bool operator==(const Ratio&) const = default;
};

// "0", "1", "0.7": digits, at most nine behind the point, no sign, no exponent, at most 1. Nothing
// where the text has another form.
std::optional<Ratio> parse_ratio(std::string_view text);

// true false 1 0 yes no on off, in any case. Nothing where the text is none of them.
std::optional<bool> parse_bool(std::string_view text);

// The gate's questions. A threshold that is absent or false asks nothing.
struct Thresholds {
    bool fail_on_critical = false;
    bool fail_on_unmitigated_high = false;
    std::optional<Ratio> min_mitigation_ratio;
    bool fail_on_unscored = false;
    std::optional<std::uint64_t> min_threats;
};

struct Condition {
    std::string_view rule;  // the name of the threshold, a constant
    std::string limit;      // JSON number
    std::string actual;     // JSON number
    bool pass = true;
};

struct Verdict {
    bool pass = true;
    std::vector<std::string> failures;  // sentences for people, in the order of the thresholds
    std::vector<Condition> conditions;  // one for each threshold asked for, in the same order
};

// The ratio is compared as exact integers: pass iff mitigated >= threshold x total.
Verdict judge(const Posture& posture, const Thresholds& thresholds);

// mitigated / total with two decimals, cut off and not rounded; 1.00 where there are no threats.
std::string shown_ratio(const Posture& posture);

}  // namespace threatatlas
