#include "support/counted_memory.hpp"

#include <algorithm>
#include <cstdlib>
#include <new>

#include <malloc.h>

namespace {

thread_local std::int64_t held = 0;
thread_local std::int64_t held_at_start = 0;
thread_local std::int64_t most_held = 0;

// Null if memory is exhausted.
void* allocate_if_there_is(std::size_t size) noexcept {
    void* const memory = std::malloc(size == 0 ? 1 : size);
    if (memory == nullptr) {
        return nullptr;
    }
    held += static_cast<std::int64_t>(::malloc_usable_size(memory));
    most_held = std::max(most_held, held);
    return memory;
}

void* allocate(std::size_t size) {
    void* const memory = allocate_if_there_is(size);
    if (memory == nullptr) {
        throw std::bad_alloc();
    }
    return memory;
}

void give_back(void* memory) noexcept {
    held -= static_cast<std::int64_t>(::malloc_usable_size(memory));
    std::free(memory);
}

}  // namespace

void* operator new(std::size_t size) {
    return allocate(size);
}
void* operator new[](std::size_t size) {
    return allocate(size);
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
    return allocate_if_there_is(size);
}
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
    return allocate_if_there_is(size);
}
void operator delete(void* memory) noexcept {
    give_back(memory);
}
void operator delete[](void* memory) noexcept {
    give_back(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
    give_back(memory);
}
void operator delete[](void* memory, std::size_t) noexcept {
    give_back(memory);
}

namespace threatatlas::testing {

std::int64_t counted_bytes() {
    return held;
}

void start_peak() {
    held_at_start = held;
    most_held = held;
}

std::int64_t peak_bytes() {
    return most_held - held_at_start;
}

}  // namespace threatatlas::testing
