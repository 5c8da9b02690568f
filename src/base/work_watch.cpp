#include "base/work_watch.hpp"

namespace threatatlas::base {
namespace {

thread_local WorkWatch* watching = nullptr;

}  // namespace

WorkWatchScope::WorkWatchScope(WorkWatch& watch) {
    watching = &watch;
}

WorkWatchScope::~WorkWatchScope() {
    watching = nullptr;
}

void note_row_of_work() {
    if (watching != nullptr) {
        watching->note_row();
    }
}

void expect_bytes_of_work(std::size_t bytes) {
    if (watching != nullptr) {
        watching->expect_bytes(bytes);
    }
}

}  // namespace threatatlas::base
