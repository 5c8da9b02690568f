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

/// All open connections, and who owns each of them.
///
/// A connection belongs to one thread at a time, or to the pool while it waits. Its slot's state
/// says which; whoever changes it from `waiting` or `parked` to `owned` has the connection to
/// itself, and ends that with arm(), park() or close(). The kernel reports each armed connection
/// once (EPOLLONESHOT), to one waiting worker; a report that is out of date finds another state or
/// another generation in the slot and is dropped. It may also find the connection waiting or parked
/// again: whoever is given it has to look. A parked connection whose answer is there needs
/// no report: it goes to a list that workers look at first, so that the answers of one synced
/// write, which come all at once, do not wake a thread each.
class ConnectionPool {
  public:
    enum class Interest { readable, writable, closed };

    /// Throws std::system_error if the kernel has no descriptors left.
    explicit ConnectionPool(std::size_t connections_max);
    ~ConnectionPool();
    ConnectionPool(const ConnectionPool&) = delete;
    ConnectionPool& operator=(const ConnectionPool&) = delete;

    bool full() const { return open() >= slots_.size(); }
    std::size_t open() const { return open_.load(std::memory_order_relaxed); }

    /// Takes a new connection and waits for its first byte. Called by one thread only, the one that
    /// calls claim_due(), and not when full. False if the kernel cannot watch it: it is closed.
    bool add(std::unique_ptr<Connection> connection, Clock::time_point deadline);

    /// Waits for a connection that is ready; it belongs to the caller, who calls finish() when
    /// there is nothing more to do for it now. Null after wake_all().
    Connection* wait();
    void finish();
    /// The caller is going to wait for a client in the middle of a request: ready ones that were
    /// left for the caller are left to others.
    void hand_on();
    /// For a thread that serves some connections itself while the threads in wait() are all held
    /// up. One that the kernel reports just now, or null; it belongs to the caller, who owes no
    /// finish().
    Connection* look();
    /// One of those that are ready for wait() and are wanted, or null; likewise.
    Connection* take_ready_if(const std::function<bool(const Connection&)>& is_wanted);
    /// Leaves a connection that the caller owns to the threads in wait().
    void leave(Connection& connection) { add_ready(slot_of(connection)); }
    /// Threads that have been given a connection and have not finished.
    std::size_t busy() const { return busy_.load(std::memory_order_relaxed); }

    /// From now on wait() returns null on all threads.
    void wake_all();

    // Each gives a connection that the caller owns out of its hands:

    /// Until it is ready or due. False if it is ready already: then it is still the caller's.
    [[nodiscard]] bool arm(Connection& connection, Interest interest, Clock::time_point deadline);
    /// Until resume(), or until the deadline makes it due, or, if `watches_client`, until the
    /// client has closed: then wait() gives it to somebody. False if it has closed already: then
    /// the connection is still the caller's.
    [[nodiscard]] bool park(Connection& connection, Clock::time_point deadline,
                            bool watches_client);
    void close(Connection& connection);

    /// A parked connection is ready, if it is parked still. From any thread; takes no lock but that
    /// of the list, under which nothing else is called.
    void resume(std::uint64_t key);

    /// Gives the caller, one by one, each waiting or parked connection whose deadline is before
    /// `now`. A deadline before time_point::max() always is.
    void claim_due(Clock::time_point now, const std::function<void(Connection&)>& visit);

  private:
    enum class State : std::uint64_t {
        free,
        waiting,
        parked,
        owned,
        /// Owned, on the way to `waiting`: the kernel is being told.
        arming,
        /// Owned: the kernel has reported it before `arming` was over.
        ready
    };

    /// On a cache line of its own: each is changed twice a request, by any thread.
    struct alignas(64) Slot {
        /// Generation and State.
        std::atomic<std::uint64_t> word = 0;
        std::atomic<Clock::rep> deadline = 0;
        std::unique_ptr<Connection> connection;
        /// While it is in the list of those that are ready: guarded by ready_mutex_.
        Slot* next_ready = nullptr;
    };

    static std::uint64_t word(std::uint64_t generation, State state);
    Slot& slot_of(const Connection& connection);
    void set(Slot& slot, const Connection& connection, State state);
    bool watch(int operation, const Connection& connection, Interest interest);
    /// Gives the connection into this state once the kernel watches it. False if it has reported it
    /// already.
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

    /// Reported once for each write to it: to one of the threads that wait, or else to the next.
    Descriptor ready_signal_;
    std::atomic<std::size_t> ready_count_ = 0;
    /// Threads that wait() has given something to do.
    std::atomic<std::size_t> busy_ = 0;
    const std::size_t processors_;
    std::mutex ready_mutex_;
    /// Guarded by ready_mutex_. The connections are owned, by whoever takes them out.
    Slot* first_ready_ = nullptr;
    Slot* last_ready_ = nullptr;

    std::mutex free_mutex_;
    /// Guarded by free_mutex_.
    std::vector<std::size_t> free_;
};

}  // namespace threatatlas::net
