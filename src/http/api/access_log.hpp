#pragma once

// What is noted of every answer.

#include <chrono>

#include "http/api/call.hpp"

namespace threatatlas::api {

// Counts the answer and, where the operator asked for it, logs one line. Called once a request,
// when its answer is made.
void note_answer(const ApiServices& services, const ops::RequestRecord& record, int status);

// The line alone.
void log_access(const ApiServices& services, const ops::RequestRecord& record, int status,
                std::chrono::microseconds took);

}  // namespace threatatlas::api
