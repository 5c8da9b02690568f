#pragma once

#include <span>

#include "http/api/router.hpp"

namespace threatatlas::api {

// Every call of the server (contract, sections 2 to 6).
std::span<const Route> api_routes();

}  // namespace threatatlas::api
