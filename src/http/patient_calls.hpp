#pragma once

// Calls whose cost grows with a product or with its history: lists, the past of a whole model,
// reports. They run on threads of their own, which stand back for whoever wants to run, so that the
// gate never waits behind them.

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "http/call.hpp"

namespace threatatlas {

// For any thread.
class PatientCalls {
  public:
    // At least one thread; so many calls wait for one at the most.
    PatientCalls(std::size_t threads, std::size_t waiting_max);
    ~PatientCalls() { finish(); }
    PatientCalls(const PatientCalls&) = delete;
    PatientCalls& operator=(const PatientCalls&) = delete;

    // Parks the call, and has its route answer it when a thread is free. The route has a token's
    // bearer and does not read the body. Throws Refusal where too many wait.
    void take(Call& call);

    // What has begun is answered, what waits is refused; no more is taken. Returns when no thread
    // is at work any more.
    void finish();

    std::size_t waiting() const;

  private:
    class Errand;

    void run();

    const std::size_t waiting_max_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;

    // Guarded by mutex_.
    std::deque<std::shared_ptr<Errand>> waiting_;
    bool finishing_ = false;

    std::vector<std::thread> threads_;
};

}  // namespace threatatlas
