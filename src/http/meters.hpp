#pragma once

// What the server counts about its own work.

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace threatatlas {

// For any thread.
class Meters {
  public:
    void count_answer(int status) {
        answers_[class_of(status)].fetch_add(1, std::memory_order_relaxed);
    }
    // Answers with a status from 100 x digit on, for digit 1..5.
    std::uint64_t answers(std::size_t digit) const {
        return answers_[digit].load(std::memory_order_relaxed);
    }

    std::uint64_t next_request_number() {
        return requests_.fetch_add(1, std::memory_order_relaxed) + 1;
    }

    std::atomic<std::uint64_t> failed_logins = 0;

  private:
    static std::size_t class_of(int status) {
        return status >= 100 && status < 600 ? static_cast<std::size_t>(status / 100) : 5;
    }

    std::array<std::atomic<std::uint64_t>, 6> answers_{};
    std::atomic<std::uint64_t> requests_ = 0;
};

// What the access log says of a request. Copied to where its answer is made.
struct RequestRecord {
    std::uint64_t number = 0;
    std::chrono::steady_clock::time_point started;
    std::string_view method;  // of the route
    std::string_view route;   // its pattern: paths and queries may hold what is nobody's business
    std::string token;        // actor; empty = none
};

}  // namespace threatatlas
