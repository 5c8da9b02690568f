#pragma once

// A server with product 1, and the paths of its objects.

#include <cstdint>
#include <string>

#include <nlohmann/json.hpp>

#include "support/api_fixture.hpp"

namespace threatatlas::testing {

struct ApiWrites : ApiFixture {
    ApiWrites() { made("POST", "/api/products", {{"name", "Payments API"}}); }

    std::uint64_t log_end() const { return last_event()["position"]; }
    nlohmann::json last_event() const { return get("/api/events?limit=1000").lines().back(); }

    const std::string threats = "/api/products/1/threats";
    const std::string mitigations = "/api/products/1/mitigations";
    const std::string events = "/api/products/1/events";
};

}  // namespace threatatlas::testing
