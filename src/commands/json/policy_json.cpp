#include "commands/json/policy_json.hpp"

#include <string>
#include <utility>

#include <fmt/format.h>

#include "commands/json/object_json.hpp"

namespace threatatlas::command_json {
namespace {

// Calls `take` with each member of the object that is the value of a member. Returns false if it is
// no object.
template <class Take>
bool walk_value(simdjson::dom::element value, const Place& place, Complaints& complaints,
                const Take& take) {
    simdjson::dom::object object;
    if (value.get_object().get(object) != simdjson::SUCCESS) {
        complaints.add(place, "Give an object.");
        return false;
    }
    walk_object(object, place, complaints, take);
    return true;
}

struct RuleFields {
    events::PolicyRule rule;
    bool has_kind = false;
    std::optional<simdjson::dom::element> limit;
};

// The limit is read when its kind is known.
void read_limit(RuleFields& fields, const Place& place, Complaints& complaints) {
    events::PolicyRule& rule = fields.rule;
    if (!fields.limit) {
        complaints.add_once(Place(place, "limit"), "Give a limit.");
        return;
    }
    Member limit("limit", *fields.limit, place, complaints);
    if (rule.kind == events::RuleKind::min_mitigation_ratio) {
        rule.ratio = read_ratio(limit).value_or(events::Ratio{});
    } else {
        rule.limit = read_count(limit, events::limits::policy_count_max).value_or(0);
    }
}

events::PolicyRule read_rule(simdjson::dom::element value, const Place& place,
                             Complaints& complaints) {
    RuleFields fields;
    const bool is_object = walk_value(value, place, complaints, [&](Member& member) {
        if (member.is("rule")) {
            if (const auto kind = read_name<events::RuleKind>(member)) {
                fields.rule.kind = *kind;
                fields.has_kind = true;
            }
            return true;
        }
        if (member.is("severity")) {
            fields.rule.severity = read_name<events::Severity>(member, OnNull::absent);
            return true;
        }
        if (member.is("limit")) {
            fields.limit = member.value();
            return true;
        }
        if (member.is("mode")) {
            fields.rule.mode =
                read_name<events::RuleMode>(member, OnNull::absent).value_or(events::RuleMode{});
            return true;
        }
        return false;
    });
    if (!is_object) {
        return fields.rule;
    }
    if (!fields.has_kind) {
        complaints.add_once(Place(place, "rule"),
                            "Give one of " + listed(events::names_of<events::RuleKind>()) + ".");
        return fields.rule;
    }
    read_limit(fields, place, complaints);
    return fields.rule;
}

void read_rules(Member& member, events::Policy& policy, Complaints& complaints) {
    simdjson::dom::array list;
    if (member.value().get_array().get(list) != simdjson::SUCCESS) {
        member.complain("Give a list of rules.");
        return;
    }
    if (list.size() > events::limits::policy_rules_max) {
        member.complain(fmt::format("Give at most {} rules.", events::limits::policy_rules_max));
        return;
    }
    const Place rules = member.place();
    for (const simdjson::dom::element value : list) {
        policy.rules.push_back(read_rule(value, Place(rules, policy.rules.size()), complaints));
    }
}

void read_treatment(Member& member, events::Policy& policy, Complaints& complaints) {
    walk_value(member.value(), member.place(), complaints, [&](Member& inner) {
        if (inner.is("honoured")) {
            policy.honours_acceptances = read_flag(inner).value_or(true);
            return true;
        }
        if (inner.is("max_days")) {
            if (!is_null(inner, OnNull::absent)) {
                const auto most =
                    static_cast<std::uint64_t>(events::limits::acceptance_days_max.count());
                policy.acceptance_days_max = read_id(inner, most);
            }
            return true;
        }
        return false;
    });
}

}  // namespace

commands::Item parse_define_policy(std::string_view body, std::string name) {
    commands::DefinePolicy change{std::move(name), {}};
    events::Policy& policy = change.definition;
    Complaints complaints;
    const Place whole;
    commands::Item item = read_object(
        body, complaints,
        [&](Member& member) {
            if (member.is("rules")) {
                read_rules(member, policy, complaints);
                return true;
            }
            if (member.is("acceptances")) {
                read_treatment(member, policy, complaints);
                return true;
            }
            if (member.is("effective_from")) {
                if (!is_null(member, OnNull::absent)) {
                    policy.effective_from = read_day(member);
                }
                return true;
            }
            if (member.is("baseline")) {
                if (!is_null(member, OnNull::absent)) {
                    policy.baseline = read_day(member);
                }
                return true;
            }
            return take_texts(member, policy.texts);
        },
        [&] {
            if (policy.texts[events::PolicyField::title].empty()) {
                complaints.add_once(Place(whole, "title"), "Give a title.");
            }
            if (policy.rules.empty()) {
                complaints.add_once(Place(whole, "rules"), "Give at least one rule.");
            }
            if (policy.acceptance_days_max && !policy.honours_acceptances) {
                const Place treatment(whole, "acceptances");
                complaints.add_once(Place(treatment, "max_days"),
                                    "Leave max_days out: acceptances are not honoured.");
            }
            if (complaints.size() == 0) {
                if (auto fault = events::fault_of_policy(policy)) {
                    complaints.add(Place(whole, "rules"), std::move(*fault));
                }
            }
        });
    item.change = std::move(change);
    return item;
}

commands::Item parse_assign_policy(std::string_view body) {
    commands::AssignPolicy change;
    bool names_policy = false;
    Complaints complaints;
    const Place whole;
    commands::Item item = read_object(
        body, complaints,
        [&](Member& member) {
            if (member.is("policy")) {
                names_policy = true;
                change.policy =
                    read_text(member, events::limits::policy_name_chars_max, OnNull::absent)
                        .value_or("");
                return true;
            }
            if (member.is("enforced")) {
                change.enforced = read_flag(member).value_or(false);
                return true;
            }
            return false;
        },
        [&] {
            if (!names_policy) {
                complaints.add_once(Place(whole, "policy"),
                                    "Give the name of a policy, or null for none.");
            } else if (change.policy.empty() && change.enforced) {
                complaints.add_once(Place(whole, "enforced"),
                                    "Leave enforced out: there is no policy to enforce.");
            }
        });
    item.change = std::move(change);
    return item;
}

commands::Item parse_review(std::string_view body) {
    commands::ReviewProduct change;
    commands::Item item;
    if (!body.empty()) {
        Complaints complaints;
        item = read_object(
            body, complaints,
            [&](Member& member) {
                if (!member.is("note")) {
                    return false;
                }
                change.note = read_text(member, events::limits::reason_points_max, OnNull::absent)
                                  .value_or("");
                return true;
            },
            [] {});
    }
    item.change = std::move(change);
    return item;
}

}  // namespace threatatlas::command_json
