#pragma once

/// Entity tags and conditional requests (RFC 9110 sections 8.8.3 and 13.1).

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <httplib.h>

#include "commands/command.hpp"
#include "events/log_epoch.hpp"
#include "projections/query/history.hpp"
#include "projections/verdict.hpp"

namespace threatatlas::api {

// A tag contains everything that determines the response, except the path. The state of a product
// is identified by its version or position together with its StateId, because the same version may
// be another state after a restore. The StateId is combined with the log epoch, so that the tags of
// an imported log differ even if it has the same event ids as another log.

/// The tag of an object: strong, for example `"17-5f0c9d6be1a2c3d4"`. The first part is the version
/// of its product.
std::string state_tag(events::LogEpoch epoch, const commands::SeenState& state);
/// The tag of the gate's response about a product: weak, because generated_at differs in every
/// response.
std::string gate_tag(events::LogEpoch epoch, const query::ProductAt& product,
                     const projections::Thresholds& asked, query::Moment moment = std::nullopt);
/// The tag of that response in another form (status_forms.hpp): strong. `form` is its suffix,
/// `model_path` the parameter of that name.
std::string status_form_tag(events::LogEpoch epoch, const query::ProductAt& product,
                            const projections::Thresholds& asked, query::Moment moment,
                            std::string_view form, std::string_view model_path = {});
/// The tag of a report about a product as of an instant: strong.
std::string report_tag(events::LogEpoch epoch, const query::ProductAt& product, base::Instant as_of,
                       const projections::Thresholds& asked);

/// Returns true if If-None-Match contains the tag (weak comparison) or is `*`.
bool names_tag(const httplib::Request& request, std::string_view tag);

/// Sets ETag. If the client already has this representation, sets status 304 and returns true.
bool answered_not_modified(const httplib::Request& request, httplib::Response& response,
                           const std::string& tag);

/// The tags of If-Match, in the format of state_tag(); nullopt if the header is absent. Throws
/// Rejection 422 if it is not a list of tags.
std::optional<commands::VersionCondition> read_if_match(const httplib::Request& request,
                                                        events::LogEpoch epoch);

/// Returns true if a write has If-None-Match: *. Throws Rejection 422 if the header contains tags:
/// a write names its version with If-Match. If-Modified-Since and If-Unmodified-Since are ignored,
/// as RFC 9110 sections 13.1.3 and 13.1.4 require of a server that sends no modification dates.
bool reads_only_if_absent(const httplib::Request& request);

}  // namespace threatatlas::api
