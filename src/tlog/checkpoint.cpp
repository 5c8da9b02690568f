#include "tlog/checkpoint.hpp"

#include <fmt/format.h>

#include "base/base64.hpp"
#include "base/decimal.hpp"
#include "tlog/merkle.hpp"

namespace threatatlas::tlog {
namespace {

// Removes the first line from `text` and returns it without its newline. Throws BadNote if it is
// empty or there is no newline.
std::string_view take_line(std::string_view& text) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos || end == 0) {
        throw BadNote("a checkpoint has at least three lines: origin, size and root");
    }
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 1);
    return line;
}

}  // namespace

std::string checkpoint_text(const Checkpoint& checkpoint) {
    return fmt::format("{}\n{}\n{}\n", checkpoint.origin, checkpoint.size,
                       base::base64_of(checkpoint.root));
}

Checkpoint parse_checkpoint(std::string_view text) {
    Checkpoint checkpoint;
    checkpoint.origin = take_line(text);
    const auto size = base::parse_decimal(take_line(text));
    if (!size) {
        throw BadNote("the size in a checkpoint is a decimal number without leading zeros");
    }
    checkpoint.size = *size;
    const auto root = base::digest_of_base64(take_line(text));
    if (!root) {
        throw BadNote("the root in a checkpoint is the base64 of 32 bytes");
    }
    checkpoint.root = *root;
    while (!text.empty()) {
        take_line(text);
    }
    if (checkpoint.size == 0 && checkpoint.root != empty_tree_root()) {
        throw BadNote("a checkpoint of an empty log must have the root of the empty tree");
    }
    return checkpoint;
}

}  // namespace threatatlas::tlog
