#pragma once

// What a command costs at most, in rows touched, before anything of it is done.

#include <cstddef>

#include "commands/command.hpp"
#include "projections/overlay.hpp"

namespace threatatlas {

struct CommandCost {
    std::size_t rows = 0;
    std::size_t costliest_item = 0;  // its index
    std::size_t costliest_rows = 0;  // of that item
};

// An upper bound, from the command and the rows that it names, as they are before it. Counted are
// rows of tables that are read or written, each once a command, however many of its items touch it:
//   - for each item its event and the rows of what it is about;
//   - for a mitigation whose coverage may change, three for each threat that it names now, or is to
//     name (the link, the threat's exposure, its element);
//   - for a row of long texts that an item changes, one for each limits::row_bytes of them.
// Stops counting beyond limits::transaction_rows_max. Throws StorageError.
CommandCost cost_of(Overlay& overlay, const Command& command);

// Throws Refusal if the command costs more than one transaction may: names the item that costs
// most.
void require_affordable(const Command& command, const CommandCost& cost);

}  // namespace threatatlas
