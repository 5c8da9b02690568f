#pragma once

/// @file
/// A byte string with copy-on-write.

#include <atomic>
#include <cstdint>
#include <string_view>
#include <utility>

namespace threatatlas::base {

/// Copies may be used from different threads; a single copy from one thread at a time. The size is
/// below 4 GiB.
class SharedBytes {
  public:
    SharedBytes() = default;
    SharedBytes(const SharedBytes& other) noexcept : block_(other.block_) {
        if (block_ != nullptr) {
            block_->owners.fetch_add(1, std::memory_order_relaxed);
        }
    }
    SharedBytes(SharedBytes&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
    SharedBytes& operator=(const SharedBytes& other) noexcept {
        SharedBytes(other).swap(*this);
        return *this;
    }
    SharedBytes& operator=(SharedBytes&& other) noexcept {
        SharedBytes(std::move(other)).swap(*this);
        return *this;
    }
    ~SharedBytes() {
        if (block_ != nullptr && block_->owners.fetch_sub(1, std::memory_order_acq_rel) == 1) {
            free_block(block_);
        }
    }
    void swap(SharedBytes& other) noexcept { std::swap(block_, other.block_); }

    /// Valid until these bytes change.
    std::string_view view() const {
        return block_ == nullptr ? std::string_view()
                                 : std::string_view(bytes_of(block_), block_->size);
    }
    /// True if both share the same memory.
    bool is_shared_with(const SharedBytes& other) const { return block_ == other.block_; }

    /// Replaces `count` bytes from `begin` on with `text`, which may be a view of these bytes.
    void replace(std::size_t begin, std::size_t count, std::string_view text);
    /// Allocates capacity for `bytes` bytes.
    void reserve(std::size_t bytes);

    bool operator==(const SharedBytes& other) const {
        return is_shared_with(other) || view() == other.view();
    }

  private:
    /// The bytes follow the header.
    struct Block {
        std::atomic<std::uint32_t> owners;
        std::uint32_t size;
        std::uint32_t capacity;
    };

    static char* bytes_of(Block* block) { return reinterpret_cast<char*>(block + 1); }
    static Block* make_block(std::size_t capacity);
    static void free_block(Block* block) noexcept;
    bool is_sole_owner() const {
        return block_ != nullptr && block_->owners.load(std::memory_order_acquire) == 1;
    }

    Block* block_ = nullptr;
};

}  // namespace threatatlas::base
