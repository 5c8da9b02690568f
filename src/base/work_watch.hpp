#pragma once

// Long work is watched while it goes on: it says how far it has come, and is ended by an exception
// of whoever watches it. Work that nobody watches pays a look at a pointer.

#include <cstddef>

namespace threatatlas {

// Told on the thread that works. Either call may throw what ends the work.
class WorkWatch {
  public:
    // A row, a line or an object was looked at, which takes microseconds.
    virtual void note_row() = 0;
    // The work is about to hold so many bytes of memory altogether.
    virtual void expect_bytes(std::size_t bytes) = 0;

  protected:
    ~WorkWatch() = default;
};

// For as long as this lives, `watch` is told of the work of its thread. Not one within another.
class WatchesWork {
  public:
    explicit WatchesWork(WorkWatch& watch);
    ~WatchesWork();
    WatchesWork(const WatchesWork&) = delete;
    WatchesWork& operator=(const WatchesWork&) = delete;
};

// For the watch of the calling thread, where there is one.
void note_row_of_work();
void expect_bytes_of_work(std::size_t bytes);

}  // namespace threatatlas
