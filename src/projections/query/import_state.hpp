#pragma once

/// @file
/// What an import of a threat model starts from: the product, and what earlier imports saw.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "projections/query/product_model.hpp"

namespace threatatlas::query {

/// What the last import of a source saw of an object, as the bytes of its digests.
struct SeenObject {
    std::string source;
    bool is_threat = false;  ///< otherwise a mitigation
    std::uint64_t id = 0;
    std::string digests;
};

struct ImportState {
    ProductModel model;
    ThreatId last_threat_id = 0;  ///< highest id ever used
    MitigationId last_mitigation_id = 0;
    std::vector<SeenObject> seen;  ///< of all sources, in order of source, kind and id
};

/// The current state; nullopt if the product was never registered. Costs as much as reading all of
/// its threats and mitigations. Throws ReadError.
std::optional<ImportState> import_state_now(const store::ReadView& view, ProductId product,
                                            base::Instant now);
/// The same for a product of tables that were folded from a log up to `instant`, with settled
/// coverage (fold.hpp).
std::optional<ImportState> import_state_of(const projections::MemoryTables& tables,
                                           ProductId product, base::Instant instant);

}  // namespace threatatlas::query
