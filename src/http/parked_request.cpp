#include "http/parked_request.hpp"

#include <utility>

#include <poll.h>

#include "http/connection_pool.hpp"

namespace threatatlas {
namespace {

// Whether the client has closed its connection, or its sending half of it.
bool has_closed(int descriptor) {
    pollfd socket{descriptor, POLLRDHUP, 0};
    return descriptor >= 0 && ::poll(&socket, 1, 0) > 0;
}

}  // namespace

bool ParkedRequest::complete(Completion completion, std::shared_ptr<void> held) const {
    return state_->complete(std::move(completion), std::move(held));
}

bool ParkedRequest::is_awaited() const {
    return state_->is_awaited();
}

bool ParkedRequest::State::is_awaited() {
    const std::lock_guard lock(mutex_);
    return pool_ != nullptr && !answered_ && !has_closed(descriptor_);
}

bool ParkedRequest::State::complete(Completion completion, std::shared_ptr<void> held) {
    const std::lock_guard lock(mutex_);
    if (pool_ == nullptr || answered_) {
        return false;
    }
    answered_ = true;
    completion_ = std::move(completion);
    held_ = std::move(held);
    if (parked_) {
        pool_->resume(key_);
    }
    return true;
}

bool ParkedRequest::State::settle(Connection& connection) {
    const std::lock_guard lock(mutex_);
    if (!answered_) {
        key_ = connection.key;
        descriptor_ = connection.descriptor();
        parked_ = true;
        pool_->park(connection, deadline_);
    }
    return !answered_;
}

void ParkedRequest::State::give_up() {
    const std::lock_guard lock(mutex_);
    if (!std::exchange(answered_, true)) {
        completion_ = otherwise_;
    }
}

Completion ParkedRequest::State::take() {
    const std::lock_guard lock(mutex_);
    return std::move(completion_);
}

std::shared_ptr<void> ParkedRequest::State::take_held() {
    const std::lock_guard lock(mutex_);
    return std::move(held_);
}

void ParkedRequest::State::abandon() {
    const std::lock_guard lock(mutex_);
    pool_ = nullptr;
}

}  // namespace threatatlas
