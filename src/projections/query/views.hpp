#pragma once

/// @file
/// The JSON of responses: one function per shape of the contract, shared by the server and the
/// replay tool. All functions append to `json`.

#include <optional>
#include <span>
#include <string>

#include "base/json_writer.hpp"
#include "projections/query/acceptances.hpp"
#include "projections/query/policies.hpp"
#include "projections/query/product_model.hpp"
#include "projections/query/timeline.hpp"

namespace threatatlas::query {

/// likelihood x impact; nullopt if they are absent.
std::optional<std::uint64_t> risk_score(const events::Scoring& scoring);

/// {"total_threats":…,"by_severity":{…},…}
void write_summary(base::JsonWriter& json, const projections::Posture& posture);
/// {"id":…,"product_id":…,…}; absent fields are null.
void write_threat(base::JsonWriter& json, ProductId product, const ThreatView& view);
/// The same members, written into an object that is already open.
void write_threat_members(base::JsonWriter& json, ProductId product, const ThreatView& view);
void write_mitigation(base::JsonWriter& json, ProductId product, const MitigationView& view);
/// {"id":…,"product_id":…,"state":…,…}
void write_acceptance(base::JsonWriter& json, ProductId product, const AcceptanceView& view);
/// Values of its members: an array, and an object; null if there is none.
void write_accepted_severities(base::JsonWriter& json,
                               const std::vector<std::optional<events::Severity>>& severities);
void write_acceptance_step(base::JsonWriter& json,
                           const std::optional<projections::AcceptanceStep>& step);
/// {"id":…,"name":…,…,"version":…,"created_at":…,"updated_at":…,"archived_at":…,"summary":{…}}
void write_product(base::JsonWriter& json, const ProductAt& product);
/// The same members, written into an object that is already open.
void write_product_members(base::JsonWriter& json, const ProductAt& product);
/// The value of its member "policy": {"name":…,"enforced":…}, or null without one.
void write_assigned_policy(base::JsonWriter& json, const projections::PolicyAssignment& policy);
/// "product_id":…,"product_name":…,"summary":{…}, and "position":…,"recorded_at":…: members of an
/// object that is already open.
void write_identity(base::JsonWriter& json, const ProductAt& product);
void write_recorded(base::JsonWriter& json, const ProductAt& product);
/// An object with these members.
void write_posture(base::JsonWriter& json, const ProductAt& product);
/// `products`: the number of products that have the policy; nullopt: not shown.
void write_policy(base::JsonWriter& json, const PolicyView& policy,
                  std::optional<std::uint64_t> products = std::nullopt);
/// {"at":…,"position":…,"summary":{…}}, and a list of them.
void write_timeline_point(base::JsonWriter& json, const TimelinePoint& point);
void write_timeline(base::JsonWriter& json, std::span<const TimelinePoint> points);
/// A token without its secret; last_used_at is null if it was never used.
void write_token(base::JsonWriter& json, TokenId id, const projections::Token& token,
                 std::optional<base::Instant> last_used_at);
/// The same with its secret, for the only response that shows it.
void write_issued_token(base::JsonWriter& json, TokenId id, const projections::Token& token,
                        std::string_view secret);

}  // namespace threatatlas::query
