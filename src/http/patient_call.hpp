#pragma once

// Calls whose cost grows with a product or with its history: lists, the past of a whole model,
// reports. The worker that read such a call goes on with others.

#include "http/call.hpp"
#include "http/patient_pool.hpp"

namespace threatatlas {

// Parks the call, and has its route answer it on a thread of the pool. The route has a token's
// bearer and does not read the body. Where too many wait, or for too long, the answer is 503.
void answer_patiently(Call& call, PatientPool& pool);

}  // namespace threatatlas
