#pragma once

// Calls whose cost grows with a product or with its history: lists, the past of a whole model,
// reports. The worker that read such a call goes on with others.

#include "http/call.hpp"

namespace threatatlas {

// Parks the call, and has its route answer it on a thread of services.long_calls, within the limits
// of services.long_reads. The route has a token's bearer, does not read the body, and can be begun
// again. Where too many wait, or for too long, the answer is 503; so it is where the answer itself
// takes too long. Its work ends at the next row when its time is up, its client has gone or the
// server stops.
void answer_patiently(Call& call);

}  // namespace threatatlas
