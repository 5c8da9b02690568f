#include "base/io_wait_hook.hpp"

namespace threatatlas::base {
namespace {

thread_local IoWaitHook* thread_hook = nullptr;

}  // namespace

IoWaitHookScope::IoWaitHookScope(IoWaitHook& hook) {
    thread_hook = &hook;
}

IoWaitHookScope::~IoWaitHookScope() {
    thread_hook = nullptr;
}

IoWaitHook* io_wait_hook_of_thread() {
    return thread_hook;
}

IoWait::IoWait() : hook_(thread_hook) {
    if (hook_ != nullptr) {
        hook_->begin();
    }
}

IoWait::~IoWait() {
    if (hook_ != nullptr) {
        hook_->end();
    }
}

}  // namespace threatatlas::base
