#pragma once

/// @file
/// The answer to a write, as it is sent and as it is stored for a repeated request.

#include <cstdint>
#include <optional>
#include <string>

#include "events/event.hpp"
#include "projections/model.hpp"

namespace threatatlas::commands {

struct Accepted;

/// What the status of the answer says. Rows of the idempotency table contain these numbers.
enum class Result : std::uint8_t { created, ok, no_content };

struct WriteAnswer {
    Result result = Result::ok;
    std::string body;           ///< JSON; empty for no_content
    std::uint64_t version = 0;  ///< of the product; 0 = the write was not about a product
    Position position = 0;      ///< of the newest event of the product or token
    std::string location;       ///< path of the created object; empty = none was created
    /// Of the product. nullopt in rows that were written before states had ids.
    std::optional<projections::StateId> state_id = std::nullopt;

    bool operator==(const WriteAnswer&) const = default;
};

/// The answer that shows these facts. The same facts always give the same bytes. Any thread; does
/// not read the store.
WriteAnswer render_answer(const Accepted& accepted);

}  // namespace threatatlas::commands
