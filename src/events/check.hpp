#pragma once

/// @file
/// Recorded checks of the gate: what was asked about which artifact, and what the answer was.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/instant.hpp"
#include "events/ratio.hpp"
#include "events/store/ids.hpp"
#include "events/vocabulary.hpp"

namespace threatatlas::events {

/// What a check asked, apart from the moment, which is that of the event.
struct CheckQuestion {
    bool fail_on_critical = false;
    bool fail_on_unmitigated_high = false;
    std::optional<Ratio> min_mitigation_ratio = {};
    bool fail_on_unscored = false;
    std::optional<std::uint64_t> min_threats = {};
    bool ignores_acceptances = false;
    std::string policy = {};  ///< a name, "none", or empty: not given

    bool operator==(const CheckQuestion&) const = default;
};

/// One condition of the answer.
struct CheckedCondition {
    std::string rule;
    std::string limit;   ///< JSON number
    std::string actual;  ///< JSON number
    bool pass = true;
    std::uint64_t accepted = 0;
    std::string policy;  ///< empty: a threshold of the question; the rest is then unset
    std::optional<Severity> severity = {};
    RuleMode mode = RuleMode::fail;
    std::optional<base::Day> fails_from = {};
    std::vector<ThreatId> threat_ids = {};  ///< ascending

    bool operator==(const CheckedCondition&) const = default;
};

/// A policy that the answer applied.
struct CheckedPolicy {
    std::string name;
    std::uint64_t version = 0;
    bool enforced = false;

    bool operator==(const CheckedPolicy&) const = default;
};

/// The artifact that was to be released.
struct CheckSubject {
    std::string name;
    /// Algorithm and value, ascending by algorithm, unique, at least one. As in the digest sets of
    /// in-toto: such as sha256 and gitCommit, with lower-case hexadecimal digits.
    std::vector<std::pair<std::string, std::string>> digests;

    bool operator==(const CheckSubject&) const = default;
};

/// Returns why a subject is not valid, without capital and full stop; nullopt if it is valid.
std::optional<std::string> fault_of_subject(const CheckSubject& subject);
/// The same for an algorithm and its value.
std::optional<std::string> fault_of_digest(std::string_view algorithm, std::string_view value);

}  // namespace threatatlas::events
