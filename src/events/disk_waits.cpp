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

}  // namespace threatatlas
