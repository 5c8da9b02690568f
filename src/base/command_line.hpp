#pragma once

// What the command lines of both programs have in common: plain sentences about what is wrong with
// them, and about variables of the environment that nothing reads.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>

namespace threatatlas {

// Checks that an option's value is a whole number in decimal digits, from `least` to `most`.
CLI::Validator whole_number(std::uint64_t least, std::uint64_t most = UINT64_MAX);

// Checks that a flag that is given a value is given true or false, or the like.
CLI::Validator true_or_false();

// What is wrong with the command line that `app` failed to parse, and what to give instead: the
// option or command that was probably meant, or the choices. Without a full stop.
std::string explain(const CLI::App& app, const CLI::ParseError& error);

// Without the white space around it: of one part of a list that is separated by commas.
std::string trimmed(std::string_view text);

struct UnknownVariable {
    std::string name;
    std::string meant;  // the variable that was probably meant; empty if there is none like it
};

// The variables of the environment that begin with THREATATLAS_ and that no option of `app` or its
// commands reads, nor is one of `others`. Those that Kubernetes sets in each pod for a service
// called threatatlas are left out. Values are not looked at.
std::vector<UnknownVariable> unknown_variables(const CLI::App& app,
                                               std::span<const std::string_view> others);
// "no option reads it: did you mean …?"
std::string advice_about(const UnknownVariable& variable);

}  // namespace threatatlas
