#pragma once

/// @file
/// The JSON of responses: one function per shape of the contract, shared by the server and the
/// replay tool. All functions append to `json`.

#include <optional>
#include <span>
#include <string>

#include "base/json_writer.hpp"
#include "projections/query/product_model.hpp"
#include "projections/query/timeline.hpp"
#include "projections/verdict.hpp"

namespace threatatlas {

/// likelihood x impact; nullopt if they are absent.
std::optional<std::uint64_t> risk_score(const Scoring& scoring);

/// {"total_threats":…,"by_severity":{…},…}
void write_summary(JsonWriter& json, const Posture& posture);
/// {"id":…,"product_id":…,…}; absent fields are null.
void write_threat(JsonWriter& json, ProductId product, const ThreatView& view);
/// The same members, written into an object that is already open.
void write_threat_members(JsonWriter& json, ProductId product, const ThreatView& view);
void write_mitigation(JsonWriter& json, ProductId product, const MitigationView& view);
/// {"id":…,"name":…,…,"version":…,"created_at":…,"updated_at":…,"archived_at":…,"summary":{…}}
void write_product(JsonWriter& json, const ProductAt& product);
/// "pass":…,"failures":[…],"conditions":[…]: members of an object that is already open.
void write_verdict_members(JsonWriter& json, const Verdict& verdict);
/// The response body of security-status.
void write_security_status(JsonWriter& json, const ProductAt& product, const Verdict& verdict,
                           Instant generated_at);
/// {"product_id":…,"product_name":…,"summary":{…},"position":…,"recorded_at":…}
void write_posture(JsonWriter& json, const ProductAt& product);
/// {"at":…,"position":…,"summary":{…}}, and a list of them.
void write_timeline_point(JsonWriter& json, const TimelinePoint& point);
void write_timeline(JsonWriter& json, std::span<const TimelinePoint> points);
/// A token without its secret; last_used_at is null if it was never used.
void write_token(JsonWriter& json, TokenId id, const Token& token,
                 std::optional<Instant> last_used_at);
/// The same with its secret, for the only response that shows it.
void write_issued_token(JsonWriter& json, TokenId id, const Token& token, std::string_view secret);

}  // namespace threatatlas
