#include "http/net/connection_pool.hpp"

#include <cerrno>
#include <limits>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <system_error>
#include <thread>
#include <utility>

namespace threatatlas::net {
namespace {

/// The keys that the kernel reports for wake_all() and wake_one(). No slot has these indexes.
constexpr std::uint64_t wake_key = std::numeric_limits<std::uint64_t>::max();
constexpr std::uint64_t ready_key = wake_key - 1;
constexpr std::uint64_t index_mask = 0xffff'ffff;
constexpr unsigned generation_shift = 32;
constexpr unsigned state_bits = 8;

Descriptor checked(int descriptor) {
    if (descriptor < 0) {
        throw std::system_error(errno, std::system_category());
    }
    return Descriptor(descriptor);
}

}  // namespace

ConnectionPool::ConnectionPool(std::size_t connections_max)
    : epoll_(checked(::epoll_create1(EPOLL_CLOEXEC))),
      wake_(checked(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK))),
      slots_(connections_max),
      ready_signal_(checked(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK))),
      processors_(std::thread::hardware_concurrency()) {
    for (std::size_t index = connections_max; index > 0; --index) {
        free_.push_back(index - 1);
    }
    const auto add_signal = [this](const Descriptor& signal, std::uint32_t events,
                                   std::uint64_t key) {
        epoll_event event{};
        event.events = events;
        event.data.u64 = key;
        if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, signal.get(), &event) != 0) {
            throw std::system_error(errno, std::system_category());
        }
    };
    add_signal(wake_, EPOLLIN, wake_key);
    add_signal(ready_signal_, EPOLLIN | EPOLLET, ready_key);
}

ConnectionPool::~ConnectionPool() = default;

std::uint64_t ConnectionPool::word(std::uint64_t generation, State state) {
    return generation << state_bits | static_cast<std::uint64_t>(state);
}

ConnectionPool::Slot& ConnectionPool::slot_of(const Connection& connection) {
    return slots_[connection.key & index_mask];
}

void ConnectionPool::set(Slot& slot, const Connection& connection, State state) {
    slot.word.store(word(connection.key >> generation_shift, state), std::memory_order_release);
}

bool ConnectionPool::watch(int operation, const Connection& connection, Interest interest) {
    epoll_event event{};
    event.events = EPOLLONESHOT;
    switch (interest) {
        case Interest::readable:
            event.events |= EPOLLIN;
            break;
        case Interest::writable:
            event.events |= EPOLLOUT;
            break;
        case Interest::closed:
            event.events |= EPOLLRDHUP;
            break;
    }
    event.data.u64 = connection.key;
    return ::epoll_ctl(epoll_.get(), operation, connection.descriptor(), &event) == 0;
}

bool ConnectionPool::add(std::unique_ptr<Connection> connection, Clock::time_point deadline) {
    std::size_t index = 0;
    {
        const std::lock_guard lock(free_mutex_);
        index = free_.back();
        free_.pop_back();
    }
    auto& slot = slots_[index];
    const auto generation = slot.word.load(std::memory_order_relaxed) >> state_bits;
    connection->key = generation << generation_shift | index;
    slot.connection = std::move(connection);
    slot.deadline.store(deadline.time_since_epoch().count(), std::memory_order_relaxed);
    open_.fetch_add(1, std::memory_order_relaxed);
    auto& added = *slot.connection;
    // Until the kernel watches the connection, only claim_due() could claim it, and that is called
    // by this thread.
    set(slot, added, State::waiting);
    if (!watch(EPOLL_CTL_ADD, added, Interest::readable)) {
        set(slot, added, State::owned);
        close(added);
        return false;
    }
    return true;
}

Connection* ConnectionPool::wait() {
    for (;;) {
        if (auto* const connection = take_ready()) {
            return connection;
        }
        epoll_event event{};
        // Only one event: a second connection would have to wait for the handler of the first one.
        if (::epoll_wait(epoll_.get(), &event, 1, -1) != 1 || event.data.u64 == ready_key) {
            continue;
        }
        if (event.data.u64 == wake_key) {
            return nullptr;
        }
        if (auto* const connection = claim(event.data.u64)) {
            busy_.fetch_add(1);
            return connection;
        }
    }
}

Connection* ConnectionPool::look() {
    epoll_event event{};
    while (::epoll_wait(epoll_.get(), &event, 1, 0) == 1) {
        if (event.data.u64 == wake_key) {
            return nullptr;
        }
        if (event.data.u64 == ready_key) {
            wake_one();  // the event was meant for a thread in wait()
            return nullptr;
        }
        if (auto* const connection = claim(event.data.u64)) {
            return connection;
        }
    }
    return nullptr;
}

Connection* ConnectionPool::take_ready_if(const std::function<bool(const Connection&)>& is_wanted) {
    const std::lock_guard lock(ready_mutex_);
    Slot* before = nullptr;
    for (Slot* slot = first_ready_; slot != nullptr; before = slot, slot = slot->next_ready) {
        if (!is_wanted(*slot->connection)) {
            continue;
        }
        (before == nullptr ? first_ready_ : before->next_ready) = slot->next_ready;
        if (last_ready_ == slot) {
            last_ready_ = before;
        }
        ready_count_.fetch_sub(1);
        return slot->connection.get();
    }
    return nullptr;
}

void ConnectionPool::finish() {
    busy_.fetch_sub(1);
}

void ConnectionPool::hand_on() {
    if (ready_count_.load() > 0) {
        wake_one();
    }
}

Connection* ConnectionPool::take_ready() {
    if (ready_count_.load() == 0) {
        return nullptr;
    }
    Slot* slot = nullptr;
    bool more = false;
    {
        const std::lock_guard lock(ready_mutex_);
        slot = first_ready_;
        if (slot == nullptr) {
            return nullptr;
        }
        first_ready_ = slot->next_ready;
        more = ready_count_.fetch_sub(1) > 1;
    }
    const std::size_t busy = busy_.fetch_add(1) + 1;
    // With more threads than processors, the threads would only compete for them. Busy threads
    // check the list when they have finished.
    if (more && busy < processors_) {
        wake_one();
    }
    return slot->connection.get();
}

void ConnectionPool::add_ready(Slot& slot) {
    bool first = false;
    {
        const std::lock_guard lock(ready_mutex_);
        slot.next_ready = nullptr;
        first = ready_count_.fetch_add(1) == 0;
        (first ? first_ready_ : last_ready_->next_ready) = &slot;
        last_ready_ = &slot;
    }
    if (first) {  // a thread that takes a connection wakes the next thread
        wake_one();
    }
}

void ConnectionPool::wake_one() {
    ::eventfd_write(ready_signal_.get(), 1);
}

void ConnectionPool::wake_all() {
    ::eventfd_write(wake_.get(), 1);
}

Connection* ConnectionPool::claim(std::uint64_t key) {
    const auto generation = key >> generation_shift;
    auto& slot = slots_[key & index_mask];
    for (;;) {
        auto seen = word(generation, State::waiting);
        if (slot.word.compare_exchange_strong(seen, word(generation, State::owned),
                                              std::memory_order_acquire,
                                              std::memory_order_relaxed)) {
            return slot.connection.get();
        }
        if (seen == word(generation, State::parked)) {
            if (slot.word.compare_exchange_strong(seen, word(generation, State::owned),
                                                  std::memory_order_acquire,
                                                  std::memory_order_relaxed)) {
                return slot.connection.get();
            }
            continue;
        }
        if (seen != word(generation, State::arming)) {
            return nullptr;
        }
        // The arming thread then finds out that the connection is ready, unless it has finished
        // arming in the meantime.
        if (slot.word.compare_exchange_strong(seen, word(generation, State::ready),
                                              std::memory_order_acq_rel)) {
            return nullptr;
        }
    }
}

bool ConnectionPool::arm(Connection& connection, Interest interest, Clock::time_point deadline) {
    return watch_until(connection, interest, deadline, State::waiting);
}

bool ConnectionPool::watch_until(Connection& connection, Interest interest,
                                 Clock::time_point deadline, State state) {
    auto& slot = slot_of(connection);
    slot.deadline.store(deadline.time_since_epoch().count(), std::memory_order_relaxed);
    // In state `arming`, no other thread can close the descriptor that is passed to the kernel.
    set(slot, connection, State::arming);
    watch(EPOLL_CTL_MOD, connection, interest);
    const auto generation = connection.key >> generation_shift;
    auto arming = word(generation, State::arming);
    if (slot.word.compare_exchange_strong(arming, word(generation, state),
                                          std::memory_order_acq_rel)) {
        return true;
    }
    set(slot, connection, State::owned);
    return false;
}

bool ConnectionPool::park(Connection& connection, Clock::time_point deadline, bool watches_client) {
    if (watches_client) {
        return watch_until(connection, Interest::closed, deadline, State::parked);
    }
    auto& slot = slot_of(connection);
    slot.deadline.store(deadline.time_since_epoch().count(), std::memory_order_relaxed);
    set(slot, connection, State::parked);
    return true;
}

void ConnectionPool::resume(std::uint64_t key) {
    const auto generation = key >> generation_shift;
    auto& slot = slots_[key & index_mask];
    auto parked = word(generation, State::parked);
    if (slot.word.compare_exchange_strong(parked, word(generation, State::owned),
                                          std::memory_order_acq_rel)) {
        add_ready(slot);
    }
}

void ConnectionPool::close(Connection& connection) {
    const auto key = connection.key;
    auto& slot = slot_of(connection);
    slot.connection.reset();
    slot.word.store(word(((key >> generation_shift) + 1) & index_mask, State::free),
                    std::memory_order_release);
    const std::lock_guard lock(free_mutex_);
    free_.push_back(key & index_mask);
    open_.fetch_sub(1, std::memory_order_relaxed);
}

void ConnectionPool::claim_due(Clock::time_point now,
                               const std::function<void(Connection&)>& visit) {
    for (auto& slot : slots_) {
        auto seen = slot.word.load(std::memory_order_relaxed);
        const auto state = static_cast<State>(seen & ((1U << state_bits) - 1));
        if (state != State::waiting && state != State::parked) {
            continue;
        }
        if (slot.deadline.load(std::memory_order_relaxed) >= now.time_since_epoch().count()) {
            continue;
        }
        if (slot.word.compare_exchange_strong(seen, word(seen >> state_bits, State::owned),
                                              std::memory_order_acquire,
                                              std::memory_order_relaxed)) {
            visit(*slot.connection);
        }
    }
}

}  // namespace threatatlas::net
