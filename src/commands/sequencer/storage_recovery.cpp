#include "commands/sequencer/storage_recovery.hpp"

#include <cstddef>
#include <utility>

#include <fmt/format.h>

#include "events/store/data_directory.hpp"

namespace threatatlas::sequencer {
namespace {

/// The free space that is required before the store is reopened.
constexpr std::size_t free_bytes_wanted = std::size_t{4} << 20U;

}  // namespace

std::optional<std::string> StorageRecovery::directory_fault() const {
    const std::lock_guard lock(mutex_);
    return directory_fault_;
}

void StorageRecovery::report(const std::exception& error) {
    faults_.fetch_add(1, std::memory_order_relaxed);
    if (environment_.report_fault) {
        environment_.report_fault(error.what());
    }
}

bool StorageRecovery::is_directory_lost() {
    auto fault = store_.directory_fault();
    const bool is_lost = fault.has_value();
    bool is_news = false;
    {
        const std::lock_guard lock(mutex_);
        is_news = is_lost && !directory_fault_;
        directory_fault_ = std::move(fault);
    }
    if (is_news) {
        try {
            store_.require_own_directory();
        } catch (const store::StorageError& error) {
            report(error);
        }
    }
    return is_lost;
}

bool StorageRecovery::find_fault() {
    if (is_failing()) {
        return false;
    }
    const auto fault = store_.background_fault();
    if (fault) {
        report(store::StorageError("writing tables out or merging them: " + *fault));
    }
    // A lost directory is often the cause of the other fault, and says more to the operator.
    const bool is_lost = is_directory_lost();
    if (!fault && !is_lost) {
        return false;
    }
    fail();
    return true;
}

void StorageRecovery::try_reopen(const std::function<void(const events::LogEnd&)>& resume) {
    try {
        if (is_directory_lost() || !store::has_room(store_.own_data(), free_bytes_wanted)) {
            return;
        }
        store_.reopen();
        if (sealer_ != nullptr) {
            sealer_->catch_up();
        }
        const store::ReadView view(store_);
        access_.load(view);
        const events::LogEnd end = events::end_of_log(view);
        resume(end);
        is_failing_.store(false, std::memory_order_release);
        report_recovery(end);
    } catch (const std::exception& error) {
        report(error);
    }
}

void StorageRecovery::report_recovery(const events::LogEnd& end) const {
    if (environment_.report_recovery) {
        environment_.report_recovery(
            "storage", fmt::format("The store was opened again: the log ends at position {}, and "
                                   "writes are taken.",
                                   end.position));
    }
}

}  // namespace threatatlas::sequencer
