#include "base/shared_bytes.hpp"

#include <algorithm>
#include <cstring>
#include <functional>
#include <new>

namespace threatatlas::base {

SharedBytes::Block* SharedBytes::make_block(std::size_t capacity) {
    auto* const block = static_cast<Block*>(::operator new(sizeof(Block) + capacity));
    new (&block->owners) std::atomic<std::uint32_t>(1);
    block->size = 0;
    block->capacity = static_cast<std::uint32_t>(capacity);
    return block;
}

void SharedBytes::free_block(Block* block) noexcept {
    ::operator delete(block);
}

void SharedBytes::reserve(std::size_t bytes) {
    if (is_sole_owner() ? block_->capacity >= bytes : view().size() >= bytes) {
        return;
    }
    const std::string_view old = view();
    SharedBytes grown;
    grown.block_ = make_block(std::max(bytes, old.size()));
    std::copy(old.begin(), old.end(), bytes_of(grown.block_));
    grown.block_->size = static_cast<std::uint32_t>(old.size());
    swap(grown);
}

void SharedBytes::replace(std::size_t begin, std::size_t count, std::string_view text) {
    const std::string_view old = view();
    const std::string_view tail = old.substr(begin + count);
    const std::size_t size = begin + text.size() + tail.size();
    const std::less<> is_before;
    const bool is_own = !old.empty() && !is_before(text.data(), old.data()) &&
                        is_before(text.data(), old.data() + old.size());
    if (is_sole_owner() && block_->capacity >= size && !is_own) {
        char* const bytes = bytes_of(block_);
        std::memmove(bytes + begin + text.size(), tail.data(), tail.size());
        std::copy(text.begin(), text.end(), bytes + begin);
        block_->size = static_cast<std::uint32_t>(size);
        return;
    }
    if (size == 0) {
        *this = {};
        return;
    }
    // Bytes that grow in place are likely to grow again; the first private copy of shared bytes is
    // not.
    const bool grows_again = is_sole_owner() && size > block_->capacity;
    SharedBytes changed;
    changed.block_ =
        make_block(grows_again ? std::max<std::size_t>(size, old.size() + old.size() / 2) : size);
    char* out = bytes_of(changed.block_);
    out = std::copy(old.begin(), old.begin() + static_cast<std::ptrdiff_t>(begin), out);
    out = std::copy(text.begin(), text.end(), out);
    std::copy(tail.begin(), tail.end(), out);
    changed.block_->size = static_cast<std::uint32_t>(size);
    swap(changed);
}

}  // namespace threatatlas::base
