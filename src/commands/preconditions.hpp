#pragma once

/// @file
/// Conditions of a whole command that are independent of what its items change.

#include "commands/command.hpp"
#include "projections/overlay.hpp"

namespace threatatlas::commands {

/// Throws Refusal (unauthorized) if the token was revoked since the request was authenticated, or
/// has expired at `now`.
void require_live_token(projections::Overlay& overlay, const Command& command, base::Instant now);

/// Returns true if the command changes a product that must exist. False if it may register a
/// product, and for changes of tokens. All items of a command are of the same kind in this respect.
bool is_about_existing_product(const Command& command);

/// Checks If-Match (RFC 9110 section 13.1.1). Throws Refusal (precondition_failed) unless it
/// contains the state of the product. A state with version 0 means that the product does not exist
/// yet.
void require_match(const Command& command, const SeenState& state);

/// Checks If-None-Match: * (RFC 9110 section 13.1.2). Throws Refusal (precondition_failed) if it
/// was sent and there is something at the path of the write. That is the case unless the command
/// was to ensure a product and has `created` it: otherwise the path is that of the changed object,
/// or of the list that is added to. Call last (section 13.2.1), so that a write that fails for
/// another reason reports that reason.
void require_absence(const Command& command, bool created);

}  // namespace threatatlas::commands
