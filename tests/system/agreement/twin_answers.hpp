#pragma once

// Expected responses of the API and the replay tool, derived from the slow twin and the text of the
// contract. Shares no code with the views, the verdict, the timeline or the diff.

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "support/twin.hpp"

namespace threatatlas::testing {

using OrderedJson = nlohmann::ordered_json;

/// A product's state after one of its transactions.
struct TwinState {
    base::Instant time{};
    Position last_position = 0;
    TwinProduct product;
};

/// A complete log, interpreted by the slow twin.
class TwinLog {
  public:
    /// `lines`: the lines of a log, each with its newline.
    explicit TwinLog(const std::string& lines);

    const Twin& twin() const { return twin_; }
    const std::vector<events::Event>& events() const { return events_; }
    std::vector<ProductId> products() const;
    /// The last state at or before an instant, if there is one.
    const TwinState* state_at(ProductId product, base::Instant instant) const;
    /// The last state that ends at or before a position, if there is one.
    const TwinState* state_at_position(ProductId product, Position position) const;
    /// The moment of a position: the time of the transaction that ends there or, within a
    /// transaction, the last instant before it. The position must exist.
    base::Instant instant_at_position(Position position) const;
    const std::vector<TwinState>& states(ProductId product) const { return states_.at(product); }

  private:
    Twin twin_;
    std::vector<events::Event> events_;
    std::map<ProductId, std::vector<TwinState>> states_;
};

/// Threats of severity high or critical that are neither mitigated nor covered.
std::uint64_t twin_unmitigated_high(const projections::ThreatCounts& counts);
/// The counts of a product.
OrderedJson twin_summary(const projections::Posture& posture);
OrderedJson twin_posture(ProductId id, const TwinProduct& product);
OrderedJson twin_threats(ProductId id, const TwinProduct& product);
OrderedJson twin_mitigations(ProductId id, const TwinProduct& product);
/// A point after each transaction with from <= time <= to.
OrderedJson twin_changes(const std::vector<TwinState>& states, base::Instant from,
                         base::Instant to);
/// Points at from + k hours, and at `to`.
OrderedJson twin_hours(const std::vector<TwinState>& states, base::Instant from, base::Instant to);
/// `before` is null if the product did not exist yet.
OrderedJson twin_diff(ProductId id, base::Instant from, const TwinState* before, base::Instant to,
                      const TwinState& after);

}  // namespace threatatlas::testing
