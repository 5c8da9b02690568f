#include "commands/json/event_data_json.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "base/nearest_name.hpp"
#include "commands/json/model_fields.hpp"

namespace threatatlas::command_json {
namespace {

namespace dom = simdjson::dom;

constexpr std::array sendable_types{
    events::EventType::product_described,   events::EventType::threat_identified,
    events::EventType::threat_scored,       events::EventType::threat_status_changed,
    events::EventType::threat_described,    events::EventType::threat_removed,
    events::EventType::mitigation_proposed, events::EventType::mitigation_status_changed,
    events::EventType::mitigation_linked,   events::EventType::mitigation_described,
    events::EventType::mitigation_removed};

std::string unknown_type_advice(std::string_view text) {
    std::array<std::string_view, sendable_types.size()> names{};
    std::transform(sendable_types.begin(), sendable_types.end(), names.begin(),
                   [](events::EventType type) { return events::name_of(type); });
    const std::string_view nearest = base::nearest_name(text, names);
    return nearest.empty() ? fmt::format("Give one of {}.", listed(names))
                           : fmt::format("Did you mean \"{}\"? There is no such type.", nearest);
}

// Reads the `data` of one item into the change and the time of the item.
class DataReader {
  public:
    DataReader(dom::object data, const Place& place, Complaints& complaints, commands::Item& item)
        : data_(data),
          place_(place),
          complaints_(complaints),
          complaints_before_(complaints.size()),
          item_(item) {}

    void read(events::EventType type) {
        switch (type) {
            case events::EventType::product_described:
                return product_described();
            case events::EventType::threat_identified:
                return threat_identified();
            case events::EventType::threat_scored:
                return threat_scored();
            case events::EventType::threat_status_changed:
                return status_changed<commands::ChangeThreat, events::ThreatStatus>(
                    &commands::ChangeThreat::threat_id);
            case events::EventType::threat_described:
                return described<commands::ChangeThreat>(&commands::ChangeThreat::threat_id);
            case events::EventType::threat_removed:
                return removed<commands::RemoveThreat>(&commands::RemoveThreat::threat_id);
            case events::EventType::mitigation_proposed:
                return mitigation_proposed();
            case events::EventType::mitigation_status_changed:
                return status_changed<commands::ChangeMitigation, events::MitigationStatus>(
                    &commands::ChangeMitigation::mitigation_id);
            case events::EventType::mitigation_linked:
                return mitigation_linked();
            case events::EventType::mitigation_described:
                return described<commands::ChangeMitigation>(
                    &commands::ChangeMitigation::mitigation_id);
            case events::EventType::mitigation_removed:
                return removed<commands::RemoveMitigation>(
                    &commands::RemoveMitigation::mitigation_id);
            case events::EventType::product_registered:
            case events::EventType::product_archived:
            case events::EventType::token_issued:
            case events::EventType::token_revoked:
            case events::EventType::model_imported:
            case events::EventType::acceptance_requested:
            case events::EventType::acceptance_approved:
            case events::EventType::acceptance_rejected:
            case events::EventType::acceptance_withdrawn:
            case events::EventType::acceptance_revoked:
            case events::EventType::policy_defined:
            case events::EventType::policy_removed:
            case events::EventType::product_policy_assigned:
            case events::EventType::product_reviewed:
            case events::EventType::gate_checked:
                break;  // clients cannot send these
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

    // Reads data about an existing threat or mitigation, whose id is required.
    template <class Change, class Take>
    void walk_known(Change& change, std::uint64_t Change::*id, const Take& take) {
        const std::string_view name = id_name(change);
        walk([&](Member& member) {
            if (member.is(name)) {
                change.*id = read_id(member, events::limits::id_max).value_or(0);
                return true;
            }
            return take(member);
        });
        if (change.*id == 0) {
            complaints_.add_once(Place(place_, name), "Give the id that the event is about.");
        }
    }

    // Reads data that creates a threat or mitigation. The client may choose its id; otherwise the
    // next one is assigned.
    template <class Change>
    void start(std::optional<std::uint64_t> Change::*id) {
        auto& change = item_.change.emplace<Change>();
        const std::string_view name = id_name(change);
        walk([&](Member& member) {
            if (member.is(name)) {
                if (!member.is_null()) {
                    change.*id = read_id(member, events::limits::chosen_id_max);
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
        auto& product = item_.change.emplace<commands::DescribeProduct>();
        walk([&](Member& member) { return take_changes(member, product.changes); });
        require_some(!product.changes.empty(), "the fields of a product");
    }

    void threat_identified() {
        start<commands::IdentifyThreat>(&commands::IdentifyThreat::threat_id);
    }

    void threat_scored() {
        auto& threat = item_.change.emplace<commands::ChangeThreat>();
        walk_known(threat, &commands::ChangeThreat::threat_id, [&](Member& member) {
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
            complaints_.add_once(
                Place(place_, "status"),
                fmt::format("Give the new status: {}.", listed(events::names_of<Status>())));
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

    void mitigation_proposed() {
        start<commands::ProposeMitigation>(&commands::ProposeMitigation::mitigation_id);
    }

    // The event states everything that the mitigation covers, so absent members clear the scope.
    void mitigation_linked() {
        auto& mitigation = item_.change.emplace<commands::ChangeMitigation>();
        mitigation.scope = {.threat_ids = std::vector<ThreatId>(),
                            .diagram = std::string(),
                            .element_id = std::string()};
        walk_known(mitigation, &commands::ChangeMitigation::mitigation_id, [&](Member& member) {
            return take_scope(member, OnNull::clears, mitigation.scope);
        });
    }

    dom::object data_;
    const Place& place_;
    Complaints& complaints_;
    const std::size_t complaints_before_;  // complaints about earlier items
    commands::Item& item_;
};

}  // namespace

std::optional<events::EventType> read_sendable_type(Member& member) {
    std::string_view text;
    if (member.value().get_string().get(text) != simdjson::SUCCESS) {
        member.complain("Give the type of the event as a text, such as \"threat.identified\".");
        return std::nullopt;
    }
    const auto type = events::parse_event_type(text);
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

void read_event_data(events::EventType type, dom::object data, const Place& place,
                     Complaints& complaints, commands::Item& item) {
    DataReader(data, place, complaints, item).read(type);
}

}  // namespace threatatlas::command_json
