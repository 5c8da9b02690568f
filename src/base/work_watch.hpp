#pragma once

/// @file
/// Lets a caller observe long work on its thread: progress is reported, and the observer can end
/// the work by throwing. Unobserved work only pays for a null check.

#include <cstddef>

namespace threatatlas::base {

/// Called on the thread that does the work. Both functions may throw to end the work.
class WorkWatch {
  public:
    /// A row, a line or an object was processed; that takes microseconds.
    virtual void note_row() = 0;
    /// The work is about to hold `bytes` bytes of memory in total.
    virtual void expect_bytes(std::size_t bytes) = 0;

  protected:
    ~WorkWatch() = default;
};

/// Reports the work of the calling thread to `watch` while this object lives. Scopes do not nest.
class WorkWatchScope {
  public:
    explicit WorkWatchScope(WorkWatch& watch);
    ~WorkWatchScope();
    WorkWatchScope(const WorkWatchScope&) = delete;
    WorkWatchScope& operator=(const WorkWatchScope&) = delete;
};

/// Report to the watch of the calling thread, if there is one.
void note_row_of_work();
void expect_bytes_of_work(std::size_t bytes);

}  // namespace threatatlas::base
