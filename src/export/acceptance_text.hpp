#pragma once

/// @file
/// What reports and the forms of the gate's answer say about accepted risks.

#include <string>
#include <vector>

#include "projections/query/history.hpp"
#include "projections/verdict.hpp"

namespace threatatlas::exports {

/// What accepted risks do to the verdict now, and on which day it fails if nothing changes. Empty
/// if nothing is accepted and no such day is known.
std::vector<std::string> sentences_about_acceptances(const query::ProductAt& product,
                                                     const projections::Verdict& verdict);

}  // namespace threatatlas::exports
