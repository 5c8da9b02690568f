#pragma once

/// Metrics and access log of responses.

#include <chrono>

#include "http/api/call.hpp"

namespace threatatlas::api {

/// Counts the response and, if the access log is on, writes its line. Called once per request, when
/// its response is complete.
void note_answer(const ApiServices& services, const ops::RequestRecord& record, int status);

/// Writes only the line of the access log.
void log_access(const ApiServices& services, const ops::RequestRecord& record, int status,
                std::chrono::microseconds took);

}  // namespace threatatlas::api
