#include "commands/preconditions.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "commands/refusal.hpp"

namespace threatatlas::commands {
namespace {

/// Explains why no tag of If-Match matches the state. Faults of the tags themselves take
/// precedence.
std::string mismatch(const VersionCondition& condition, const SeenState& state) {
    if (state.version == 0) {
        return "There is no version yet that If-Match could name: leave the header out.";
    }
    if (condition.names_weak) {
        return "If-Match named a weak tag (W/\"...\"), and weak tags never match. A proxy that "
               "compresses answers makes their tags weak: have it pass this API's answers on "
               "unchanged, read the object again, and send the tag that comes then.";
    }
    if (condition.names_foreign) {
        return "If-Match named a tag that this server does not give: read the object again, and "
               "send its ETag exactly as it comes, quotes included.";
    }
    const auto& seen = condition.states;
    const bool is_same_version = std::any_of(
        seen.begin(), seen.end(), [&](const auto& tag) { return tag.version == state.version; });
    return is_same_version
               ? fmt::format(
                     "Version {} of the product is another one than the one If-Match names: "
                     "the log was restored or imported since. Read the product again, and "
                     "repeat the change if it still fits.",
                     state.version)
               : fmt::format(
                     "The product is at version {} by now: read it again, and repeat the "
                     "change if it still fits.",
                     state.version);
}

}  // namespace

void require_live_token(projections::Overlay& overlay, const Command& command, base::Instant now) {
    if (command.token_id == 0) {
        return;
    }
    const projections::Token* token = overlay.token(command.token_id);
    if (token == nullptr || !token->is_live(now)) {
        throw Refusal(RefusalKind::unauthorized,
                      "The token was revoked or has expired: ask an admin for a new one.");
    }
}

bool is_about_existing_product(const Command& command) {
    const Change& change = command.items.front().change;
    return !std::holds_alternative<RegisterProduct>(change) &&
           !std::holds_alternative<EnsureProduct>(change) &&
           !std::holds_alternative<IssueToken>(change) &&
           !std::holds_alternative<RevokeToken>(change) &&
           !std::holds_alternative<DefinePolicy>(change) &&
           !std::holds_alternative<RemovePolicy>(change);
}

void require_match(const Command& command, const SeenState& state) {
    if (!command.if_match) {
        return;
    }
    const auto& seen = command.if_match->states;
    const bool matches = command.if_match->any
                             ? state.version > 0
                             : std::find(seen.begin(), seen.end(), state) != seen.end();
    if (!matches) {
        throw Refusal(RefusalKind::precondition_failed, mismatch(*command.if_match, state),
                      {{FieldError::Where::header, "If-Match", "does not name the current state"}});
    }
}

void require_absence(const Command& command, bool created) {
    const bool was_absent =
        created && std::holds_alternative<EnsureProduct>(command.items.front().change);
    if (command.only_if_absent && !was_absent) {
        throw Refusal(
            RefusalKind::precondition_failed,
            "If-None-Match: * asks for a write only if there is nothing at this path, and "
            "there is: leave the header out. If-Match holds a write to a version.",
            {{FieldError::Where::header, "If-None-Match", "leave it out"}});
    }
}

}  // namespace threatatlas::commands
