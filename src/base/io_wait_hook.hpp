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

/// Installs `hook` for the calling thread while this object lives. It is then called for reads with
/// get() and last_at_or_before() of a ReadView that go to disk, and for waits for an in-flight
/// commit. Scopes do not nest.
class IoWaitHookScope {
  public:
    explicit IoWaitHookScope(IoWaitHook& hook);
    ~IoWaitHookScope();
    IoWaitHookScope(const IoWaitHookScope&) = delete;
    IoWaitHookScope& operator=(const IoWaitHookScope&) = delete;
};

/// The hook of the calling thread; null if none is installed.
IoWaitHook* io_wait_hook_of_thread();

/// Brackets one wait: calls begin() and end() of the thread's hook, if there is one.
class IoWait {
  public:
    IoWait();
    ~IoWait();
    IoWait(const IoWait&) = delete;
    IoWait& operator=(const IoWait&) = delete;

  private:
    IoWaitHook* const hook_;
};

}  // namespace threatatlas::base
