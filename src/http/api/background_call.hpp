#pragma once

// Calls that go on without the worker that read them: those whose cost grows with a product or with
// its history, such as lists, the past of a whole model and reports, and those that wait until what
// they ask about is final. The token is looked at again when such a call begins.

#include "http/api/call.hpp"

namespace threatatlas::api {

// Parks the call, and has its route answer it on a thread of the pool. The route has a token's
// bearer, does not read the body and can be begun again. If too many wait, or for too long, the
// answer is 503, or 429 if they are the same token's. A call whose client has closed is not begun;
// one under way ends at its next row when its time is up, its client has gone or the server stops.
// A route that sets `is_answered_later` answers by call.parked.
void answer_in_background(Call& call, BackgroundPool& pool);

// The same on services.long_calls, within the limits of services.long_reads on memory and time.
void answer_long_read(Call& call);

// The same for the metrics, which are answered with what is at hand if the rest takes too long.
void answer_scraper(Call& call, BackgroundPool& pool);

// Parks the call, whose route is a quick one that has thrown NotFinalYet, and has it answered by a
// worker once it is final.
void answer_when_final(Call& call, base::Instant as_of);

}  // namespace threatatlas::api
