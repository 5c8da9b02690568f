#pragma once

// Expected answers of the gate, derived from the slow twin and the text of the contract. Shares no
// code with the verdict.

#include <optional>
#include <string>
#include <vector>

#include "support/random.hpp"
#include "support/twin_verdict.hpp"
#include "system/agreement/twin_answers.hpp"

namespace threatatlas::testing {

/// Thresholds of the gate in their written form, which is the same in a query and on a command
/// line.
struct AskedThresholds {
    bool fail_on_critical = false;
    bool fail_on_unmitigated_high = false;
    std::optional<std::string> min_mitigation_ratio;  // without trailing zeros
    bool fail_on_unscored = false;
    std::optional<std::uint64_t> min_threats;
    bool ignores_acceptances = false;

    std::string query() const;
    std::vector<std::string> options() const;
};
AskedThresholds random_thresholds(Random& random);

/// The answer without generated_at. `day` is that of the question, `policies` are those that apply.
OrderedJson twin_gate(ProductId id, const TwinProduct& product, const AskedThresholds& thresholds,
                      base::Day day, std::vector<TwinPolicy> policies = {});

}  // namespace threatatlas::testing
