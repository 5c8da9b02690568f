#pragma once

/// @file
/// The end of the log that is visible to readers.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>

#include "events/event_log.hpp"
#include "events/log_sealer.hpp"

namespace threatatlas::sequencer {

/// The newest durable event and checkpoint, and a way to wait for newer ones. All methods may be
/// called from any thread.
class PublishedLog {
  public:
    /// `sealed` is null if the log is not signed.
    PublishedLog(const events::LogEnd& end, std::shared_ptr<const events::SealedLog> sealed) {
        publish(end, std::move(sealed));
    }

    events::LogEnd end() const {
        const std::lock_guard lock(mutex_);
        return end_;
    }
    /// The time of the newest event. Never waits.
    base::Instant end_time() const {
        return base::Instant{
            std::chrono::microseconds{end_micros_.load(std::memory_order_acquire)}};
    }
    std::shared_ptr<const events::SealedLog> sealed() const {
        const std::lock_guard lock(mutex_);
        return sealed_;
    }

    /// Publishes a new durable end. If `sealed` is null, the checkpoint is unchanged.
    void publish(const events::LogEnd& end, std::shared_ptr<const events::SealedLog> sealed) {
        {
            const std::lock_guard lock(mutex_);
            end_ = end;
            end_micros_.store(end.time.time_since_epoch().count(), std::memory_order_release);
            if (sealed) {
                sealed_ = std::move(sealed);
            }
        }
        changed_.notify_all();
    }

    /// Waits until the log is longer than `after`, the timeout has passed, or stop() is called.
    /// Returns true if the log is longer.
    bool wait_beyond(Position after, std::chrono::milliseconds timeout) {
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, timeout, [&] { return end_.position > after || stopping_; });
        return end_.position > after;
    }
    /// Ends all current and later calls of wait_beyond().
    void stop() {
        {
            const std::lock_guard lock(mutex_);
            stopping_ = true;
        }
        changed_.notify_all();
    }

  private:
    mutable std::mutex mutex_;
    std::condition_variable changed_;

    // Guarded by mutex_.
    events::LogEnd end_;
    std::shared_ptr<const events::SealedLog> sealed_;
    bool stopping_ = false;

    std::atomic<std::int64_t> end_micros_{0};  ///< end_.time, written under mutex_
};

}  // namespace threatatlas::sequencer
