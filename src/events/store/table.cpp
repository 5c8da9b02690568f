#include "events/store/table.hpp"

#include <array>

namespace threatatlas::store {
namespace {

constexpr std::array<std::string_view, table_count> table_names{
    "events",       "history",     "details",   "products",     "threats",
    "mitigations",  "elements",    "coverage",  "external_ids", "acceptances",
    "checks",       "imports",     "tokens",    "policies",     "policy_versions",
    "policy_users", "idempotency", "token_use", "tiles",        "meta"};

}  // namespace

std::string_view table_name(Table table) {
    return table_names[static_cast<std::size_t>(table)];
}

std::vector<Table> projection_tables() {
    return {Table::history,     Table::details,         Table::products,    Table::threats,
            Table::mitigations, Table::elements,        Table::coverage,    Table::external_ids,
            Table::acceptances, Table::checks,          Table::imports,     Table::tokens,
            Table::policies,    Table::policy_versions, Table::policy_users};
}

}  // namespace threatatlas::store
