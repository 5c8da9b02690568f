#include "commands/acceptance_decider.hpp"

#include <algorithm>
#include <charconv>
#include <numeric>
#include <utility>

#include <fmt/format.h>

#include "commands/policy_decider.hpp"
#include "events/limits.hpp"

namespace threatatlas::commands {
namespace {

using projections::AcceptanceState;

// The id after the last number sign of an actor, "name#7"; 0 for the server itself.
TokenId token_of(std::string_view actor) {
    const std::size_t sign = actor.rfind('#');
    TokenId id = 0;
    if (sign != std::string_view::npos) {
        std::from_chars(actor.data() + sign + 1, actor.data() + actor.size(), id);
    }
    return id;
}

std::string_view words_for(AcceptanceState state) {
    switch (state) {
        case AcceptanceState::requested:
            return "is not decided yet";
        case AcceptanceState::approved:
            return "was approved";
        case AcceptanceState::rejected:
            return "was rejected";
        case AcceptanceState::withdrawn:
            return "was withdrawn";
        case AcceptanceState::revoked:
            return "was revoked";
        case AcceptanceState::replaced:
            return "was replaced by another one";
    }
    return "";
}

Refusal conflict(std::string detail) {
    return {RefusalKind::conflict, std::move(detail)};
}

Refusal forbidden(std::string detail) {
    return {RefusalKind::forbidden, std::move(detail)};
}

std::string_view name_of(std::optional<events::Severity> severity) {
    return severity ? events::name_of(*severity) : "unscored";
}

}  // namespace

AcceptanceId AcceptanceDecider::request(RequestAcceptance& change) {
    require_valid_day(change.valid_until);
    require_controls(change.while_mitigations);
    if (change.replaces != 0) {
        require_replaceable(change.replaces);
    }
    const projections::Product& product = transaction_.require_product(product_id_);
    require_allowed_days(transaction_, product, today(), change.valid_until);
    if (product.requested_acceptances >= events::limits::acceptances_requested_max) {
        throw conflict(
            fmt::format("{} requests of this product are not decided: decide or "
                        "withdraw some first.",
                        product.requested_acceptances));
    }
    const AcceptanceId id = transaction_.drawn_id(product.last_acceptance_id, "acceptance");
    auto severities = severities_of(change.threat_ids);
    transaction_.emit(product_id_, events::AcceptanceRequested{
                                       id, std::move(change.threat_ids), std::move(severities),
                                       std::move(change.texts), change.valid_until,
                                       std::move(change.while_mitigations), change.replaces});
    return id;
}

void AcceptanceDecider::take_step(StepAcceptance& change) {
    const AcceptanceId id = change.acceptance_id;
    switch (change.action) {
        case AcceptanceAction::approve:
            approve(change);
            break;
        case AcceptanceAction::reject:
            require_another_person(require_requested(id));
            transaction_.emit(product_id_, events::AcceptanceRejected{id, std::move(change.note)});
            break;
        case AcceptanceAction::withdraw:
            require_requester(require_requested(id));
            transaction_.emit(product_id_, events::AcceptanceWithdrawn{id});
            break;
        case AcceptanceAction::revoke: {
            const projections::Acceptance& acceptance = require(id);
            if (acceptance.state != AcceptanceState::approved) {
                throw conflict(fmt::format("Acceptance {} {}: only an approved one can be revoked.",
                                           id, words_for(acceptance.state)));
            }
            if (acceptance.last_day < today()) {
                throw conflict(
                    fmt::format("Acceptance {} ended after {}: there is nothing to "
                                "revoke.",
                                id, base::format_day(acceptance.last_day)));
            }
            transaction_.emit(product_id_, events::AcceptanceRevoked{id, std::move(change.note)});
            break;
        }
    }
}

void AcceptanceDecider::approve(StepAcceptance& change) {
    const AcceptanceId id = change.acceptance_id;
    const projections::Acceptance& acceptance = require_requested(id);
    require_another_person(acceptance);
    if (acceptance.last_day < today()) {
        throw conflict(
            fmt::format("The request was for days until {}, which are over: reject it, "
                        "and let it be requested again.",
                        base::format_day(acceptance.last_day)));
    }
    require_room(acceptance);
    auto severities = severities_of(acceptance.threat_ids);
    for (std::size_t i = 0; i < severities.size(); ++i) {
        const ThreatId threat_id = acceptance.threat_ids[i];
        const projections::Exposure* const threat =
            transaction_.overlay().exposure(product_id_, threat_id);
        if (threat == nullptr || threat->removed) {
            throw conflict(
                fmt::format("Threat {} was removed after this was requested: reject it, "
                            "and let it be requested for the other threats.",
                            threat_id));
        }
        const auto accepted = std::count_if(
            threat->acceptances.begin(), threat->acceptances.end(),
            [this](const projections::ThreatAcceptance& one) { return one.last_day >= today(); });
        if (static_cast<std::size_t>(accepted) >= events::limits::acceptances_of_threat_max &&
            !ends_another(acceptance)) {
            throw conflict(
                fmt::format("{} acceptances of threat {} are in force: revoke some "
                            "first.",
                            accepted, threat_id));
        }
        if (projections::is_above(severities[i], acceptance.requested_severities[i])) {
            throw conflict(fmt::format(
                "Threat {} was {} when this was requested, and is {} now: "
                "reject it, and let it be requested again.",
                threat_id, name_of(acceptance.requested_severities[i]), name_of(severities[i])));
        }
    }
    transaction_.emit(
        product_id_, events::AcceptanceApproved{id, std::move(severities),
                                                events::Assurance::tokens, std::move(change.note)});
}

const projections::Acceptance& AcceptanceDecider::require(AcceptanceId id) {
    static_cast<void>(transaction_.require_product(product_id_));
    const projections::Acceptance* const acceptance =
        transaction_.overlay().acceptance(product_id_, id);
    if (acceptance == nullptr) {
        throw Refusal(RefusalKind::not_found,
                      fmt::format("Product {} has no acceptance {}.", product_id_, id));
    }
    return *acceptance;
}

const projections::Acceptance& AcceptanceDecider::require_requested(AcceptanceId id) {
    const projections::Acceptance& acceptance = require(id);
    if (acceptance.state != AcceptanceState::requested) {
        throw conflict(
            fmt::format("Acceptance {} {}: read it again.", id, words_for(acceptance.state)));
    }
    return acceptance;
}

void AcceptanceDecider::require_replaceable(AcceptanceId id) {
    const projections::Acceptance* const acceptance =
        transaction_.overlay().acceptance(product_id_, id);
    if (acceptance == nullptr) {
        transaction_.refuse("replaces",
                            fmt::format("Product {} has no acceptance {}.", product_id_, id));
    }
    if (acceptance->state != AcceptanceState::approved || acceptance->last_day < today()) {
        transaction_.refuse("replaces",
                            fmt::format("Acceptance {} is not in force: leave this out.", id));
    }
}

void AcceptanceDecider::require_controls(const std::vector<MitigationId>& ids) {
    for (const MitigationId id : ids) {
        const projections::Mitigation* const mitigation =
            transaction_.overlay().mitigation(product_id_, id);
        if (mitigation == nullptr || mitigation->removed) {
            transaction_.refuse("while_mitigations",
                                fmt::format("Product {} has no mitigation {}: it never existed, or "
                                            "it was removed.",
                                            product_id_, id));
        }
    }
}

void AcceptanceDecider::require_valid_day(base::Day day) const {
    const base::Day latest = today() + events::limits::acceptance_days_max;
    if (day < today() || day > latest) {
        transaction_.refuse(
            "valid_until",
            fmt::format("Give a day from {} to {}, in UTC; {} is {}.", base::format_day(today()),
                        base::format_day(latest), base::format_day(day),
                        day < today() ? "over" : "too far ahead"));
    }
}

// Two tokens are not two people, but one token is surely not two.
void AcceptanceDecider::require_another_person(const projections::Acceptance& acceptance) const {
    const Command& command = transaction_.command();
    const TokenId requester = token_of(acceptance.request.actor);
    if (command.token_id == requester) {
        throw forbidden("The token that requested this may not decide on it: another person must.");
    }
    const std::string& decides_for = transaction_.item().on_behalf_of;
    if (!decides_for.empty() && decides_for == acceptance.request.on_behalf_of) {
        throw forbidden(fmt::format(
            "This was requested on behalf of {}, who may not decide on it: another person must.",
            decides_for));
    }
    const projections::Token* const token = transaction_.overlay().token(command.token_id);
    if (token != nullptr && requester != 0 && token_of(token->issued_by) == requester) {
        throw forbidden(
            "The token that requested this has issued this token: another person must "
            "decide on it.");
    }
}

void AcceptanceDecider::require_requester(const projections::Acceptance& acceptance) const {
    if (transaction_.command().token_id != token_of(acceptance.request.actor)) {
        throw forbidden(
            fmt::format("Only the token that requested this, {}, may withdraw it. An "
                        "approver can reject it.",
                        acceptance.request.actor));
    }
}

// True if the approval of the acceptance ends the one that it replaces.
bool AcceptanceDecider::ends_another(const projections::Acceptance& acceptance) {
    const projections::Acceptance* const replaced =
        transaction_.overlay().acceptance(product_id_, acceptance.replaces);
    return replaced != nullptr && replaced->state == AcceptanceState::approved &&
           replaced->last_day >= today();
}

void AcceptanceDecider::require_room(const projections::Acceptance& acceptance) {
    const projections::AcceptedDays& days = transaction_.require_product(product_id_).accepted;
    const std::uint64_t approved =
        std::accumulate(days.begin(), days.end(), std::uint64_t{0},
                        [this](std::uint64_t sum, const projections::AcceptedDay& day) {
                            return sum + (day.last_day < today() ? 0 : day.approved);
                        });
    if (approved >= events::limits::acceptances_in_force_max && !ends_another(acceptance)) {
        throw conflict(
            fmt::format("{} acceptances of this product are in force, and there can be "
                        "no more: revoke some, or accept several threats at once.",
                        approved));
    }
}

std::vector<std::optional<events::Severity>> AcceptanceDecider::severities_of(
    const std::vector<ThreatId>& ids) {
    std::vector<std::optional<events::Severity>> severities;
    severities.reserve(ids.size());
    for (const ThreatId id : ids) {
        severities.push_back(transaction_.overlay().threat(product_id_, id)->scoring.severity);
    }
    return severities;
}

}  // namespace threatatlas::commands
