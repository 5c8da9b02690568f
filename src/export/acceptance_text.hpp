#pragma once

/// @file
/// What reports and the forms of the gate's answer say about accepted risks.

#include <string>
#include <vector>

#include "projections/verdict.hpp"

namespace threatatlas::exports {

/// What accepted risks do to the verdict now, and on which day it fails. Empty if nothing is
/// accepted.
std::vector<std::string> sentences_about_acceptances(const projections::PostureAt& posture,
                                                     const projections::Verdict& verdict);

}  // namespace threatatlas::exports
