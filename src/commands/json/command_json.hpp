#pragma once

// From a request's body to the items of a command: all rules for fields that need no state. Every
// function throws Refusal: malformed where the text is not JSON, unacceptable with pointers to the
// fields that break a rule. Bodies are walked whole: duplicate keys, unknown fields, invalid UTF-8
// and bytes after the end are refused. May be called from any thread.

#include <string_view>
#include <vector>

#include "commands/command.hpp"

namespace threatatlas {

Item parse_register_product(std::string_view body);
Item parse_describe_product(std::string_view body);
Item parse_identify_threat(std::string_view body);
Item parse_change_threat(std::string_view body, ThreatId id);
Item parse_propose_mitigation(std::string_view body);
Item parse_change_mitigation(std::string_view body, MitigationId id);
// Without the secret, which the caller makes.
Item parse_issue_token(std::string_view body);

// How a body of many items is written: one JSON object a line, an array of them, or an array of
// CloudEvents 1.0 (JSON batch format).
enum class BulkForm { ndjson, array, cloudevents };
// At least one item, at most limits::bulk_items_max.
std::vector<Item> parse_bulk(std::string_view body, BulkForm form);

// A parameter that is held against a text of the model: UTF-8, not empty, no control characters
// but newline and tab, at most `points_max` code points. Throws Refusal naming `parameter`.
std::string checked_text(std::string_view text, std::string_view parameter, std::size_t points_max);
// For parameters of a DELETE, by the rules of the body's fields. Throws Refusal naming `parameter`.
std::string checked_reason(std::string_view text, std::string_view parameter);
std::string checked_on_behalf_of(std::string_view text, std::string_view parameter);

}  // namespace threatatlas
