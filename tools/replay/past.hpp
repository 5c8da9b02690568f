#pragma once

// One product at a moment of the past, folded from its events.

#include <optional>
#include <string_view>

#include "projections/memory_tables.hpp"
#include "projections/query/product_model.hpp"
#include "replay/transactions.hpp"

namespace threatatlas {

// Up to where the log is taken in; neither = all of it.
struct Cut {
    std::optional<Instant> until;         // transactions recorded then or before
    bool until_end_of_day = false;        // `until` was given as a date
    std::optional<Position> at_position;  // transactions that end there or before

    bool takes_in(const ReplayedTransaction& transaction) const;
};

// An instant or a date, as --as-of and --to take them: a date means the end of that day. Throws
// UsageError naming `option`.
Cut parse_cut(std::string_view option, std::string_view text);
// The same as --from takes them: a date means the start of that day.
Cut parse_range_start_cut(std::string_view option, std::string_view text);

// The moment that a cut means, once all that it takes in was read: now where it names none, or a
// day that is not over. Now is the wall clock, or the newest time that was read where that is
// later. Throws UsageError where the moment lies in the future or beyond the log.
Instant settle(const Cut& cut, const LogEnd& read_up_to, Instant wall_clock);

class ProductPast {
  public:
    // The source is the caller's and outlives this. `wall_clock` is the time of the question. With
    // Members::of_posture nobody asks for model(), or for more of events than bears on it.
    ProductPast(LogSource& source, ProductId product, Instant wall_clock,
                Members members = Members::all);

    ProductPast(const ProductPast&) = delete;
    ProductPast& operator=(const ProductPast&) = delete;

    // Folds the product's next transaction, if the cut takes it in; else null. Good until the next
    // call.
    const ReplayedTransaction* step(const Cut& cut);
    // Folds all that the cut takes in.
    void advance(const Cut& cut);

    // After all that the cut takes in was folded.
    Instant settle(const Cut& cut) const {
        return threatatlas::settle(cut, stream_.read_up_to(), wall_clock_);
    }

    // Whether the log has the product at all, though perhaps only later.
    bool is_known() const { return ahead_ != nullptr || product() != nullptr; }
    // What has been folded so far; nothing where the product was not registered by then.
    const Product* product() const;
    const HistoryStep& newest_step() const { return newest_step_; }
    // As of `instant`, which settle() gave.
    std::optional<ProductModel> model(Instant instant) const;

    // The same for a product that must be there and not archived. Throws UsageError that says when
    // it was registered or archived.
    ProductAt require_state(Instant instant) const;

    // Says why the product is not there at the moment reached.
    [[noreturn]] void refuse_absent() const;

  private:
    const ProductId product_;
    const Instant wall_clock_;
    TransactionStream stream_;
    const ReplayedTransaction* ahead_;  // null at the end
    bool ahead_is_folded_ = false;
    HistoryStep newest_step_;
    MemoryTables tables_;
};

}  // namespace threatatlas
