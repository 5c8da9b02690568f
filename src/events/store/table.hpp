#pragma once

/// The tables of a data directory. docs/FORMATS.md describes their keys and rows.

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace threatatlas::store {

/// Each table is a column family of the database.
enum class Table : std::uint8_t {
    events,           ///< position -> line: the log, from which all projections are folded
    history,          ///< product, time -> posture after that transaction
    details,          ///< product, time -> texts of the product from that time on
    products,         ///< product -> current texts, posture, version
    threats,          ///< product, threat -> current state
    mitigations,      ///< product, mitigation -> current state
    elements,         ///< product, element -> counters that keep coverage cheap
    coverage,         ///< product, threat or element, mitigation -> empty: an index of coverage
    external_ids,     ///< external_id, live product that has it -> empty
    acceptances,      ///< product, acceptance -> current state
    checks,           ///< product, check -> what lists of checks select by
    imports,          ///< product, source, threat or mitigation -> what the last import saw of it
    tokens,           ///< token -> current state
    policies,         ///< policy -> newest version
    policy_versions,  ///< policy, time -> the version from that time on
    policy_users,     ///< policy, live product that has it -> empty
    idempotency,      ///< token, key -> the first response (operational, not folded)
    token_use,        ///< token -> when it was last used (operational, not folded)
    tiles,            ///< level, index -> nodes of the log's Merkle tree (log_tree.hpp)
    meta              ///< stamps, the newest checkpoint
};
inline constexpr std::size_t table_count = 20;

std::string_view table_name(Table table);

/// The tables that are folded from the log and can be rebuilt from it.
std::vector<Table> projection_tables();

}  // namespace threatatlas::store
