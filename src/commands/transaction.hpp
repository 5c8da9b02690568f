#pragma once

/// @file
/// The transaction of a command that is being decided.

#include <string>
#include <string_view>

#include "base/lines.hpp"
#include "commands/decide.hpp"

namespace threatatlas::commands {

/// Assigns position, time and id to events, folds them into the overlay and collects their lines.
/// Also contains the refusals shared by several kinds of items. For use by one thread.
class Transaction {
  public:
    /// The first three arguments must outlive the transaction. Reuses the memory of `memory` for
    /// the lines; its contents are discarded.
    Transaction(projections::Overlay& overlay, const Command& command,
                const TransactionContext& context, base::Lines memory);

    projections::Overlay& overlay() { return overlay_; }
    const Command& command() const { return command_; }
    base::Instant time() const { return context_.time; }
    base::Instant judged_at() const { return context_.judged_at(); }

    /// Begins an item; the following events get its reason and other attributes. Throws Refusal if
    /// its occurred_at is too far in the future.
    void begin(const Item& item);

    /// Allows the item to record no event although it has a reason or on_behalf_of: the state is
    /// already as requested.
    void leave_unchanged() { needs_event_for_reason_ = false; }

    /// Ends the item. Throws Refusal if it recorded no event but has a reason or on_behalf_of,
    /// which would be lost because they are recorded only with events.
    void end() const;

    /// Returns the id after `highest`, the highest id in use. `what` names the kind of object;
    /// `field` is the field in which a client can choose an id, empty if there is none. Throws
    /// Refusal if no id is left.
    std::uint64_t drawn_id(std::uint64_t highest, std::string_view what,
                           std::string_view field = {}) const;

    /// Records one event of the product (0 for token events). Throws Refusal if its line would be
    /// too long.
    void emit(ProductId product_id, events::EventData data);

    /// The product, threat or mitigation that is to be changed. Throws Refusal if it does not exist
    /// or was removed. The reference is valid until the next emit().
    const projections::Product& require_product(ProductId product_id);
    const projections::Threat& require_threat(ThreatId threat_id);
    const projections::Mitigation& require_mitigation(MitigationId mitigation_id);

    /// Throws Refusal because the member `field` of the item's data is not valid.
    [[noreturn]] void refuse(std::string_view field, const std::string& detail) const;
    /// Throws Refusal if the item sets a status that requires a reason and has none. Items of bulk
    /// writes need no reason.
    void require_reason(events::ThreatStatus status) const;
    /// Like refuse(), for an id that is already in use.
    [[noreturn]] void refuse_conflict(std::string_view field, const std::string& detail) const;

    std::size_t event_count() const { return lines_.size(); }
    Position last_position() const { return context_.next_position + lines_.size() - 1; }
    base::Lines take_lines() { return std::move(lines_); }
    const Item& item() const { return *item_; }

  private:
    void require_bounds() const;
    [[noreturn]] void refuse_absent(std::string_view what, std::string_view field,
                                    std::uint64_t id) const;
    [[noreturn]] void refuse_future(const Item& item) const;
    [[noreturn]] void refuse_long_line(const events::Event& event) const;
    std::string pointer_to(std::string_view field) const;
    /// The JSON pointer to a member outside of the data.
    std::string pointer_to_attribute(std::string_view name) const;

    projections::Overlay& overlay_;
    const Command& command_;
    const TransactionContext& context_;
    const Item* item_ = nullptr;
    std::size_t events_before_item_ = 0;
    bool needs_event_for_reason_ = true;
    base::Lines lines_;
    events::Event event_;  ///< the newest event; shared members stay set
};

}  // namespace threatatlas::commands
