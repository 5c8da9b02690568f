#pragma once

/// One product at a moment of the past, folded from its events.

#include <optional>
#include <string_view>

#include "projections/memory_tables.hpp"
#include "projections/query/import_state.hpp"
#include "projections/query/policies.hpp"
#include "projections/query/product_model.hpp"
#include "replay/transactions.hpp"

namespace threatatlas::replay {

/// The end of the events to read; without both members, the whole log.
struct Cut {
    std::optional<base::Instant> until;   ///< transactions recorded at or before this instant
    bool until_end_of_day = false;        ///< `until` was a date
    std::optional<Position> at_position;  ///< transactions that end at or before this position

    bool takes_in(const ReplayedTransaction& transaction) const;
};

/// Parses the value of --as-of or --to: an instant, or a date for the end of that day. Throws
/// UsageError with the name `option`.
Cut parse_cut(std::string_view option, std::string_view text);
/// Parses the value of --baseline: the same, or position:N.
Cut parse_baseline(std::string_view text);
/// Parses the value of --from: an instant, or a date for the start of that day.
Cut parse_range_start_cut(std::string_view option, std::string_view text);

/// The moment of a cut, after its events were read from a stream that was asked for its position.
/// That is now if the cut names no moment or a day that is not over. Now is `wall_clock` or, if
/// later, the time of the newest event read. Throws UsageError if the moment is in the future or
/// after the end of the log.
base::Instant resolve_moment(const Cut& cut, const TransactionStream& stream,
                             base::Instant wall_clock);

class ProductPast {
  public:
    /// `source` must outlive this object. `wall_clock` is the time of the request, `at_position`
    /// the position of the cuts, if they have one. With Members::of_posture, model() has no texts,
    /// and events contain only what the posture needs.
    ProductPast(LogSource& source, ProductId product, base::Instant wall_clock,
                std::optional<Position> at_position = std::nullopt,
                events::Members members = events::Members::all);

    ProductPast(const ProductPast&) = delete;
    ProductPast& operator=(const ProductPast&) = delete;

    /// Folds the product's next transaction within the cut; null if there is none. Valid until the
    /// next call.
    const ReplayedTransaction* step(const Cut& cut);
    /// Folds all transactions within the cut.
    void advance(const Cut& cut);

    /// Call it after advance(cut).
    base::Instant resolve(const Cut& cut) const {
        return resolve_moment(cut, stream_, wall_clock_);
    }

    /// True if the log contains the product, perhaps only later.
    bool is_known() const { return ahead_ != nullptr || product() != nullptr; }
    /// The product as folded so far; null if it is not registered yet.
    const projections::Product* product() const;
    const query::HistoryStep& newest_step() const { return newest_step_; }
    /// As of `instant`, which resolve() returned.
    std::optional<query::ProductModel> model(base::Instant instant) const;
    /// The same with what imports saw.
    std::optional<query::ImportState> import_state(base::Instant instant) const;

    /// The same for a product that must exist and not be archived. Throws UsageError with the time
    /// of its registration or archiving.
    query::ProductAt require_state(base::Instant instant) const;
    /// The same with the policies that apply, and the threats if there are any policies or a
    /// baseline; the baselines themselves are not read. Throws UsageError for a choice that cannot
    /// be followed.
    query::ProductAt require_judged(base::Instant instant, const query::PolicyChoice& choice) const;

    /// See query::policy_moment(). The product must exist, and the log be read up to `now`.
    std::optional<base::Instant> policy_moment(base::Instant now,
                                               const query::PolicyChoice& choice) const;

    /// Throws UsageError with the reason why the product does not exist at the current moment.
    [[noreturn]] void refuse_absent() const;

  private:
    void read_ahead();

    const ProductId product_;
    const base::Instant wall_clock_;
    TransactionStream stream_;
    const ReplayedTransaction* ahead_ = nullptr;  // null at the end
    bool ahead_is_folded_ = false;
    query::HistoryStep newest_step_;
    projections::MemoryTables tables_;
};

}  // namespace threatatlas::replay
