#pragma once

/// The OpenAPI 3.1 description of all calls: src/http/api/openapi.json, compiled into the program.

#include <string_view>

namespace threatatlas::api {

extern const std::string_view openapi_document;

}  // namespace threatatlas::api
