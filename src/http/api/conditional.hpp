#pragma once

// Entity tags and the conditions on them (RFC 9110 sections 8.8.3 and 13.1).

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

// A tag identifies an answer: it holds everything that the answer follows from, besides the path. A
// state of a product is named by its version or position, which say how far it has come, and by its
// StateId, which tells it from the state that the same version was before a restore. The epoch of
// the log is mixed into the latter, so that an imported log that reuses the ids of another one's
// events has other tags.

// Of an object: strong, `"17-5f0c9d6be1a2c3d4"` with the version of its product.
std::string state_tag(events::LogEpoch epoch, const commands::SeenState& state);
// Of the gate's answer about a product: weak, for generated_at is another one each time.
std::string gate_tag(events::LogEpoch epoch, const query::ProductAt& product,
                     const projections::Thresholds& asked, query::Moment moment = std::nullopt);
// Of a report about a product, as of an instant: strong.
std::string report_tag(events::LogEpoch epoch, const query::ProductAt& product, base::Instant as_of,
                       const projections::Thresholds& asked);

// Whether If-None-Match names the tag, compared weakly, or is `*`.
bool names_tag(const httplib::Request& request, std::string_view tag);

// Sets the ETag and, where the client has that one already, answers 304. Whether it did.
bool answered_not_modified(const httplib::Request& request, httplib::Response& response,
                           const std::string& tag);

// If-Match, as state_tag() gives them; nothing if it was not sent. Throws Rejection 422 if it is no
// list of tags.
std::optional<commands::VersionCondition> read_if_match(const httplib::Request& request,
                                                        events::LogEpoch epoch);

// Whether a write has If-None-Match: *. Throws Rejection 422 where the header names tags: a write
// is held to a version by If-Match. Dates (If-Modified-Since, If-Unmodified-Since) are ignored, as
// RFC 9110 sections 13.1.3 and 13.1.4 demand of a server that gives none.
bool reads_only_if_absent(const httplib::Request& request);

}  // namespace threatatlas::api
