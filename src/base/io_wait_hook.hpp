#pragma once

// A thread that is one of few may be told before it waits for the disk, so that another one can
// work meanwhile. Reads of rows that are in memory, nearly all, are not told.

namespace threatatlas {

// Told on the thread that waits: begin() before, end() after. Throws nothing.
class IoWaitHook {
  public:
    virtual void begin() = 0;
    virtual void end() = 0;

  protected:
    ~IoWaitHook() = default;
};

// For as long as this lives, `waits` is told where its thread reads with get() and
// last_at_or_before() of a ReadView, and where it waits for a group that is on its way to the disk.
class IoWaitHookScope {
  public:
    explicit IoWaitHookScope(IoWaitHook& waits);
    ~IoWaitHookScope();
    IoWaitHookScope(const IoWaitHookScope&) = delete;
    IoWaitHookScope& operator=(const IoWaitHookScope&) = delete;
};

// Of the calling thread; null where nobody is told.
IoWaitHook* disk_waits_of_thread();

// One wait: whoever is to be told is told of its beginning and its end.
class IoWait {
  public:
    IoWait();
    ~IoWait();
    IoWait(const IoWait&) = delete;
    IoWait& operator=(const IoWait&) = delete;

  private:
    IoWaitHook* const told_;
};

}  // namespace threatatlas
