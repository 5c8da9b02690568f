#pragma once

/// @file
/// The cost of a command, in rows, before it is decided.

#include <cstddef>

#include "commands/command.hpp"
#include "projections/overlay.hpp"

namespace threatatlas::commands {

struct CommandCost {
    std::size_t rows = 0;
    std::size_t costliest_item = 0;  ///< its index
    std::size_t costliest_rows = 0;  ///< of that item
};

/// An upper bound, computed from the command and the current rows of the objects that it names.
/// Counts the rows that are read or written. Several items that touch a row count it once.
///   - An item counts its event and the rows of its object.
///   - A mitigation whose coverage may change counts three rows for each threat that it names
///   before
///     or after (the link, the threat's exposure, its element).
///   - A row of long texts that an item changes counts one for each limits::row_bytes of them.
/// Stops counting beyond limits::transaction_rows_max. Throws StorageError.
CommandCost cost_of(projections::Overlay& overlay, const Command& command);

/// Throws Refusal, which names the item that costs most, if the command costs more than
/// limits::transaction_rows_max.
void require_affordable(const Command& command, const CommandCost& cost);

}  // namespace threatatlas::commands
