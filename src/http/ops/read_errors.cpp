#include "http/ops/read_errors.hpp"

#include "http/ops/service_limits.hpp"

namespace threatatlas::ops {

void ReadErrors::note() {
    newest_micros_ = clock_().time_since_epoch().count();
    ++count_;
    is_end_awaited_ = true;
}

bool ReadErrors::take_end() {
    if (!is_end_awaited_ || is_recent() || !is_end_awaited_.exchange(false)) {
        return false;
    }
    // An error may have been noted in between.
    if (is_recent()) {
        is_end_awaited_ = true;
        return false;
    }
    return true;
}

bool ReadErrors::is_recent() const {
    const std::int64_t newest = newest_micros_;
    if (newest == never) {
        return false;
    }
    const auto age = clock_() - base::Instant{std::chrono::microseconds{newest}};
    return age.count() >= 0 && age < limits::read_error_shown;
}

}  // namespace threatatlas::ops
