#pragma once

/// @file
/// A thread for long work that must not delay other threads: it yields the processor if more
/// threads want to run than there are processors.

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace threatatlas::base {

/// Lowers the scheduling weight of the calling thread to about a tenth of the default, permanently,
/// and makes yield_if_due() effective on it.
void lower_thread_priority();

/// Starts a new unit of long work on such a thread, which resets the time budget of yield_if_due().
void begin_low_priority_work();

/// Call between steps of long work that take microseconds each. On a low-priority thread it lets
/// other threads run if they wait for the same processor; on any other thread it does nothing. The
/// lower weight alone is not enough: since Linux 6.6 a thread that wakes up may have to wait until
/// the running thread, whatever its weight, has used its slice of some milliseconds. Within one
/// unit of work a thread waits for others for at most a second in total; after that only the lower
/// weight applies.
void yield_if_due();

/// Owns a low-priority thread that runs one unit of work at a time.
class LowPriorityThread {
  public:
    LowPriorityThread();
    ~LowPriorityThread();
    LowPriorityThread(const LowPriorityThread&) = delete;
    LowPriorityThread& operator=(const LowPriorityThread&) = delete;

    /// Runs `work` on the thread and waits until it is done. `work` must not throw. Call from one
    /// thread at a time.
    void run(const std::function<void()>& work);

  private:
    void serve();

    std::mutex mutex_;
    std::condition_variable changed_;

    /// Guarded by mutex_.
    const std::function<void()>* work_ = nullptr;  ///< null if there is no work or the work is done
    bool stopping_ = false;

    std::thread thread_;
};

}  // namespace threatatlas::base
