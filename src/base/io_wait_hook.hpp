#pragma once

/// @file
/// Lets a thread of a limited pool learn that it is about to wait for the disk, so that another
/// thread can work meanwhile. Reads of rows that are in memory, nearly all of them, do not trigger
/// it.

namespace threatatlas::base {

/// Called on the thread that waits: begin() before the wait, end() after it. Must not throw.
class IoWaitHook {
  public:
    virtual void begin() = 0;
    virtual void end() = 0;

  protected:
    ~IoWaitHook() = default;
};

/// Brackets one wait: calls begin() and end() of `hook`.
class IoWait {
  public:
    explicit IoWait(IoWaitHook& hook) : hook_(hook) { hook_.begin(); }
    ~IoWait() { hook_.end(); }
    IoWait(const IoWait&) = delete;
    IoWait& operator=(const IoWait&) = delete;

  private:
    IoWaitHook& hook_;
};

}  // namespace threatatlas::base
