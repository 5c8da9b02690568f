// The recorded checks of a product, each answered again from the log.

#include <array>

#include <fmt/format.h>

#include "base/json_writer.hpp"
#include "projections/fold.hpp"
#include "projections/query/checks.hpp"
#include "projections/query/verdict_views.hpp"
#include "replay/commands.hpp"
#include "replay/errors.hpp"
#include "replay/past.hpp"
#include "replay/transactions.hpp"

namespace threatatlas::replay {
namespace {

constexpr std::array<GridColumn, 13> check_columns{{
    {.title = "id", .pointer = "/check_id", .right_aligned = true},
    {.title = "product_id", .pointer = "/product_id", .for_people = false},
    {.title = "recorded at", .pointer = "/recorded_at"},
    {.title = "pass", .pointer = "/pass"},
    {.title = "subject", .pointer = "/subject/name"},
    {.title = "digest", .pointer = "/subject/digest"},
    {.title = "ref", .pointer = "/ref"},
    {.title = "pipeline_url", .pointer = "/pipeline_url", .for_people = false},
    {.title = "actor", .pointer = "/actor", .for_people = false},
    {.title = "policies", .pointer = "/policies", .for_people = false},
    {.title = "position", .pointer = "/position"},
    {.title = "log agrees", .pointer = "/log_agrees"},
    {.title = "difference", .pointer = "/difference"},
}};

}  // namespace

ExitCode answer_checks(const Question& question) {
    const Options& options = question.options;
    TransactionStream stream(question.source, options.product);
    projections::MemoryTables tables;
    GridWriter grid(question.output, question.format, check_columns);
    bool all_agree = true;
    while (const ReplayedTransaction* transaction = stream.next()) {
        if (!options.cut.takes_in(*transaction)) {
            break;
        }
        for (const events::Event& event : transaction->events) {
            projections::fold(tables, event);
        }
        projections::close_transaction(tables, options.product, transaction->time);
        const events::Event& event = transaction->events.front();
        const auto* const data = std::get_if<events::GateChecked>(&event.data);
        if (data == nullptr) {
            continue;
        }
        const auto fault = query::fault_of_check(
            tables, options.product, event.time, *data,
            [&](const std::string& name) { return stream.find_policy(name, event.time); });
        all_agree = all_agree && !fault;
        std::string json;
        base::JsonWriter writer(json);
        writer.begin_object();
        query::write_check_members(writer, {data->check_id, event});
        writer.key("log_agrees").boolean(!fault);
        writer.key("difference").string_or_null(fault.value_or(""));
        writer.end_object();
        grid.add(json);
    }
    if (tables.find(options.product) == nullptr) {
        throw UsageError(fmt::format("there is no product {} in this log", options.product));
    }
    resolve_moment(options.cut, stream, question.wall_clock);
    grid.finish();
    return all_agree ? ExitCode::fine : ExitCode::answer_is_no;
}

}  // namespace threatatlas::replay
