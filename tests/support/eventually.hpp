#pragma once

#include <chrono>
#include <thread>

namespace threatatlas::testing {

/// The longest wait for something that must happen. It only ends a test that would hang; it is not
/// an expectation about time, so it is long enough for a busy machine and a sanitized build.
inline constexpr std::chrono::seconds wait_limit{120};

/// Waits until the condition holds; returns false if it does not within wait_limit.
template <class Condition>
bool eventually(const Condition& condition) {
    const auto deadline = std::chrono::steady_clock::now() + wait_limit;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > deadline) {
            return false;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return true;
}

}  // namespace threatatlas::testing
