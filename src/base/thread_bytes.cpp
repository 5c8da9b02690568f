#include "base/thread_bytes.hpp"

#include <cstddef>

// Null if jemalloc is not linked.
extern "C" int mallctl(const char* name, void* old_value, std::size_t* old_size, void* new_value,
                       std::size_t new_size) __attribute__((weak));

namespace threatatlas::base {
namespace {

// jemalloc(3), "thread.allocatedp": the address of the calling thread's counter.
const std::uint64_t* counter_of_thread(const char* name) {
    static constexpr std::uint64_t none = 0;
    const std::uint64_t* counter = nullptr;
    std::size_t size = sizeof(counter);
    const bool is_known = mallctl != nullptr && mallctl(name, &counter, &size, nullptr, 0) == 0;
    return is_known ? counter : &none;
}

// jemalloc(3), "arena.<i>.purge": this index means all arenas (MALLCTL_ARENAS_ALL).
constexpr const char* purge_all = "arena.4096.purge";

}  // namespace

std::int64_t thread_bytes() {
    thread_local const std::uint64_t* const allocated = counter_of_thread("thread.allocatedp");
    thread_local const std::uint64_t* const freed = counter_of_thread("thread.deallocatedp");
    return static_cast<std::int64_t>(*allocated - *freed);
}

void purge_freed_memory() {
    if (mallctl != nullptr) {
        mallctl(purge_all, nullptr, nullptr, nullptr, 0);
    }
}

}  // namespace threatatlas::base
