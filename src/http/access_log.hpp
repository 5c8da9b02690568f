#pragma once

// What is noted of every answer.

#include "http/call.hpp"

namespace threatatlas {

// Counts the answer and, where the operator asked for it, logs one line. Called once a request,
// when its answer is made.
void note_answer(const ApiServices& services, const RequestRecord& record, int status);

}  // namespace threatatlas
