#pragma once

/// @file
/// Estimates the cost of a command, in rows, before it is decided.

#include <cstddef>

#include "commands/command.hpp"
#include "projections/overlay.hpp"

namespace threatatlas::commands {

struct CommandCost {
    std::size_t rows = 0;
    std::size_t costliest_item = 0;  ///< index of the item with the highest cost
    std::size_t costliest_rows = 0;  ///< cost of that item
};

/// Returns an upper bound of the rows that are read or written, computed from the command and the
/// current rows of the objects that it names. A row that several items touch counts once.
/// - An item costs its event and the rows of its object.
/// - A mitigation whose coverage may change costs three rows for each threat that it names before
///   or after the change: the link, the threat's exposure and its element.
/// - An acceptance that begins or ends, or is suspended or resumed because a mitigation changes,
///   costs three rows for each of its threats.
/// - A changed row with long texts costs one more row per limits::row_bytes of text.
///
/// Stops counting beyond limits::transaction_rows_max. Throws StorageError.
CommandCost cost_of(projections::Overlay& overlay, const Command& command);

/// Throws Refusal if the cost exceeds limits::transaction_rows_max; it names the item with the
/// highest cost.
void require_affordable(const Command& command, const CommandCost& cost);

}  // namespace threatatlas::commands
