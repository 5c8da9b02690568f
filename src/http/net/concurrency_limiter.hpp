#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>

#include "base/io_wait_hook.hpp"

namespace threatatlas::net {

/// Limits how many threads run at once to slightly more than the number of processors. With more
/// threads, one that is preempted in the middle of an answer waits until all others had a turn: on
/// two processors, eight threads were measured to answer a third fewer requests than four. There
/// are more threads than places because some of them have to wait. Thread-safe; must outlive its
/// places.
class ConcurrencyLimiter {
  public:
    /// `count` is the number of threads that may run at once.
    explicit ConcurrencyLimiter(std::size_t count) : free_(count) {}
    ConcurrencyLimiter(const ConcurrencyLimiter&) = delete;
    ConcurrencyLimiter& operator=(const ConcurrencyLimiter&) = delete;

    /// The place of one thread, if it has one. Used by that thread only. The destructor releases
    /// the place.
    class Place final : public base::IoWaitHook {
      public:
        explicit Place(ConcurrencyLimiter& places) : places_(places) {}
        ~Place() { give_back(); }
        Place(const Place&) = delete;
        Place& operator=(const Place&) = delete;

        /// Waits until a place is free and takes it. Returns at once if the thread has a place
        /// already.
        void take();
        /// To be called before the thread blocks: releases the place for another thread. Does
        /// nothing if the thread has no place.
        void begin() override;
        /// To be called after begin(). Takes a place if one is free, and otherwise lets the thread
        /// continue without one. Never waits.
        void end() override;

      private:
        void give_back();

        ConcurrencyLimiter& places_;
        bool taken_ = false;
        bool paused_ = false;
    };

  private:
    std::mutex mutex_;
    std::condition_variable freed_;
    std::size_t free_;  // guarded by mutex_
};

}  // namespace threatatlas::net
