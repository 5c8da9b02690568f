#pragma once

/// @file
/// Reads a body that is one object.

#include <string_view>

#include "commands/command.hpp"
#include "commands/json/body_json.hpp"
#include "commands/json/field_rules.hpp"
#include "commands/json/model_fields.hpp"

namespace threatatlas::command_json {

/// Reads a body that is one object. `take` reads the members of the change, and `check` is called
/// after all members were read; both may complain. Returns the item without its change. Throws
/// Refusal.
template <class Take, class Check>
commands::Item read_object(std::string_view body, Complaints& complaints, const Take& take,
                           const Check& check) {
    const Place whole;
    const JsonDocument document(readable_body(body), whole);
    commands::Item item;
    simdjson::dom::object object;
    if (document.root().get_object().get(object) != simdjson::SUCCESS) {
        complaints.add(whole, "Send a JSON object.");
        complaints.throw_if_any();
    }
    walk_object(object, whole, complaints, [&](Member& member) {
        return take(member) || take_attributes(member, item.reason, item.on_behalf_of);
    });
    check();
    complaints.throw_if_any();
    return item;
}

}  // namespace threatatlas::command_json
