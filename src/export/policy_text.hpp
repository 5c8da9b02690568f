#pragma once

/// @file
/// What reports and the forms of the gate's answer say about policies.

#include <string>
#include <vector>

#include "projections/verdict.hpp"

namespace threatatlas::exports {

/// "Policy web-baseline, version 3, applies and is enforced.", for each policy that applies.
std::vector<std::string> sentences_about_policies(const projections::Verdict& verdict);

/// A condition for people: the threshold or, for a policy's rule, such as "web-baseline:
/// max_threats of high", with " (warning)" if the rule only ever warns.
std::string label_of(const projections::Condition& condition);

}  // namespace threatatlas::exports
