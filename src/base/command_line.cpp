#include "base/command_line.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include "base/nearest_name.hpp"

namespace threatatlas::base {
namespace {

// Larger upper bounds only protect the machine; they are not worth showing to a user.
constexpr std::uint64_t told_bound_max = 1'000'000'000'000;

std::string range_text(std::uint64_t least, std::uint64_t most) {
    return most > told_bound_max ? fmt::format("from {} on", least)
                                 : fmt::format("from {} to {}", least, most);
}

std::vector<const CLI::App*> commands_of(const CLI::App& app) {
    return app.get_subcommands([](const CLI::App*) { return true; });
}

std::vector<std::string> command_names(const CLI::App& app) {
    std::vector<std::string> names;
    for (const CLI::App* const command : commands_of(app)) {
        names.push_back(command->get_name());
    }
    return names;
}

// The options accepted here: the program's own and those of the commands that were given.
std::vector<std::string> option_names(const CLI::App& app) {
    std::vector<std::string> names;
    std::vector<const CLI::App*> apps{&app};
    for (const CLI::App* const command : app.get_subcommands()) {
        apps.push_back(command);
    }
    for (const CLI::App* const one : apps) {
        for (const CLI::Option* const option : one->get_options()) {
            for (const std::string& name : option->get_lnames()) {
                names.push_back("--" + name);
            }
        }
    }
    return names;
}

std::string_view nearest_of(std::string_view name, const std::vector<std::string>& known) {
    return nearest_name(name, std::vector<std::string_view>(known.begin(), known.end()));
}

std::string explain_option(const CLI::App& app, std::string_view name) {
    const auto known = option_names(app);
    const std::string_view meant = nearest_of(name, known);
    if (!meant.empty()) {
        return fmt::format("there is no option {}: did you mean {}?", name, meant);
    }
    const auto commands = app.get_subcommands();
    return fmt::format("there is no option {}: see {} --help", name,
                       commands.empty() ? app.get_name() : commands.front()->get_name());
}

std::string explain_command(const CLI::App& app, std::string_view name) {
    const auto known = command_names(app);
    const std::string_view meant = nearest_of(name, known);
    return meant.empty() ? fmt::format("there is no command \"{}\": give one of {}", name,
                                       fmt::join(known, ", "))
                         : fmt::format("there is no command \"{}\": did you mean {}?", name, meant);
}

// For a service named threatatlas, Kubernetes sets variables with these names in every pod of the
// namespace, in the format of Docker links.
bool announces_service(std::string_view name) {
    constexpr std::string_view port = "THREATATLAS_PORT";
    return name == port || name == "THREATATLAS_SERVICE_HOST" ||
           name.starts_with("THREATATLAS_SERVICE_PORT") ||
           (name.starts_with("THREATATLAS_PORT_") && name.size() > port.size() + 1 &&
            name[port.size() + 1] >= '0' && name[port.size() + 1] <= '9');
}

}  // namespace

CLI::Validator whole_number(std::uint64_t least, std::uint64_t most) {
    const auto check = [least, most](const std::string& text) -> std::string {
        std::uint64_t number = 0;
        const char* const end = text.data() + text.size();
        const auto [stopped, error] = std::from_chars(text.data(), end, number);
        const bool fits =
            error == std::errc{} && stopped == end && number >= least && number <= most;
        return fits ? "" : fmt::format("give a whole number {}", range_text(least, most));
    };
    return {check, range_text(least, most), "whole number"};
}

CLI::Validator true_or_false() {
    const auto check = [](const std::string& text) -> std::string {
        constexpr std::string_view known[]{"true", "false", "1",   "0",      "yes",
                                           "no",   "on",    "off", "enable", "disable"};
        const std::string lower = CLI::detail::to_lower(text);
        const bool fits = std::find(std::begin(known), std::end(known), lower) != std::end(known);
        return fits ? "" : "give true or false";
    };
    return {check, "", "true or false"};
}

std::string explain(const CLI::App& app, const CLI::ParseError& error) {
    const auto left = app.remaining(true);
    const bool has_command = !app.get_subcommands().empty();
    if (!left.empty()) {
        const std::string& first = left.front();
        if (first.starts_with('-') && first.size() > 1) {
            return explain_option(app, first.substr(0, first.find('=')));
        }
        return has_command ? fmt::format("\"{}\" is one argument too many: see {} --help", first,
                                         app.get_subcommands().front()->get_name())
                           : explain_command(app, first);
    }
    if (!has_command) {
        return fmt::format("give a command: {}", fmt::join(command_names(app), ", "));
    }
    return error.what();
}

std::string trimmed(std::string_view text) {
    constexpr std::string_view blanks = " \t";
    const std::size_t begin = std::min(text.find_first_not_of(blanks), text.size());
    const std::size_t end = text.find_last_not_of(blanks) + 1;
    return std::string(text.substr(begin, end > begin ? end - begin : 0));
}

std::vector<UnknownVariable> unknown_variables(const CLI::App& app,
                                               std::span<const std::string_view> others) {
    std::vector<std::string> known(others.begin(), others.end());
    for (const CLI::App* const command : commands_of(app)) {
        for (const CLI::Option* const option : command->get_options()) {
            if (!option->get_envname().empty()) {
                known.push_back(option->get_envname());
            }
        }
    }
    std::vector<UnknownVariable> unknown;
    for (char** variable = environ; variable != nullptr && *variable != nullptr; ++variable) {
        const std::string_view text = *variable;
        const std::string_view name = text.substr(0, text.find('='));
        if (!name.starts_with("THREATATLAS_") || announces_service(name) ||
            std::find(known.begin(), known.end(), name) != known.end()) {
            continue;
        }
        unknown.push_back({std::string(name), std::string(nearest_of(name, known))});
    }
    return unknown;
}

std::string advice_about(const UnknownVariable& variable) {
    return variable.meant.empty()
               ? "no option reads it: see threatatlas COMMAND --help for the variables that are "
                 "read"
               : fmt::format("no option reads it: did you mean {}?", variable.meant);
}

}  // namespace threatatlas::base
