#include "base/low_priority_thread.hpp"

#include <chrono>
#include <optional>
#include <sys/resource.h>

#include <sched.h>
#include <unistd.h>

namespace threatatlas::base {
namespace {

// Gives about a tenth of the default weight. Linux keeps a nice value per thread. Lowering the
// priority needs no privilege but raising it again does, so the thread is never used for anything
// else.
constexpr int niceness = 10;

using Clock = std::chrono::steady_clock;

// The longest time another thread waits for the processor: short compared with an answer of the
// gate.
constexpr std::chrono::microseconds turn_length{200};
// Limits how long one unit of work waits for others. A thread that yields gets less time than its
// weight alone would give it on a saturated machine, and the work has to finish eventually.
constexpr std::chrono::seconds wait_budget{1};

// State of a low-priority thread.
struct Turn {
    Clock::time_point ends;
    Clock::duration wait_budget_left;
};
thread_local std::optional<Turn> turn;

}  // namespace

void lower_thread_priority() {
    // If this fails, the work still runs, only at the default priority.
    ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()),
                  ::getpriority(PRIO_PROCESS, 0) + niceness);
    begin_low_priority_work();
}

void begin_low_priority_work() {
    turn = {.ends = Clock::now() + turn_length, .wait_budget_left = wait_budget};
}

void yield_if_due() {
    if (!turn || turn->wait_budget_left <= Clock::duration::zero()) {
        return;
    }
    const auto now = Clock::now();
    if (now < turn->ends) {
        return;
    }
    ::sched_yield();
    const auto back = Clock::now();
    turn->wait_budget_left -= back - now;
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
    lower_thread_priority();
    std::unique_lock lock(mutex_);
    for (;;) {
        changed_.wait(lock, [&] { return work_ != nullptr || stopping_; });
        if (work_ == nullptr) {
            return;
        }
        const auto& work = *work_;
        lock.unlock();
        begin_low_priority_work();
        work();
        lock.lock();
        work_ = nullptr;
        changed_.notify_all();
    }
}

}  // namespace threatatlas::base
