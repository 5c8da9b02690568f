#pragma once

/// @file
/// Parses the body of a request into the items of a command, and applies all rules for fields that
/// need no state. Every function throws Refusal: malformed if the text is not JSON, unacceptable,
/// with pointers to the fields, if fields break rules. Duplicate keys, unknown fields, invalid
/// UTF-8 and bytes after the end are refused. May be called from any thread.

#include <string_view>
#include <vector>

#include "commands/command.hpp"

namespace threatatlas::command_json {

commands::Item parse_register_product(std::string_view body);
/// For a product whose external_id is `key`, a text that checked_text() accepts. An empty body is
/// allowed. If the body contains no name, the name is the key; if it contains an external_id, it
/// must be the key.
commands::Item parse_ensure_product(std::string_view body, std::string_view key);
commands::Item parse_describe_product(std::string_view body);
commands::Item parse_identify_threat(std::string_view body);
commands::Item parse_change_threat(std::string_view body, ThreatId id);
commands::Item parse_propose_mitigation(std::string_view body);
commands::Item parse_change_mitigation(std::string_view body, MitigationId id);
commands::Item parse_request_acceptance(std::string_view body);
/// The body may be empty if the action needs no note.
commands::Item parse_step_acceptance(std::string_view body, AcceptanceId id,
                                     commands::AcceptanceAction action);
/// Without the secret, which the caller adds.
commands::Item parse_issue_token(std::string_view body);

/// The format of a bulk body: one JSON object per line, an array of them, or an array of
/// CloudEvents 1.0 (JSON batch format).
enum class BulkForm { ndjson, array, cloudevents };
/// At least one item, at most limits::bulk_items_max.
std::vector<commands::Item> parse_bulk(std::string_view body, BulkForm form);

/// Checks a parameter that is compared with a text of the model: UTF-8, not empty, no control
/// characters except newline and tab, at most `points_max` code points. Throws Refusal that names
/// `parameter`.
std::string checked_text(std::string_view text, std::string_view parameter, std::size_t points_max);
/// For parameters of a DELETE, which follow the rules of the fields in a body. Throw Refusal that
/// names `parameter`.
std::string checked_reason(std::string_view text, std::string_view parameter);
std::string checked_on_behalf_of(std::string_view text, std::string_view parameter);

}  // namespace threatatlas::command_json
