#include "base/io_wait_hook.hpp"

namespace threatatlas {
namespace {

thread_local IoWaitHook* told = nullptr;

}  // namespace

IoWaitHookScope::IoWaitHookScope(IoWaitHook& waits) {
    told = &waits;
}

IoWaitHookScope::~IoWaitHookScope() {
    told = nullptr;
}

IoWaitHook* disk_waits_of_thread() {
    return told;
}

IoWait::IoWait() : told_(told) {
    if (told_ != nullptr) {
        told_->begin();
    }
}

IoWait::~IoWait() {
    if (told_ != nullptr) {
        told_->end();
    }
}

}  // namespace threatatlas
