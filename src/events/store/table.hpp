#pragma once

/// The tables of a data directory. Keys and rows are described in docs/FORMATS.md.

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace threatatlas::store {

/// Each is a column family of the database.
enum class Table : std::uint8_t {
    events,        ///< position -> line: the log, from which all projections are made
    history,       ///< product, time -> posture after that transaction
    details,       ///< product, time -> texts of the product from then on
    products,      ///< product -> texts, posture, version now
    threats,       ///< product, threat -> state now
    mitigations,   ///< product, mitigation -> state now
    elements,      ///< product, element -> counters that keep coverage cheap
    coverage,      ///< product, threat or element, mitigation -> nothing: which covers which
    external_ids,  ///< external_id, live product that has it -> nothing
    tokens,        ///< token -> state now
    idempotency,   ///< token, key -> the first answer (operational, not folded)
    token_use,     ///< token -> when it was last used (operational, not folded)
    tiles,         ///< level, index -> nodes of the log's Merkle tree (log_tree.hpp)
    meta           ///< stamps, the newest checkpoint
};
inline constexpr std::size_t table_count = 14;

std::string_view table_name(Table table);

/// The tables that are folded from the log and can be rebuilt from it.
std::vector<Table> projection_tables();

}  // namespace threatatlas::store
