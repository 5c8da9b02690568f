#pragma once

// Cursors into the stream of events: how far a consumer has read. A position alone only counts:
// after a backup was restored the same position is another event, and a consumer that goes on from
// it misses what was recorded in between. So the cursor that the server hands out also names the
// event.

#include <optional>
#include <string>

#include "events/event_log.hpp"
#include "events/log_epoch.hpp"
#include "http/api/request_query.hpp"

namespace threatatlas::api {

/// The cursor of a position that the view has: "1234-5f0c9d6be1a2c3d4"; "0" for the beginning.
std::string event_cursor(const store::ReadView& view, events::LogEpoch epoch, Position position);

/// The parameter `after` of a call about events: a position, or a cursor as event_cursor() gives
/// them; 0 if it was not given. Throws Rejection: 422 if it is neither, or lies beyond the end of
/// the log; 409 if the event at the cursor's position is not the one that the cursor names.
Position read_event_cursor(const RequestQuery& query, const store::ReadView& view,
                           events::LogEpoch epoch);

}  // namespace threatatlas::api
