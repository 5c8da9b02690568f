#pragma once

// A thread for long work that others must not wait behind: where more wants to run than there are
// processors, it stands back.

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace threatatlas {

// The calling thread has a tenth of the weight of a usual one from now on, and gives way.
void stand_back();

// On such a thread, before the next piece of long work.
void begin_patient_work();

// Between two parts of long work, each of which takes microseconds: on a thread that stands back,
// lets others run that wait for its processor; on any other does nothing. Weight alone is not
// enough: on Linux from 6.6 on, whoever wakes up may have to wait until the one that runs, whatever
// its weight, has had its slice of milliseconds. In one piece of work a thread waits for others
// for a second altogether; then it goes on with its weight alone.
void yield_if_due();

class LowPriorityThread {
  public:
    LowPriorityThread();
    ~LowPriorityThread();
    LowPriorityThread(const LowPriorityThread&) = delete;
    LowPriorityThread& operator=(const LowPriorityThread&) = delete;

    // Has the thread do the work, which throws nothing, and waits until it is done. From one thread
    // at a time.
    void run(const std::function<void()>& work);

  private:
    void serve();

    std::mutex mutex_;
    std::condition_variable changed_;

    // Guarded by mutex_.
    const std::function<void()>* work_ = nullptr;  // null: there is none, or it is done
    bool stopping_ = false;

    std::thread thread_;
};

}  // namespace threatatlas
