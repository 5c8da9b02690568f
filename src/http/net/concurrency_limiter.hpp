#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>

#include "base/io_wait_hook.hpp"

namespace threatatlas::net {

/// How many threads work at once: few more than there are processors. More would only take turns,
/// and who is stopped in the middle of an answer waits until all others had theirs: measured with
/// two processors, eight threads answer a third fewer questions than four. There are more threads
/// than places, for when some of them have to wait. Thread-safe; outlives its places.
class ConcurrencyLimiter {
  public:
    explicit ConcurrencyLimiter(std::size_t count) : free_(count) {}
    ConcurrencyLimiter(const ConcurrencyLimiter&) = delete;
    ConcurrencyLimiter& operator=(const ConcurrencyLimiter&) = delete;

    /// One thread's place, or its lack of one. Used by that thread only; gives the place back in
    /// the end.
    class Place final : public base::IoWaitHook {
      public:
        explicit Place(ConcurrencyLimiter& places) : places_(places) {}
        ~Place() { give_back(); }
        Place(const Place&) = delete;
        Place& operator=(const Place&) = delete;

        /// Returns with a place: waits until one is free, unless the thread has one.
        void take();
        /// Before the thread waits for something in the middle of its work: another one may have
        /// the place. Does nothing without a place.
        void begin() override;
        /// After begin(): the thread goes on at once, with a place if one is free, else without.
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
