// Parses a body with many items (command_json.hpp): NDJSON, an array, or a batch of CloudEvents.

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/low_priority_thread.hpp"
#include "commands/json/cloud_event.hpp"
#include "commands/json/command_json.hpp"
#include "commands/json/event_data_json.hpp"
#include "commands/json/field_rules.hpp"
#include "events/json_place.hpp"
#include "events/limits.hpp"
#include "events/text.hpp"

namespace threatatlas::command_json {
namespace {

namespace dom = simdjson::dom;

constexpr std::string_view white_space = " \t\r\n";
constexpr std::string_view array_advice = "Send a JSON array of items.";
// The length of the shortest item: {"type":"threat.removed","data":{"threat_id":1}}.
constexpr std::size_t item_bytes_min = 48;

// The members that all forms of an item have in common.
struct Envelope {
    std::optional<events::EventType> type;
    std::optional<dom::element> data;
};

bool take_envelope(Member& member, Envelope& envelope, commands::Item& item) {
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
    BulkReader(BulkForm form, std::string_view body) : form_(form), body_(body) {
        items_.reserve(std::min(body.size() / item_bytes_min, events::limits::bulk_items_max));
    }

    // The location of the next item.
    Place next_place() const { return {whole_, items_.size()}; }

    // Reads the next item; `text` is a part of the body. Throws Refusal if it is not JSON, if there
    // are too many items, or if enough complaints were collected.
    void add(std::string_view text) {
        base::yield_if_due();
        const Place place = next_place();
        if (items_.size() == events::limits::bulk_items_max) {
            complaints_.add(place, fmt::format("Send at most {} items at once.",
                                               events::limits::bulk_items_max));
            complaints_.throw_if_any();
        }
        if (complaints_.enough()) {
            complaints_.throw_if_any();
        }
        const JsonDocument document(text, place, body_);
        commands::Item& item = items_.emplace_back();
        dom::object object;
        if (document.root().get_object().get(object) != simdjson::SUCCESS) {
            complaints_.add(place, "Give an object with a type and its data.");
            return;
        }
        const Envelope envelope = read_envelope(object, place, item);
        read_data(envelope, place, item);
    }

    std::vector<commands::Item> take() {
        if (items_.empty()) {
            complaints_.add(whole_, "Send at least one item.");
        }
        complaints_.throw_if_any();
        return std::move(items_);
    }

  private:
    Envelope read_envelope(dom::object object, const Place& place, commands::Item& item) {
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
        item.occurred_at_is_attribute = attributes.time().has_value();
        if (!attributes.on_behalf_of().empty()) {
            if (!item.on_behalf_of.empty()) {
                complaints_.add(Place(place, "onbehalfof"), "Give it once, by one of its names.");
            }
            item.on_behalf_of = attributes.on_behalf_of();
            item.on_behalf_of_name = "onbehalfof";
        }
        return envelope;
    }

    void read_data(const Envelope& envelope, const Place& place, commands::Item& item) {
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
        const fmt::format_int index(items_.size() - 1);
        item.pointer += '/';
        item.pointer.append(index.data(), index.size());
        item.pointer += "/data";
        if (envelope.type) {
            read_event_data(*envelope.type, data, data_place, complaints_, item);
        }
    }

    const BulkForm form_;
    const std::string_view body_;
    const Place whole_;
    Complaints complaints_;
    std::vector<commands::Item> items_;
};

void read_lines(std::string_view body, BulkReader& reader) {
    while (!body.empty()) {
        const std::size_t end = std::min(body.find('\n'), body.size());
        const std::string_view line = body.substr(0, end);
        body.remove_prefix(std::min(end + 1, body.size()));
        // Each line may begin with a byte order mark, as the body may be a concatenation of files.
        const std::string_view text = events::without_byte_order_mark(line);
        if (text.find_first_not_of(white_space) != std::string_view::npos) {
            reader.add(text);
        }
    }
}

// The index of the quotation mark that closes the string opened at `first`, or npos.
std::size_t end_of_string(std::string_view text, std::size_t first) {
    for (auto end = text.find('"', first + 1); end != std::string_view::npos;
         end = text.find('"', end + 1)) {
        const auto last_other = text.find_last_not_of('\\', end - 1);
        const bool is_escaped = (end - last_other) % 2 == 0;
        if (!is_escaped) {
            return end;
        }
    }
    return std::string_view::npos;
}

// The index of the comma or bracket that follows the first array element in the text, or npos. Does
// not check whether the element is valid JSON.
std::size_t end_of_element(std::string_view text) {
    std::size_t depth = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '"') {
            i = end_of_string(text, i);
            if (i == std::string_view::npos) {
                break;
            }
        } else if (c == '{' || c == '[') {
            ++depth;
        } else if (depth == 0 && (c == ',' || c == ']')) {
            return i;
        } else if ((c == '}' || c == ']') && depth > 0) {
            --depth;
        }
    }
    return std::string_view::npos;
}

void skip_white_space(std::string_view& text) {
    text.remove_prefix(std::min(text.find_first_not_of(white_space), text.size()));
}

[[noreturn]] void refuse_other_than_array(std::string_view body) {
    const Place whole;
    const JsonDocument document(body, whole);  // throws Refusal if the body is not JSON
    throw commands::Refusal(
        commands::RefusalKind::unacceptable, std::string(array_advice),
        {{commands::FieldError::Where::pointer, whole.pointer(), std::string(array_advice)}});
}

// Splits the array and parses one element at a time. Allocating parser buffers for the largest body
// as a whole would take longer than the parsing.
void read_array(std::string_view body, BulkReader& reader) {
    std::string_view rest = body;
    skip_white_space(rest);
    if (!rest.starts_with('[')) {
        refuse_other_than_array(body);
    }
    rest.remove_prefix(1);
    skip_white_space(rest);
    bool more = !rest.starts_with(']');
    while (more) {
        const std::size_t end = end_of_element(rest);
        if (end == std::string_view::npos) {
            refuse_malformed(reader.next_place(), "Close the list: its bracket is missing.", body,
                             events::find_json_fault(body).value_or(body.size()));
        }
        reader.add(rest.substr(0, end));
        more = rest[end] == ',';
        rest.remove_prefix(more ? end + 1 : end);
    }
    rest.remove_prefix(1);
    skip_white_space(rest);
    if (!rest.empty()) {
        refuse_malformed(Place(), "Send nothing behind the bracket that closes the list.", body,
                         static_cast<std::size_t>(rest.data() - body.data()));
    }
}

}  // namespace

std::vector<commands::Item> parse_bulk(std::string_view body, BulkForm form) {
    body = readable_body(body);
    BulkReader reader(form, body);
    if (form == BulkForm::ndjson) {
        read_lines(body, reader);
    } else if (body.find_first_not_of(white_space) != std::string_view::npos) {
        read_array(body, reader);
    }
    return reader.take();
}

}  // namespace threatatlas::command_json
