#pragma once

/// @file
/// The response to a write, as it is sent and as it is stored for repeated requests.

#include <cstdint>
#include <optional>
#include <string>

#include "events/event.hpp"
#include "projections/model.hpp"

namespace threatatlas::commands {

struct Accepted;

/// The kind of response. Rows of the idempotency table contain these numbers.
enum class Result : std::uint8_t { created, ok, no_content };

struct WriteAnswer {
    Result result = Result::ok;
    std::string body;           ///< JSON; empty for no_content
    std::uint64_t version = 0;  ///< of the product; 0: the write does not concern a product
    Position position = 0;      ///< of the newest event of the product or token
    std::string location;       ///< path of the created object; empty: none was created
    /// Of the product. nullopt in rows written by versions without state ids.
    std::optional<projections::StateId> state_id = std::nullopt;

    bool operator==(const WriteAnswer&) const = default;
};

/// Renders the response. The same facts always give the same bytes. Does not read the store.
/// Thread-safe.
WriteAnswer render_answer(const Accepted& accepted);

}  // namespace threatatlas::commands
