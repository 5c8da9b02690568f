#include "app/data_commands.hpp"

#include <fmt/format.h>

#include "base/write_failures.hpp"
#include "projections/audit/backup.hpp"
#include "projections/audit/rebuild.hpp"

namespace threatatlas {
namespace {

template <class Copy>
ServerExit carry_out(const std::filesystem::path& target, const Copy& copy) {
    try {
        const CopyFacts facts = copy();
        say(stdout,
            fmt::format("{} events up to {} copied to {}: {} bytes, verified\n", facts.end.position,
                        facts.end.position == 0 ? "now" : format_instant(facts.end.time),
                        target.string(), facts.bytes));
        return ServerExit::fine;
    } catch (const std::exception& error) {
        say(stderr, fmt::format("threatatlas: {}\n", error.what()));
        return ServerExit::data;
    }
}

}  // namespace

ServerExit back_up_data(const std::filesystem::path& data, const std::filesystem::path& copy) {
    return carry_out(copy, [&] {
        const auto store = Store::open(data, {});
        finish_rebuild(*store);
        return back_up(*store, copy);
    });
}

ServerExit restore_data(const std::filesystem::path& backup, const std::filesystem::path& data) {
    return carry_out(data, [&] { return restore(backup, data); });
}

}  // namespace threatatlas
