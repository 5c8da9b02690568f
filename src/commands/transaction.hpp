#pragma once

// One transaction while it is being decided: gives events their position, time and id, folds them
// into the overlay and keeps their lines. And the refusals that deciding has in common.

#include <string>
#include <string_view>

#include "base/lines.hpp"
#include "commands/decide.hpp"

namespace threatatlas {

class Transaction {
  public:
    // The first three are the caller's and outlive the transaction. The lines are written into
    // `room`; what it held is let go.
    Transaction(Overlay& overlay, const Command& command, const TransactionContext& context,
                Lines room);

    Overlay& overlay() { return overlay_; }
    const Command& command() const { return command_; }
    Instant time() const { return context_.time; }
    Instant judged_at() const { return context_.judged_at(); }

    // The item that is being decided; its remarks go to the events that follow.
    void begin(const Item& item);

    // Ends an item of which everything is recorded. Throws Refusal if it changed nothing and gave a
    // reason, or a person behind it: these are recorded with events only, and would be lost.
    void end() const;

    // The id after `highest`, the highest one in use. `what` it is the id of, and the `field` in
    // which a sender can choose one; empty = it cannot. Throws Refusal if there is no further id.
    std::uint64_t drawn_id(std::uint64_t highest, std::string_view what,
                           std::string_view field = {}) const;

    // Records one event of the product (0 for token events). Throws Refusal where its line would be
    // too long.
    void emit(ProductId product_id, EventData data);

    // The product, for a change of it. Throws Refusal where there is none, or none any more. Good
    // until the next emit().
    const Product& require_product(ProductId product_id);
    const Threat& require_threat(ThreatId threat_id);
    const Mitigation& require_mitigation(MitigationId mitigation_id);

    // A rule that the item breaks, in the member `field` of its data.
    [[noreturn]] void refuse(std::string_view field, const std::string& detail) const;
    // Throws Refusal unless the item gives a reason for the status that it sets. Items of many
    // facts may go without.
    void require_reason(ThreatStatus status) const;
    // The same as refuse() where an id is taken already.
    [[noreturn]] void refuse_conflict(std::string_view field, const std::string& detail) const;

    std::size_t event_count() const { return lines_.size(); }
    Position last_position() const { return context_.next_position + lines_.size() - 1; }
    Lines take_lines() { return std::move(lines_); }
    const Item& item() const { return *item_; }

  private:
    void require_bounds() const;
    [[noreturn]] void refuse_absent(std::string_view what, std::string_view field,
                                    std::uint64_t id) const;
    [[noreturn]] void refuse_future(const Item& item) const;
    [[noreturn]] void refuse_long_line(const Event& event) const;
    std::string pointer_to(std::string_view field) const;
    // Of a member beside the data.
    std::string pointer_to_attribute(std::string_view name) const;

    Overlay& overlay_;
    const Command& command_;
    const TransactionContext& context_;
    const Item* item_ = nullptr;
    std::size_t events_before_item_ = 0;
    Lines lines_;
    Event event_;  // the newest one; what all events of the transaction share stays in it
};

}  // namespace threatatlas
