#pragma once

// Threads for long work that the gate must not wait behind: they stand back for whoever wants to
// run.

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace threatatlas {

struct PatientPoolOptions {
    std::size_t threads = 1;
    std::size_t waiting_max = 1;        // pieces of work
    std::size_t waiting_bytes_max = 0;  // of all that they say they hold
};

// For any thread.
class PatientPool {
  public:
    explicit PatientPool(const PatientPoolOptions& options);
    ~PatientPool() { finish(); }
    PatientPool(const PatientPool&) = delete;
    PatientPool& operator=(const PatientPool&) = delete;

    // Work that throws nothing and holds so many bytes meanwhile. False, and nothing is done, where
    // too much waits already.
    [[nodiscard]] bool add(std::function<void()> work, std::size_t bytes = 0);

    // Lets go what waits, and returns when what has begun is done. No more is taken.
    void finish();

    std::size_t waiting() const;

  private:
    struct Waiting {
        std::function<void()> work;
        std::size_t bytes = 0;
    };

    void run();

    const PatientPoolOptions options_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;

    // Guarded by mutex_.
    std::deque<Waiting> waiting_;
    std::size_t waiting_bytes_ = 0;
    bool finishing_ = false;

    std::vector<std::thread> threads_;
};

}  // namespace threatatlas
