#pragma once

// Entity tags and the conditions on them (RFC 9110 sections 8.8.3 and 13.1).

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <httplib.h>

#include "commands/command.hpp"

namespace threatatlas {

// Of an object: the version of its product, "17".
std::string version_tag(std::uint64_t version);
// Of the gate's answer: weak, for generated_at is another one each time.
std::string gate_tag(Position position);

// Whether If-None-Match names the tag, compared weakly, or is `*`.
bool names_tag(const httplib::Request& request, std::string_view tag);

// Sets the ETag and, where the client has that one already, answers 304. Whether it did.
bool answered_not_modified(const httplib::Request& request, httplib::Response& response,
                           const std::string& tag);

// If-Match. Weak tags never match (RFC 9110 section 13.1.1). Nothing where it was not sent; throws
// Rejection 422 where it has another form.
std::optional<VersionCondition> read_if_match(const httplib::Request& request);

// Whether a write has If-None-Match: *. Throws Rejection 422 where the header names tags: a write
// is held to a version by If-Match. Dates (If-Modified-Since, If-Unmodified-Since) are ignored, as
// RFC 9110 sections 13.1.3 and 13.1.4 demand of a server that gives none.
bool reads_only_if_absent(const httplib::Request& request);

}  // namespace threatatlas
