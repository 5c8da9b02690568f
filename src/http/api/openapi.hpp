#pragma once

// The description of all calls (OpenAPI 3.1): src/http/openapi.json, built into the program.

#include <string_view>

namespace threatatlas::api {

extern const std::string_view openapi_document;

}  // namespace threatatlas::api
