#include "commands/json/event_data_json.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "base/nearest_name.hpp"
#include "commands/json/model_fields.hpp"

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

std::string unknown_type_advice(std::string_view text) {
    std::array<std::string_view, sendable_types.size()> names{};
    std::transform(sendable_types.begin(), sendable_types.end(), names.begin(),
                   [](EventType type) { return name_of(type); });
    const std::string_view nearest = nearest_name(text, names);
    return nearest.empty() ? fmt::format("Give one of {}.", listed(names))
                           : fmt::format("Did you mean \"{}\"? There is no such type.", nearest);
}

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
                if (const auto instant = read_instant(member)) {
                    item_.occurred_at = instant;
                    item_.occurred_at_is_attribute = false;
                }
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

}  // namespace

std::optional<EventType> read_sendable_type(Member& member) {
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

void read_event_data(EventType type, dom::object data, const Place& place, Complaints& complaints,
                     Item& item) {
    DataReader(data, place, complaints, item).read(type);
}

}  // namespace threatatlas
