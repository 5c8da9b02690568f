#pragma once

/// @file
/// Conditions of a whole command that are independent of what its items change.

#include "commands/command.hpp"
#include "projections/overlay.hpp"

namespace threatatlas::commands {

/// Throws Refusal (unauthorized) if the token was revoked since the request was authenticated, or
/// has expired at `now`.
void require_live_token(projections::Overlay& overlay, const Command& command, base::Instant now);

/// Whether the command changes a product that has to exist: not the registration of a product, and
/// not a change of a token. All items of a command are of the same kind in this respect.
bool is_about_existing_product(const Command& command);

/// If-Match (RFC 9110 section 13.1.1). Throws Refusal (precondition_failed) unless it names the
/// state of the product. A state of version 0 means that there is no product yet.
void require_match(const Command& command, const SeenState& state);

/// If-None-Match: * (RFC 9110 section 13.1.2). Throws Refusal (precondition_failed) if it was sent,
/// as there always is something at the path of a write: the object that it changes, or the list
/// that it adds to. Evaluated last (section 13.2.1): a write that would fail anyway says why.
void require_absence_is_not_asked(const Command& command);

}  // namespace threatatlas::commands
