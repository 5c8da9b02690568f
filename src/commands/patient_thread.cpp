#include "commands/patient_thread.hpp"

#include <sys/resource.h>

#include <unistd.h>

namespace threatatlas {
namespace {

// A tenth of the weight of a usual thread. Linux knows a priority for each thread; lowering one
// needs no rights, raising it again would: hence a thread that never does anything else.
constexpr int niceness = 10;

}  // namespace

void stand_back() {
    // Where it is not possible the work is done all the same, only less patiently.
    ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()),
                  ::getpriority(PRIO_PROCESS, 0) + niceness);
}

PatientThread::PatientThread() {
    thread_ = std::thread([this] { serve(); });
}

PatientThread::~PatientThread() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

void PatientThread::run(const std::function<void()>& work) {
    std::unique_lock lock(mutex_);
    work_ = &work;
    changed_.notify_all();
    changed_.wait(lock, [&] { return work_ == nullptr; });
}

void PatientThread::serve() {
    stand_back();
    std::unique_lock lock(mutex_);
    for (;;) {
        changed_.wait(lock, [&] { return work_ != nullptr || stopping_; });
        if (work_ == nullptr) {
            return;
        }
        const auto& work = *work_;
        lock.unlock();
        work();
        lock.lock();
        work_ = nullptr;
        changed_.notify_all();
    }
}

}  // namespace threatatlas
