#pragma once

// What a log commits itself to: so many entries, and this root (C2SP tlog-checkpoint).

#include <cstdint>
#include <string>
#include <string_view>

#include "base/digest.hpp"
#include "tlog/note.hpp"

namespace threatatlas {

struct Checkpoint {
    std::string origin;  // the name of the log and of its key
    std::uint64_t size = 0;
    Digest root{};

    bool operator==(const Checkpoint&) const = default;
};

// The text of the note: three lines.
std::string checkpoint_text(const Checkpoint& checkpoint);
// Further lines may follow and are passed over. Throws BadNote.
Checkpoint parse_checkpoint(std::string_view text);

}  // namespace threatatlas
