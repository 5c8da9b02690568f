#include "events/disk_waits.hpp"

namespace threatatlas {
namespace {

thread_local DiskWaits* told = nullptr;

}  // namespace

TellsDiskWaits::TellsDiskWaits(DiskWaits& waits) {
    told = &waits;
}

TellsDiskWaits::~TellsDiskWaits() {
    told = nullptr;
}

DiskWaits* disk_waits_of_thread() {
    return told;
}

DiskWait::DiskWait() : told_(told) {
    if (told_ != nullptr) {
        told_->begin();
    }
}

DiskWait::~DiskWait() {
    if (told_ != nullptr) {
        told_->end();
    }
}

}  // namespace threatatlas
