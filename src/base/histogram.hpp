#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace threatatlas::base {

/// Counts values by bucket. `bounds` are the inclusive upper bounds of the buckets in ascending
/// order; one more bucket without an upper bound follows them. `Number` is std::uint64_t if the
/// caller synchronizes, or std::atomic<std::uint64_t> for use from any thread.
template <auto bounds, class Number = std::uint64_t>
class Histogram {
  public:
    static constexpr auto& upper_bounds = bounds;
    static constexpr std::size_t bucket_count = bounds.size() + 1;

    /// Counts a value.
    void add(std::uint64_t value) {
        const auto bound = std::lower_bound(bounds.begin(), bounds.end(), value);
        raise(buckets_[static_cast<std::size_t>(bound - bounds.begin())], 1);
        raise(sum_, value);
    }

    /// Count of a single bucket, not cumulative.
    std::uint64_t bucket(std::size_t index) const { return read(buckets_[index]); }
    std::uint64_t sum() const { return read(sum_); }
    std::uint64_t count() const {
        std::uint64_t count = 0;
        for (const Number& bucket : buckets_) {
            count += read(bucket);
        }
        return count;
    }

  private:
    static void raise(std::uint64_t& number, std::uint64_t by) { number += by; }
    static void raise(std::atomic<std::uint64_t>& number, std::uint64_t by) {
        number.fetch_add(by, std::memory_order_relaxed);
    }
    static std::uint64_t read(std::uint64_t number) { return number; }
    static std::uint64_t read(const std::atomic<std::uint64_t>& number) {
        return number.load(std::memory_order_relaxed);
    }

    std::array<Number, bucket_count> buckets_{};
    Number sum_{0};
};

}  // namespace threatatlas::base
