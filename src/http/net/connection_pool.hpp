#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "http/net/connection.hpp"

namespace threatatlas::net {

/// All open connections, and which thread owns each of them.
///
/// A connection is owned by one thread at a time, or by the pool while it waits. The state of its
/// slot says which. The thread that changes the state from `waiting` or `parked` to `owned` has
/// exclusive access to the connection until it calls arm(), park(), leave() or close(). The kernel
/// reports each armed connection once (EPOLLONESHOT), to one waiting worker. An outdated report
/// usually finds another state or generation in the slot and is dropped. It may also find the
/// connection waiting or parked again, so a worker must check why it was given a connection. A
/// parked connection whose answer is complete needs no report: it is added to a list that workers
/// check first. The answers of one synced write, which are all completed at once, therefore do not
/// wake one thread each.
class ConnectionPool {
  public:
    /// The event for which the kernel watches a connection.
    enum class Interest { readable, writable, closed };

    /// `connections_max` is the number of slots. Throws std::system_error if no descriptor is left.
    explicit ConnectionPool(std::size_t connections_max);
    ~ConnectionPool();
    ConnectionPool(const ConnectionPool&) = delete;
    ConnectionPool& operator=(const ConnectionPool&) = delete;

    /// Whether all slots are in use.
    bool full() const { return open() >= slots_.size(); }
    /// The number of open connections.
    std::size_t open() const { return open_.load(std::memory_order_relaxed); }

    /// Adds a new connection and waits for its first byte. Must be called only by the thread that
    /// calls claim_due(), and not while full(). Returns false if the kernel cannot watch the
    /// connection, which is then closed.
    bool add(std::unique_ptr<Connection> connection, Clock::time_point deadline);

    /// Blocks until a connection is ready and returns it. The caller owns it and calls finish()
    /// when it has passed the connection on. Returns null after wake_all().
    Connection* wait();
    /// Ends the work on a connection that wait() returned.
    void finish();
    /// To be called before the caller blocks on a client in the middle of a request: wakes another
    /// thread for the ready connections that the caller would have taken next.
    void hand_on();
    /// Returns a connection that the kernel reports at this moment, or null. Does not block. The
    /// caller owns the connection and does not call finish(). Meant for a thread that serves some
    /// connections itself while all threads in wait() are blocked in handlers.
    Connection* look();
    /// Returns a connection from the ready list for which `is_wanted` is true, or null. Otherwise
    /// like look().
    Connection* take_ready_if(const std::function<bool(const Connection&)>& is_wanted);
    /// Adds a connection that the caller owns to the ready list, for the threads in wait().
    void leave(Connection& connection) { add_ready(slot_of(connection)); }
    /// The number of threads that received a connection from wait() and have not called finish()
    /// yet.
    std::size_t busy() const { return busy_.load(std::memory_order_relaxed); }

    /// Makes all current and later calls of wait() return null.
    void wake_all();

    // Each of the following ends the caller's ownership of a connection.

    /// Until the connection is ready or its deadline has passed. Returns false if it is ready
    /// already; the caller then still owns it.
    [[nodiscard]] bool arm(Connection& connection, Interest interest, Clock::time_point deadline);
    /// Until resume() is called or the deadline has passed or, if `watches_client`, until the
    /// client has closed the connection; wait() then returns it to some thread. Returns false if
    /// the client has closed already; the caller then still owns the connection.
    [[nodiscard]] bool park(Connection& connection, Clock::time_point deadline,
                            bool watches_client);
    /// Destroys the connection and frees its slot.
    void close(Connection& connection);

    /// Makes the connection ready if it is still parked. May be called from any thread. Takes only
    /// the lock of the ready list, under which nothing else is called.
    void resume(std::uint64_t key);

    /// Calls `visit` with each waiting or parked connection whose deadline is before `now`; the
    /// caller owns it from then on. With time_point::max() as `now`, every earlier deadline counts
    /// as passed.
    void claim_due(Clock::time_point now, const std::function<void(Connection&)>& visit);

  private:
    enum class State : std::uint64_t {
        free,
        waiting,
        parked,
        owned,
        /// Owned, while the kernel is told to watch the connection.
        arming,
        /// Owned. The kernel reported the connection before arming had finished.
        ready
    };

    /// Aligned to a cache line, as each slot is changed twice per request by any thread.
    struct alignas(64) Slot {
        /// The generation and the State.
        std::atomic<std::uint64_t> word = 0;
        std::atomic<Clock::rep> deadline = 0;
        std::unique_ptr<Connection> connection;
        /// The next slot of the ready list. Guarded by ready_mutex_.
        Slot* next_ready = nullptr;
    };

    static std::uint64_t word(std::uint64_t generation, State state);
    Slot& slot_of(const Connection& connection);
    static void set(Slot& slot, const Connection& connection, State state);
    bool watch(int operation, const Connection& connection, Interest interest);
    /// Changes to `state` after the kernel was told to watch the connection. Returns false if the
    /// kernel has reported it in the meantime; the caller then still owns the connection.
    bool watch_until(Connection& connection, Interest interest, Clock::time_point deadline,
                     State state);
    Connection* claim(std::uint64_t key);
    void add_ready(Slot& slot);
    Connection* take_ready();
    void wake_one();

    Descriptor epoll_;
    Descriptor wake_;
    std::vector<Slot> slots_;
    std::atomic<std::size_t> open_ = 0;

    /// Each write is reported once, to one of the waiting threads or to the next one that waits.
    Descriptor ready_signal_;
    std::atomic<std::size_t> ready_count_ = 0;
    /// The number of threads that work on a connection from wait().
    std::atomic<std::size_t> busy_ = 0;
    const std::size_t processors_;
    std::mutex ready_mutex_;
    /// The ready list. Guarded by ready_mutex_. Its connections are in state `owned`; the thread
    /// that removes one becomes the owner.
    Slot* first_ready_ = nullptr;
    Slot* last_ready_ = nullptr;

    std::mutex free_mutex_;
    /// Guarded by free_mutex_.
    std::vector<std::size_t> free_;
};

}  // namespace threatatlas::net
