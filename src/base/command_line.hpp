#pragma once

/// @file
/// Shared by the command lines of both programs: readable messages for usage errors and for
/// environment variables that nothing reads.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>

namespace threatatlas::base {

/// Validates that an option's value is a whole number in decimal digits, from `least` to `most`.
CLI::Validator whole_number(std::uint64_t least, std::uint64_t most = UINT64_MAX);

/// Validates that a flag's explicit value is `true`, `false` or one of their synonyms.
CLI::Validator true_or_false();

/// Explains why `app` failed to parse its command line and suggests a correction: the option or
/// command that was probably meant, or the available choices. The text has no final full stop.
std::string explain(const CLI::App& app, const CLI::ParseError& error);

/// Removes leading and trailing white space, for one element of a comma-separated list.
std::string trimmed(std::string_view text);

/// An environment variable that is set but not read.
struct UnknownVariable {
    std::string name;
    std::string meant;  ///< the variable that was probably meant; empty if none is similar
};

/// Lists the environment variables that begin with THREATATLAS_ and are read neither by an option
/// of `app` or its commands nor listed in `others`. The variables that Kubernetes sets in each pod
/// for a service named threatatlas are left out. Values are never read.
std::vector<UnknownVariable> unknown_variables(const CLI::App& app,
                                               std::span<const std::string_view> others);
/// A hint for the user: "no option reads it: did you mean …?"
std::string advice_about(const UnknownVariable& variable);

}  // namespace threatatlas::base
