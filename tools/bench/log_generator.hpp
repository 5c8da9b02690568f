#pragma once

/// Generated logs of any length: many small products, a few large ones, bursts, long texts. The
/// same seed and length always give the same lines.
///
/// Three products are used by the rows of the table:
///   small_product  10 threats, unchanged afterwards
///   huge_product   100,000 threats, or a fifth of the log if that is less
///   long_product   10 threats, and every tenth event of the log, one per transaction

#include <span>
#include <vector>

#include "events/event.hpp"
#include "product_history.hpp"

namespace threatatlas::bench {

inline constexpr ProductId small_product = 1;
inline constexpr ProductId huge_product = 2;
inline constexpr ProductId long_product = 3;

/// Every log begins and ends at these instants, regardless of its length.
inline constexpr base::Instant log_begins{std::chrono::sys_days{std::chrono::year{2024} / 1 / 1}};
inline constexpr base::Instant log_ends{std::chrono::sys_days{std::chrono::year{2026} / 1 / 1}};

class LogGenerator {
  public:
    LogGenerator(std::uint64_t seed, Position events);

    /// The events of the next transaction; empty at the end. Valid until the next call.
    std::span<const events::Event> next_transaction();

  private:
    void open_special_product(ProductId id);
    void grow_huge_product();
    void live_on();
    ProductHistory& any_product();
    void import_model(ProductHistory& product, std::uint64_t facts);
    void add(ProductHistory& product, events::EventData data);

    Random random_;
    const Position events_;
    const std::uint64_t huge_threats_;
    const std::uint64_t products_due_;  // by the end of the log
    Position position_ = 0;
    std::uint64_t long_product_changes_ = 0;
    std::uint64_t burst_left_ = 0;
    std::size_t burst_product_ = 0;
    std::vector<ProductHistory> products_;  // by id, from 1
    std::vector<events::Event> transaction_;
};

}  // namespace threatatlas::bench
