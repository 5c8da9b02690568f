#pragma once

/// Content negotiation by the headers Accept and Accept-Encoding (RFC 9110 section 12.5).

#include <cstdint>
#include <span>
#include <string_view>

#include <httplib.h>

namespace threatatlas::api {

/// The weight that the request gives to a media type, in thousandths: that of the most specific
/// range that contains the type; 0 if there is none. Ranges that are malformed are ignored, and so
/// are their parameters other than q.
std::uint32_t weight_of(const httplib::Request& request, std::string_view media_type);

/// The weight that the request gives to a content coding, in thousandths: its own, or that of `*`;
/// 0 if there is none.
std::uint32_t weight_of_coding(const httplib::Request& request, std::string_view coding);

}  // namespace threatatlas::api
