// A body of many facts (command_json.hpp): NDJSON, an array, or a batch of CloudEvents.

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "commands/cloud_event.hpp"
#include "commands/command_json.hpp"
#include "commands/event_data_json.hpp"
#include "commands/field_rules.hpp"
#include "events/limits.hpp"

namespace threatatlas {
namespace {

namespace dom = simdjson::dom;

// What every item has, whatever its form.
struct Envelope {
    std::optional<EventType> type;
    std::optional<dom::element> data;
};

bool take_envelope(Member& member, Envelope& envelope, Item& item) {
    if (member.is("type")) {
        envelope.type = read_sendable_type(member);
        return true;
    }
    if (member.is("data")) {
        envelope.data = member.value();
        return true;
    }
    return take_attributes(member, item.reason, item.on_behalf_of);
}

class BulkReader {
  public:
    explicit BulkReader(BulkForm form) : form_(form) {}

    void expect(std::size_t count) { items_.reserve(std::min(count, limits::bulk_items_max)); }

    // The place of the item that comes next. Refuses the body where it is one too many.
    Place next_place() {
        const Place place(whole_, items_.size());
        if (items_.size() == limits::bulk_items_max) {
            complaints_.add(place,
                            fmt::format("Send at most {} items at once.", limits::bulk_items_max));
            complaints_.throw_if_any();
        }
        return place;
    }

    void add(dom::element element, const Place& place) {
        if (complaints_.enough()) {
            complaints_.throw_if_any();
        }
        Item& item = items_.emplace_back();
        dom::object object;
        if (element.get_object().get(object) != simdjson::SUCCESS) {
            complaints_.add(place, "Give an object with a type and its data.");
            return;
        }
        const Envelope envelope = read_envelope(object, place, item);
        read_data(envelope, place, item);
    }

    std::vector<Item> take() {
        if (items_.empty()) {
            complaints_.add(whole_, "Send at least one item.");
        }
        complaints_.throw_if_any();
        return std::move(items_);
    }

    const Place& whole() const { return whole_; }

  private:
    Envelope read_envelope(dom::object object, const Place& place, Item& item) {
        Envelope envelope;
        if (form_ != BulkForm::cloudevents) {
            walk_object(object, place, complaints_,
                        [&](Member& member) { return take_envelope(member, envelope, item); });
            return envelope;
        }
        CloudEventAttributes attributes;
        walk_object(object, place, complaints_, [&](Member& member) {
            if (!take_envelope(member, envelope, item)) {
                attributes.take(member);
            }
            return true;
        });
        attributes.check(place, complaints_);
        item.occurred_at = attributes.time();
        if (!attributes.on_behalf_of().empty()) {
            if (!item.on_behalf_of.empty()) {
                complaints_.add(Place(place, "onbehalfof"), "Give it once, by one of its names.");
            }
            item.on_behalf_of = attributes.on_behalf_of();
        }
        return envelope;
    }

    void read_data(const Envelope& envelope, const Place& place, Item& item) {
        if (!envelope.type) {
            complaints_.add_once(Place(place, "type"),
                                 "Give the type of the event, such as \"threat.identified\".");
        }
        const Place data_place(place, "data");
        dom::object data;
        if (!envelope.data || envelope.data->get_object().get(data) != simdjson::SUCCESS) {
            complaints_.add(data_place, "Give the data of the event: an object.");
            return;
        }
        item.pointer = fmt::format("/{}/data", items_.size() - 1);
        if (envelope.type) {
            read_event_data(*envelope.type, data, data_place, complaints_, item);
        }
    }

    const BulkForm form_;
    const Place whole_;
    Complaints complaints_;
    std::vector<Item> items_;
};

void read_lines(std::string_view body, BulkReader& reader) {
    reader.expect(static_cast<std::size_t>(std::count(body.begin(), body.end(), '\n')) + 1);
    while (!body.empty()) {
        const std::size_t end = std::min(body.find('\n'), body.size());
        const std::string_view line = body.substr(0, end);
        body.remove_prefix(std::min(end + 1, body.size()));
        if (line.find_first_not_of(" \t\r") == std::string_view::npos) {
            continue;
        }
        const Place place = reader.next_place();
        const JsonDocument document(line, place);
        reader.add(document.root(), place);
    }
}

void read_array(std::string_view body, BulkReader& reader) {
    const JsonDocument document(body, reader.whole());
    dom::array array;
    if (document.root().get_array().get(array) != simdjson::SUCCESS) {
        Complaints complaints;
        complaints.add(reader.whole(), "Send a JSON array of items.");
        complaints.throw_if_any();
    }
    reader.expect(array.size());
    for (const dom::element element : array) {
        reader.add(element, reader.next_place());
    }
}

}  // namespace

std::vector<Item> parse_bulk(std::string_view body, BulkForm form) {
    BulkReader reader(form);
    if (form == BulkForm::ndjson) {
        read_lines(body, reader);
    } else if (body.find_first_not_of(" \t\r\n") != std::string_view::npos) {
        read_array(body, reader);
    }
    return reader.take();
}

}  // namespace threatatlas
