#include "base/low_priority_thread.hpp"

#include <chrono>
#include <optional>
#include <sys/resource.h>

#include <sched.h>
#include <unistd.h>

namespace threatatlas {
namespace {

// A tenth of the weight of a usual thread. Linux knows a priority for each thread; lowering one
// needs no rights, raising it again would: hence a thread that never does anything else.
constexpr int niceness = 10;

using Clock = std::chrono::steady_clock;

// How long others may have to wait for the processor: short beside an answer of the gate.
constexpr std::chrono::microseconds turn_length{200};
// For one piece of work: who gives way gets less than the weight alone would give where others
// want all there is, and everything has to have an end.
constexpr std::chrono::seconds patience{1};

// Of a thread that stands back.
struct Turn {
    Clock::time_point ends;
    Clock::duration patience_left;
};
thread_local std::optional<Turn> turn;

}  // namespace

void stand_back() {
    // Where it is not possible the work is done all the same, only less patiently.
    ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()),
                  ::getpriority(PRIO_PROCESS, 0) + niceness);
    begin_patient_work();
}

void begin_patient_work() {
    turn = {.ends = Clock::now() + turn_length, .patience_left = patience};
}

void yield_if_due() {
    if (!turn || turn->patience_left <= Clock::duration::zero()) {
        return;
    }
    const auto now = Clock::now();
    if (now < turn->ends) {
        return;
    }
    ::sched_yield();
    const auto back = Clock::now();
    turn->patience_left -= back - now;
    turn->ends = back + turn_length;
}

LowPriorityThread::LowPriorityThread() {
    thread_ = std::thread([this] { serve(); });
}

LowPriorityThread::~LowPriorityThread() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

void LowPriorityThread::run(const std::function<void()>& work) {
    std::unique_lock lock(mutex_);
    work_ = &work;
    changed_.notify_all();
    changed_.wait(lock, [&] { return work_ == nullptr; });
}

void LowPriorityThread::serve() {
    stand_back();
    std::unique_lock lock(mutex_);
    for (;;) {
        changed_.wait(lock, [&] { return work_ != nullptr || stopping_; });
        if (work_ == nullptr) {
            return;
        }
        const auto& work = *work_;
        lock.unlock();
        begin_patient_work();
        work();
        lock.lock();
        work_ = nullptr;
        changed_.notify_all();
    }
}

}  // namespace threatatlas
