// A body of many facts (command_json.hpp): NDJSON, an array, or a batch of CloudEvents.

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include <fmt/format.h>

#include "commands/command_json.hpp"
#include "commands/model_fields.hpp"
#include "commands/nearest_name.hpp"

namespace threatatlas {
namespace {

namespace dom = simdjson::dom;

constexpr std::array sendable_types{
    EventType::product_described,   EventType::threat_identified,
    EventType::threat_scored,       EventType::threat_status_changed,
    EventType::threat_described,    EventType::threat_removed,
    EventType::mitigation_proposed, EventType::mitigation_status_changed,
    EventType::mitigation_linked,   EventType::mitigation_described,
    EventType::mitigation_removed};

// --- The data of an item -------------------------------------------------------------------------

// Reads the `data` of one item into its change and time.
class DataReader {
  public:
    DataReader(dom::object data, const Place& place, Complaints& complaints, Item& item)
        : data_(data),
          place_(place),
          complaints_(complaints),
          complaints_before_(complaints.size()),
          item_(item) {}

    void read(EventType type) {
        switch (type) {
            case EventType::product_described:
                return product_described();
            case EventType::threat_identified:
                return threat_identified();
            case EventType::threat_scored:
                return threat_scored();
            case EventType::threat_status_changed:
                return status_changed<ChangeThreat, ThreatStatus>(&ChangeThreat::threat_id);
            case EventType::threat_described:
                return described<ChangeThreat>(&ChangeThreat::threat_id);
            case EventType::threat_removed:
                return removed<RemoveThreat>(&RemoveThreat::threat_id);
            case EventType::mitigation_proposed:
                return mitigation_proposed();
            case EventType::mitigation_status_changed:
                return status_changed<ChangeMitigation, MitigationStatus>(
                    &ChangeMitigation::mitigation_id);
            case EventType::mitigation_linked:
                return mitigation_linked();
            case EventType::mitigation_described:
                return described<ChangeMitigation>(&ChangeMitigation::mitigation_id);
            case EventType::mitigation_removed:
                return removed<RemoveMitigation>(&RemoveMitigation::mitigation_id);
            case EventType::product_registered:
            case EventType::product_archived:
            case EventType::token_issued:
            case EventType::token_revoked:
                break;  // not sendable
        }
    }

  private:
    static constexpr std::string_view id_name(const auto& change) {
        if constexpr (requires { change.threat_id; }) {
            return "threat_id";
        } else {
            return "mitigation_id";
        }
    }

    template <class Take>
    void walk(const Take& take) {
        walk_object(data_, place_, complaints_, [&](Member& member) {
            if (take(member)) {
                return true;
            }
            if (member.is("occurred_at")) {
                item_.occurred_at = read_instant(member);
                return true;
            }
            return false;
        });
    }

    // Data about a threat or mitigation that is there already: its id must be given.
    template <class Change, class Take>
    void walk_known(Change& change, std::uint64_t Change::*id, const Take& take) {
        const std::string_view name = id_name(change);
        walk([&](Member& member) {
            if (member.is(name)) {
                change.*id = read_id(member, limits::id_max).value_or(0);
                return true;
            }
            return take(member);
        });
        if (change.*id == 0) {
            complaints_.add_once(Place(place_, name), "Give the id that the event is about.");
        }
    }

    // Data that starts a threat or mitigation, under an id of the client's choice or the next one.
    template <class Change>
    void start(std::optional<std::uint64_t> Change::*id) {
        auto& change = item_.change.emplace<Change>();
        const std::string_view name = id_name(change);
        walk([&](Member& member) {
            if (member.is(name)) {
                if (!member.is_null()) {
                    change.*id = read_id(member, limits::chosen_id_max);
                }
                return true;
            }
            return take_start(member, change);
        });
        require_name(change.texts, place_, complaints_);
    }

    void require_some(bool some, std::string_view what) {
        if (!some && complaints_.size() == complaints_before_) {
            complaints_.add(place_, fmt::format("Give at least one of {}.", what));
        }
    }

    void product_described() {
        auto& product = item_.change.emplace<DescribeProduct>();
        walk([&](Member& member) { return take_changes(member, product.changes); });
        require_some(!product.changes.empty(), "the fields of a product");
    }

    void threat_identified() { start<IdentifyThreat>(&IdentifyThreat::threat_id); }

    void threat_scored() {
        auto& threat = item_.change.emplace<ChangeThreat>();
        walk_known(threat, &ChangeThreat::threat_id, [&](Member& member) {
            return take_scoring(member, OnNull::clears, threat.scoring);
        });
        require_some(!threat.scoring.empty(), "severity, likelihood and impact");
    }

    template <class Change, class Status>
    void status_changed(std::uint64_t Change::*id) {
        auto& change = item_.change.emplace<Change>();
        walk_known(change, id, [&](Member& member) {
            if (member.is("status")) {
                change.status = read_name<Status>(member, OnNull::refused);
                return true;
            }
            if (member.is("from")) {
                change.from = read_name<Status>(member, OnNull::absent);
                return true;
            }
            return false;
        });
        if (!change.status) {
            complaints_.add_once(Place(place_, "status"), fmt::format("Give the new status: {}.",
                                                                      listed(names_of<Status>())));
        }
    }

    template <class Change>
    void described(std::uint64_t Change::*id) {
        auto& change = item_.change.emplace<Change>();
        walk_known(change, id,
                   [&](Member& member) { return take_changes(member, change.changes); });
        require_some(!change.changes.empty(), "the fields that an event of this type may change");
    }

    template <class Change>
    void removed(std::uint64_t Change::*id) {
        walk_known(item_.change.emplace<Change>(), id, [](Member&) { return false; });
    }

    void mitigation_proposed() { start<ProposeMitigation>(&ProposeMitigation::mitigation_id); }

    // The event says all of what the mitigation now covers: what is absent is none.
    void mitigation_linked() {
        auto& mitigation = item_.change.emplace<ChangeMitigation>();
        mitigation.scope = {.threat_ids = std::vector<ThreatId>(),
                            .diagram = std::string(),
                            .element_id = std::string()};
        walk_known(mitigation, &ChangeMitigation::mitigation_id, [&](Member& member) {
            return take_scope(member, OnNull::clears, mitigation.scope);
        });
    }

    dom::object data_;
    const Place& place_;
    Complaints& complaints_;
    const std::size_t complaints_before_;  // of items before this one
    Item& item_;
};

// --- The envelope of an item ---------------------------------------------------------------------

std::string unknown_type_advice(std::string_view text) {
    std::array<std::string_view, sendable_types.size()> names{};
    std::transform(sendable_types.begin(), sendable_types.end(), names.begin(),
                   [](EventType type) { return name_of(type); });
    const std::string_view nearest = nearest_name(text, names);
    return nearest.empty() ? fmt::format("Give one of {}.", listed(names))
                           : fmt::format("Did you mean \"{}\"? There is no such type.", nearest);
}

std::optional<EventType> read_type(Member& member) {
    std::string_view text;
    if (member.value().get_string().get(text) != simdjson::SUCCESS) {
        member.complain("Give the type of the event as a text, such as \"threat.identified\".");
        return std::nullopt;
    }
    const auto type = parse_event_type(text);
    if (!type) {
        member.complain(unknown_type_advice(text));
        return std::nullopt;
    }
    if (std::find(sendable_types.begin(), sendable_types.end(), *type) == sendable_types.end()) {
        member.complain(
            "Use the call made for this: only threat.…, mitigation.… and "
            "product.described can be sent among many facts.");
        return std::nullopt;
    }
    return type;
}

struct Envelope {
    std::optional<EventType> type;
    std::optional<dom::element> data;
};

bool take_envelope(Member& member, Envelope& envelope, Item& item) {
    if (member.is("type")) {
        envelope.type = read_type(member);
        return true;
    }
    if (member.is("data")) {
        envelope.data = member.value();
        return true;
    }
    return take_attributes(member, item.reason, item.on_behalf_of);
}

// --- CloudEvents 1.0, sections 3.1 to 3.3, and the JSON event format, section 2 ------------------

// What is checked of an item that is a CloudEvent, beyond what every item has.
struct CloudEvent {
    bool has_specversion = false;
    bool has_id = false;
    bool has_source = false;
    std::optional<Instant> time;
    std::string on_behalf_of;
    std::vector<std::string_view> extensions;
};

// A text that is not empty; what it says is let go.
bool check_text(Member& member) {
    std::string_view text;
    const bool is_text = member.value().get_string().get(text) == simdjson::SUCCESS;
    if (!is_text || text.empty()) {
        member.complain("Give a text that is not empty.");
        return false;
    }
    return true;
}

// "application/json", "application/problem+json; charset=utf-8" and the like.
bool is_json_media_type(std::string_view text) {
    const std::string_view type = text.substr(0, text.find(';'));
    const auto last = type.find_last_not_of(" \t");
    std::string lower(type.substr(0, last == std::string_view::npos ? 0 : last + 1));
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return lower.find('/') != std::string::npos &&
           (lower.ends_with("/json") || lower.ends_with("+json"));
}

bool is_attribute_name(std::string_view name) {
    return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    });
}

void check_extension(Member& member, CloudEvent& event) {
    if (!is_attribute_name(member.name())) {
        member.complain(
            "Name attributes of a CloudEvent with lower-case letters and digits only, and give the "
            "data in \"data\".");
    } else if (member.value().is_object() || member.value().is_array()) {
        member.complain("Give an attribute of a CloudEvent as a text, a number or a boolean.");
    } else {
        event.extensions.push_back(member.name());
    }
}

// Knows every attribute there is, for an extension may have any name.
bool take_cloud_event(Member& member, CloudEvent& event) {
    if (member.is("specversion")) {
        std::string_view text;
        event.has_specversion = true;
        if (member.value().get_string().get(text) != simdjson::SUCCESS || text != "1.0") {
            member.complain("Give \"1.0\": no other version of CloudEvents is known here.");
        }
    } else if (member.is("id")) {
        event.has_id = true;
        check_text(member);
    } else if (member.is("source")) {
        event.has_source = true;
        check_text(member);
    } else if (member.is("time")) {
        event.time = read_instant(member);
    } else if (member.is("subject") || member.is("dataschema")) {
        member.is_null() || check_text(member);
    } else if (member.is("datacontenttype")) {
        std::string_view text;
        const bool is_text = member.value().get_string().get(text) == simdjson::SUCCESS;
        if (!member.is_null() && (!is_text || !is_json_media_type(text))) {
            member.complain("Give the data as JSON, with \"application/json\" here.");
        }
    } else if (member.is("onbehalfof")) {
        event.on_behalf_of = read_on_behalf_of(member);
    } else {
        check_extension(member, event);
    }
    return true;
}

void check_cloud_event(CloudEvent& event, const Place& place, Complaints& complaints) {
    if (!event.has_specversion) {
        complaints.add(Place(place, "specversion"), "Give the version of CloudEvents: \"1.0\".");
    }
    if (!event.has_id) {
        complaints.add(Place(place, "id"), "Give the event an id.");
    }
    if (!event.has_source) {
        complaints.add(Place(place, "source"), "Say where the event comes from.");
    }
    std::sort(event.extensions.begin(), event.extensions.end());
    const auto repeated = std::adjacent_find(event.extensions.begin(), event.extensions.end());
    if (repeated != event.extensions.end()) {
        complaints.add(Place(place, *repeated), "Give this attribute once: it is there twice.");
    }
}

// --- The whole body ------------------------------------------------------------------------------

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
        CloudEvent event;
        walk_object(object, place, complaints_, [&](Member& member) {
            return take_envelope(member, envelope, item) || take_cloud_event(member, event);
        });
        check_cloud_event(event, place, complaints_);
        item.occurred_at = event.time;
        if (!event.on_behalf_of.empty()) {
            if (!item.on_behalf_of.empty()) {
                complaints_.add(Place(place, "onbehalfof"), "Give it once, by one of its names.");
            }
            item.on_behalf_of = std::move(event.on_behalf_of);
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
            DataReader(data, data_place, complaints_, item).read(*envelope.type);
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
