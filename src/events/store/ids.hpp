#pragma once

/// Identifiers used by every layer. Zero never identifies an object.

#include <cstdint>

namespace threatatlas {

using ProductId = std::uint64_t;     ///< from 1; 0 = no product (token events)
using ThreatId = std::uint64_t;      ///< from 1, within its product
using MitigationId = std::uint64_t;  ///< from 1, within its product
using AcceptanceId = std::uint64_t;  ///< from 1, within its product
using CheckId = std::uint64_t;       ///< from 1, within its product
using TokenId = std::uint64_t;       ///< from 1; 0 = the server itself
using Position = std::uint64_t;  ///< from 1, in the whole log, without gaps; 0 = before the first

}  // namespace threatatlas
