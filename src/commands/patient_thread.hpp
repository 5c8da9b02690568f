#pragma once

// A thread for long work that others must not wait behind: where more wants to run than there are
// processors, it stands back.

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace threatatlas {

// The calling thread has a tenth of the weight of a usual one from now on.
void stand_back();

class PatientThread {
  public:
    PatientThread();
    ~PatientThread();
    PatientThread(const PatientThread&) = delete;
    PatientThread& operator=(const PatientThread&) = delete;

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
