#pragma once

#include <span>

#include "http/api/router.hpp"

namespace threatatlas::api {

/// All routes of the server, in the order in which they are matched.
std::span<const Route> api_routes();

}  // namespace threatatlas::api
