#pragma once

/// Calls that run without the worker that read the request: calls whose cost grows with a product
/// or its history, such as lists, past states of a model and reports, and calls that wait until the
/// moment they ask about is final. The token is checked again when such a call starts.

#include "http/api/call.hpp"

namespace threatatlas::api {

/// Parks the call and runs its route on a thread of the pool. The route must require a token, must
/// not read the body (but may have kept it in call.body_held), and must be repeatable. If the queue
/// is full or the wait is too long, the response is 503; if the token has used up its share, 429. A
/// call whose client has closed the connection is not started. A running one ends at its next row
/// after its time limit has passed, its client has gone or the server stops. A route that sets
/// `is_answered_later` answers through call.parked.
void answer_in_background(Call& call, BackgroundPool& pool);

/// The same on services.long_calls, with the memory and time limits of services.long_reads.
void answer_long_read(Call& call);

/// The same for metrics. If the rest takes too long, responds with the metrics that need no reads.
void answer_scraper(Call& call, BackgroundPool& pool);

/// Parks a call whose route has thrown NotFinalYet on a worker, and repeats it on a worker when
/// `as_of` is final.
void answer_when_final(Call& call, base::Instant as_of);

}  // namespace threatatlas::api
