#include "commands/transaction.hpp"

#include <array>

#include <fmt/format.h>
#include <simdjson.h>

#include "events/event_line.hpp"
#include "events/event_rules.hpp"
#include "events/limits.hpp"
#include "projections/fold.hpp"

namespace threatatlas::commands {
namespace {

/// Finds the longest text of an event's data, and the name of its field.
class LongestText {
  public:
    template <class Data>
    void operator()(const Data& data) {
        if constexpr (requires { data.texts; }) {
            look_at(data.texts);
        } else if constexpr (requires { data.changes; }) {
            look_at(data.changes);
        } else if constexpr (requires { data.definition; }) {
            look_at(data.definition.texts);
        }
    }
    std::string_view field() const { return field_; }

  private:
    template <class Field, std::size_t count>
    void look_at(const events::Texts<Field, count>& texts) {
        for (std::size_t i = 0; i < count; ++i) {
            compare(texts.at(i).size(), events::names_of<Field>()[i]);
        }
    }
    template <class Field, std::size_t count>
    void look_at(const events::TextChanges<Field, count>& changes) {
        for (std::size_t i = 0; i < count; ++i) {
            compare(changes.at(i).value_or("").size(), events::names_of<Field>()[i]);
        }
    }
    void compare(std::size_t size, std::string_view field) {
        if (size > size_) {
            size_ = size;
            field_ = field;
        }
    }

    std::size_t size_ = 0;
    std::string_view field_ = "name";
};

}  // namespace

Transaction::Transaction(projections::Overlay& overlay, const Command& command,
                         const TransactionContext& context, base::Lines memory)
    : overlay_(overlay), command_(command), context_(context), lines_(std::move(memory)) {
    lines_.clear();
    event_.time = context.time;
    event_.actor = command.actor;
    event_.idempotency_key = command.idempotency_key;
}

void Transaction::begin(const Item& item) {
    item_ = &item;
    events_before_item_ = event_count();
    needs_event_for_reason_ = true;
    event_.reason = item.reason;
    event_.on_behalf_of = item.on_behalf_of;
    event_.occurred_at = item.occurred_at;
    if (item.occurred_at &&
        *item.occurred_at - context_.time > events::limits::occurred_ahead_max) {
        refuse_future(item);
    }
}

void Transaction::end() const {
    if (event_count() > events_before_item_ || !needs_event_for_reason_ ||
        (item_->reason.empty() && item_->on_behalf_of.empty())) {
        return;
    }
    const std::string_view name =
        item_->reason.empty() ? item_->on_behalf_of_name : std::string_view("reason");
    const std::string detail = fmt::format(
        "Nothing would be recorded, as nothing changes, and {} would be lost: leave it out, or "
        "send "
        "it with the change that it is about.",
        name);
    throw Refusal(RefusalKind::unacceptable, detail,
                  {{FieldError::Where::pointer, pointer_to_attribute(name), detail}});
}

void Transaction::emit(ProductId product_id, events::EventData data) {
    std::array<std::byte, base::uuid_random_bytes> random{};
    context_.random(random);
    event_.position = context_.next_position + lines_.size();
    base::put_uuid_v7(event_.id, context_.time, random);
    event_.product_id = product_id;
    event_.data = std::move(data);
    require_bounds();

    const std::string_view line =
        lines_.add([&](std::string& out) { events::append_line(out, event_); });
    if (line.size() > events::limits::line_bytes_max) {
        refuse_long_line(event_);
    }
    // Readers of requests and files check their texts with better messages. This is the last look
    // at a line that could not be read again.
    if (!simdjson::validate_utf8(line.data(), line.size())) {
        throw Refusal(RefusalKind::unacceptable,
                      "Nothing was recorded: a text is not valid UTF-8. Encode it as UTF-8.");
    }
    projections::fold(overlay_, std::move(event_));
}

/// Every recorded event must be within the bounds that readers accept. Ids assigned by the server
/// were checked before, with messages of their own.
void Transaction::require_bounds() const {
    if (event_.time > events::line_bounds.time_max) {
        throw Refusal(
            RefusalKind::clock_in_doubt,
            fmt::format("The log has come to {}, and no later time can be written: nothing was "
                        "recorded. Restore a backup that ends earlier, or import the log into a "
                        "new directory up to where its times are right.",
                        base::format_instant(events::line_bounds.time_max)));
    }
    if (const auto fault = events::fault_of_bounds(event_, events::line_bounds)) {
        throw Refusal(RefusalKind::unacceptable,
                      fmt::format("Nothing was recorded: {}. Choose ids in that range.", *fault));
    }
}

std::uint64_t Transaction::drawn_id(std::uint64_t highest, std::string_view what,
                                    std::string_view field) const {
    if (highest < events::line_bounds.id_max) {
        return highest + 1;
    }
    const std::string used_up =
        fmt::format("The largest {} id, {}, is in use, and there is no next one", what, highest);
    if (field.empty()) {
        throw Refusal(RefusalKind::unacceptable,
                      used_up + ": set up another server for what is new, with a log of its own.");
    }
    if (command_.answer == AnswerForm::counts) {
        refuse(field, fmt::format("{}: give an id that was never used.", used_up));
    }
    throw Refusal(RefusalKind::unacceptable,
                  fmt::format("{}: send it to POST /api/products/{}/events with an id that was "
                              "never used, as {}.",
                              used_up, command_.product_id, field));
}

const projections::Product& Transaction::require_product(ProductId product_id) {
    const projections::Product* product = overlay_.product(product_id);
    if (product == nullptr || product->archived_at) {
        throw no_such_product(product_id);
    }
    return *product;
}

const projections::Threat& Transaction::require_threat(ThreatId threat_id) {
    const projections::Threat* threat = overlay_.threat(command_.product_id, threat_id);
    if (threat == nullptr || threat->removed) {
        refuse_absent("threat", "threat_id", threat_id);
    }
    return *threat;
}

const projections::Mitigation& Transaction::require_mitigation(MitigationId mitigation_id) {
    const projections::Mitigation* mitigation =
        overlay_.mitigation(command_.product_id, mitigation_id);
    if (mitigation == nullptr || mitigation->removed) {
        refuse_absent("mitigation", "mitigation_id", mitigation_id);
    }
    return *mitigation;
}

void Transaction::refuse(std::string_view field, const std::string& detail) const {
    throw Refusal(RefusalKind::unacceptable, detail,
                  {{FieldError::Where::pointer, pointer_to(field), detail}});
}

void Transaction::require_reason(events::ThreatStatus status) const {
    const bool is_decision =
        status == events::ThreatStatus::accepted || status == events::ThreatStatus::not_applicable;
    if (!is_decision || !item_->reason.empty() || command_.answer != AnswerForm::object) {
        return;
    }
    const std::string detail = fmt::format(
        "Give a reason: an auditor will ask why the threat is {}.", events::name_of(status));
    throw Refusal(RefusalKind::unacceptable, detail,
                  {{FieldError::Where::pointer, pointer_to_attribute("reason"), detail}});
}

void Transaction::refuse_conflict(std::string_view field, const std::string& detail) const {
    throw Refusal(RefusalKind::conflict, detail,
                  {{FieldError::Where::pointer, pointer_to(field), detail}});
}

/// In a bulk write the id is in the body, otherwise in the path.
void Transaction::refuse_absent(std::string_view what, std::string_view field,
                                std::uint64_t id) const {
    const std::string detail =
        fmt::format("Product {} has no {} {}: it never existed, or it was removed.",
                    command_.product_id, what, id);
    if (command_.answer == AnswerForm::counts) {
        refuse(field, detail);
    }
    throw Refusal(RefusalKind::not_found, detail);
}

void Transaction::refuse_long_line(const events::Event& event) const {
    LongestText longest;
    std::visit(longest, event.data);
    refuse(longest.field(),
           fmt::format("The event would take more than {} bytes: shorten this text, its longest.",
                       events::limits::line_bytes_max));
}

void Transaction::refuse_future(const Item& item) const {
    std::string pointer = pointer_to("occurred_at");
    if (item.occurred_at_is_attribute) {
        constexpr std::string_view data = "/data";
        pointer = item.pointer.substr(0, item.pointer.size() - data.size()) + "/time";
    }
    const std::string detail = fmt::format(
        "{} is more than {} seconds ahead of the server's clock, which says {}: give the time at "
        "which it happened, correct the sender's clock, or leave this field out.",
        pointer.substr(pointer.rfind('/') + 1), events::limits::occurred_ahead_max.count(),
        base::format_instant(context_.time));
    throw Refusal(RefusalKind::unacceptable, detail,
                  {{FieldError::Where::pointer, std::move(pointer), detail}});
}

std::string Transaction::pointer_to(std::string_view field) const {
    return fmt::format("{}/{}", item_->pointer, field);
}

std::string Transaction::pointer_to_attribute(std::string_view name) const {
    constexpr std::string_view data = "/data";
    std::string_view object = item_->pointer;
    if (object.ends_with(data)) {
        object.remove_suffix(data.size());
    }
    return fmt::format("{}/{}", object, name);
}

}  // namespace threatatlas::commands
