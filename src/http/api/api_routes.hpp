#pragma once

#include <span>

#include "http/api/router.hpp"

namespace threatatlas::api {

/// All routes of the server, in the order in which they are matched: the calls of the API, then the
/// paths of the page, unless the program was built without it.
std::span<const Route> api_routes();

/// The last of these: the paths of the page, which are no calls of the API. Empty without the page.
std::span<const Route> page_routes();

}  // namespace threatatlas::api
