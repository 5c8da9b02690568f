#pragma once

/// The expected content of the tables, byte for byte, derived from the slow twin.

#include <map>
#include <string>

#include "events/store/store.hpp"
#include "projections/memory_tables.hpp"
#include "support/twin.hpp"

namespace threatatlas::testing {

/// Keys and values of a projection table.
using Rows = std::map<std::string, std::string>;

projections::Product product_row(const TwinProduct& product);
projections::Threat threat_row(const TwinProduct& product, ThreatId id);
projections::Exposure exposure_row(const TwinProduct& product, ThreatId id);
projections::Acceptance acceptance_row(const TwinProduct& product, AcceptanceId id);
projections::Mitigation mitigation_row(const TwinProduct& product, MitigationId id);
projections::HistoryRow history_row(const TwinMoment& moment);
projections::PolicyVersion policy_row(const TwinPolicyVersion& version);

/// All rows that the twin expects in a table.
Rows wanted_rows(const Twin& twin, store::Table table);
/// Those of one product, for every table except `tokens`, `policies` and `policy_versions`.
Rows wanted_rows(const Twin& twin, store::Table table, ProductId product);

/// All rows of a table, or those whose key begins with `prefix`.
Rows stored_rows(const store::ReadView& view, store::Table table, std::string_view prefix = {});
/// The same for tables in memory, which have neither history nor details; coverage is derived from
/// the mitigations.
Rows memory_rows(const projections::MemoryTables& tables, store::Table table);

/// Describes the first difference; empty if there is none.
std::string difference(const Rows& wanted, const Rows& found);

}  // namespace threatatlas::testing
