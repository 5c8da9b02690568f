#include "commands/json/command_json.hpp"

#include <utility>

#include "commands/json/object_json.hpp"
#include "events/text.hpp"

namespace threatatlas::command_json {
namespace {

const auto check_nothing = [](const Place&, Complaints&) {};

// The same as in object_json.hpp, where `check` is given the place of the object and the
// complaints.
template <class Take, class Check>
commands::Item read_object(std::string_view body, const Take& take, const Check& check) {
    Complaints complaints;
    const Place whole;
    return read_object(body, complaints, take, [&] { check(whole, complaints); });
}

// Reads an object that creates something, which must have a name.
template <class Start, class Take>
commands::Item read_start(std::string_view body, Start start, const Take& take) {
    commands::Item item = read_object(
        body, [&](Member& member) { return take(member, start); },
        [&](const Place& whole, Complaints& complaints) {
            require_name(start.texts, whole, complaints);
        });
    item.change = std::move(start);
    return item;
}

template <class Update, class Take>
commands::Item read_update(std::string_view body, Update update, const Take& take) {
    commands::Item item = read_object(
        body, [&](Member& member) { return take(member, update); }, check_nothing);
    item.change = std::move(update);
    return item;
}

// --- Tokens --------------------------------------------------------------------------------------

struct TokenFields {
    commands::IssueToken token;
    std::optional<events::Role> role;
};

bool take_field(Member& member, TokenFields& fields) {
    commands::IssueToken& token = fields.token;
    if (member.is("name")) {
        token.name =
            read_text(member, events::limits::name_points_max, OnNull::refused).value_or("");
        return true;
    }
    if (member.is("role")) {
        fields.role = read_name<events::Role>(member);
        return true;
    }
    if (member.is("product_ids")) {
        token.product_ids = read_ids(member, events::limits::token_product_ids_max, OnNull::absent);
        if (token.product_ids && token.product_ids->empty()) {
            member.complain("Name at least one product, or give null for all of them.");
        }
        return true;
    }
    if (member.is("expires_at")) {
        token.expires_at = read_instant(member);
        return true;
    }
    return false;
}

// All fields of a request but its date.
bool take_field(Member& member, commands::RequestAcceptance& request) {
    if (member.is("threat_ids")) {
        request.threat_ids = read_ids(member, events::limits::accepted_threats_max, OnNull::refused)
                                 .value_or(std::vector<ThreatId>{});
        return true;
    }
    if (member.is("while_mitigations")) {
        request.while_mitigations =
            read_ids(member, events::limits::while_mitigations_max, OnNull::absent)
                .value_or(std::vector<MitigationId>{});
        return true;
    }
    if (member.is("replaces")) {
        if (!is_null(member, OnNull::absent)) {
            request.replaces = read_id(member, events::limits::id_max).value_or(0);
        }
        return true;
    }
    return take_texts(member, request.texts);
}

void check_fields(const TokenFields& fields, const Place& whole, Complaints& complaints) {
    if (fields.token.name.empty()) {
        complaints.add_once(Place(whole, "name"), "Give a name.");
    }
    if (!fields.role) {
        complaints.add_once(Place(whole, "role"),
                            "Give a role: " + listed(events::names_of<events::Role>()) + ".");
    }
    if (fields.role == events::Role::admin && fields.token.product_ids) {
        complaints.add_once(Place(whole, "product_ids"),
                            "Leave the list out: an admin's token is for all products.");
    }
}

}  // namespace

commands::Item parse_register_product(std::string_view body) {
    return read_start(body, commands::RegisterProduct{},
                      [](Member& member, commands::RegisterProduct& product) {
                          return take_texts(member, product.texts);
                      });
}

commands::Item parse_ensure_product(std::string_view body, std::string_view key) {
    using enum events::ProductField;
    commands::EnsureProduct change;
    events::ProductTexts& texts = change.product.texts;
    const auto check = [&](const Place& whole, Complaints& complaints) {
        if (!texts[external_id].empty() && texts[external_id] != key) {
            complaints.add(Place(whole, "external_id"),
                           "Leave external_id out, or give the one in the path: they differ.");
        }
    };
    commands::Item item;
    if (!body.empty()) {
        item = read_object(
            body, [&](Member& member) { return take_texts(member, texts); }, check);
    }
    texts.set(external_id, key);
    if (texts[name].empty()) {
        texts.set(name, key);
    }
    item.change = std::move(change);
    return item;
}

commands::Item parse_describe_product(std::string_view body) {
    return read_update(body, commands::DescribeProduct{},
                       [](Member& member, commands::DescribeProduct& product) {
                           return take_changes(member, product.changes);
                       });
}

commands::Item parse_identify_threat(std::string_view body) {
    return read_start(body, commands::IdentifyThreat{},
                      [](Member& member, commands::IdentifyThreat& threat) {
                          return take_start(member, threat);
                      });
}

commands::Item parse_change_threat(std::string_view body, ThreatId id) {
    commands::ChangeThreat start;
    start.threat_id = id;
    return read_update(body, std::move(start), [](Member& member, commands::ChangeThreat& threat) {
        if (member.is("status")) {
            threat.status = read_name<events::ThreatStatus>(member, OnNull::refused);
            return true;
        }
        return take_changes(member, threat.changes) ||
               take_scoring(member, OnNull::clears, threat.scoring);
    });
}

commands::Item parse_propose_mitigation(std::string_view body) {
    return read_start(body, commands::ProposeMitigation{},
                      [](Member& member, commands::ProposeMitigation& mitigation) {
                          return take_start(member, mitigation);
                      });
}

commands::Item parse_change_mitigation(std::string_view body, MitigationId id) {
    commands::ChangeMitigation start;
    start.mitigation_id = id;
    return read_update(
        body, std::move(start), [](Member& member, commands::ChangeMitigation& mitigation) {
            if (member.is("status")) {
                mitigation.status = read_name<events::MitigationStatus>(member, OnNull::refused);
                return true;
            }
            return take_changes(member, mitigation.changes) ||
                   take_scope(member, OnNull::clears, mitigation.scope);
        });
}

commands::Item parse_request_acceptance(std::string_view body) {
    commands::RequestAcceptance request;
    std::optional<base::Day> valid_until;
    commands::Item item = read_object(
        body,
        [&](Member& member) {
            if (member.is("valid_until")) {
                valid_until = read_day(member);
                return true;
            }
            return take_field(member, request);
        },
        [&](const Place& whole, Complaints& complaints) {
            if (request.threat_ids.empty()) {
                complaints.add_once(Place(whole, "threat_ids"), "Name at least one threat.");
            }
            if (request.texts[events::AcceptanceField::justification].empty()) {
                complaints.add_once(Place(whole, "justification"),
                                    "Give a justification: an auditor will ask why the risk was "
                                    "accepted.");
            }
            if (!valid_until) {
                complaints.add_once(Place(whole, "valid_until"),
                                    "Give the last day on which the risk is accepted, such as "
                                    "\"2027-01-31\".");
            }
        });
    request.valid_until = valid_until.value_or(base::Day{});
    item.change = std::move(request);
    return item;
}

commands::Item parse_step_acceptance(std::string_view body, AcceptanceId id,
                                     commands::AcceptanceAction action) {
    using enum commands::AcceptanceAction;
    commands::StepAcceptance step{id, action, {}};
    commands::Item item;
    if (!body.empty()) {
        item = read_object(
            body,
            [&](Member& member) {
                const bool is_note = action != withdraw && member.is("note");
                if (is_note) {
                    step.note = read_text(member, events::limits::reason_points_max, OnNull::absent)
                                    .value_or("");
                }
                return is_note;
            },
            check_nothing);
    }
    if (step.note.empty() && (action == reject || action == revoke)) {
        Complaints complaints;
        const Place whole;
        complaints.add(Place(whole, "note"),
                       "Give a note: the people who depend on the acceptance will ask why.");
        complaints.throw_if_any();
    }
    item.change = std::move(step);
    return item;
}

commands::Item parse_issue_token(std::string_view body) {
    TokenFields fields;
    commands::Item item = read_object(
        body, [&](Member& member) { return take_field(member, fields); },
        [&](const Place& whole, Complaints& complaints) {
            check_fields(fields, whole, complaints);
        });
    fields.token.role = fields.role.value();
    item.change = std::move(fields.token);
    return item;
}

std::string checked_text(std::string_view text, std::string_view parameter,
                         std::size_t points_max) {
    const bool is_utf8 = simdjson::validate_utf8(text.data(), text.size());
    std::string kept = events::with_newlines(text);
    const auto fault = is_utf8 ? fault_of_text(kept, points_max)
                               : std::optional<std::string>("Encode the text as UTF-8.");
    if (fault) {
        throw commands::Refusal(
            commands::RefusalKind::unacceptable,
            "In the parameter " + std::string(parameter) + ": " + *fault,
            {{commands::FieldError::Where::parameter, std::string(parameter), *fault}});
    }
    return kept;
}

std::string checked_reason(std::string_view text, std::string_view parameter) {
    return checked_text(text, parameter, events::limits::reason_points_max);
}

std::string checked_on_behalf_of(std::string_view text, std::string_view parameter) {
    return checked_text(text, parameter, events::limits::on_behalf_of_points_max);
}

}  // namespace threatatlas::command_json
