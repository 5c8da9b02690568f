#include "app/data_commands.hpp"

#include <fmt/format.h>

#include "base/write_failures.hpp"
#include "projections/audit/backup.hpp"
#include "projections/audit/rebuild.hpp"

namespace threatatlas::app {
namespace {

template <class Copy>
ServerExit carry_out(const std::filesystem::path& target, const Copy& copy) {
    try {
        const audit::CopyFacts facts = copy();
        base::say(
            stdout,
            fmt::format("{} events up to {} copied to {}: {} bytes, verified\n", facts.end.position,
                        facts.end.position == 0 ? "now" : base::format_instant(facts.end.time),
                        target.string(), facts.bytes));
        return ServerExit::fine;
    } catch (const std::exception& error) {
        base::say(stderr, fmt::format("threatatlas: {}\n", error.what()));
        return ServerExit::data;
    }
}

}  // namespace

ServerExit back_up_data(const std::filesystem::path& data, const std::filesystem::path& copy) {
    return carry_out(copy, [&] {
        const auto store = store::Store::open(data, {});
        audit::finish_rebuild(*store);
        return audit::back_up(*store, copy);
    });
}

ServerExit restore_data(const std::filesystem::path& backup, const std::filesystem::path& data) {
    return carry_out(data, [&] { return audit::restore(backup, data); });
}

}  // namespace threatatlas::app
