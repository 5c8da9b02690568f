#pragma once

/// Cursors into the event stream, which tell how far a consumer has read. A position alone is not
/// enough: after a backup was restored, the same position can be another event, and a consumer that
/// continues from it would miss events. A cursor therefore also identifies the event.

#include <optional>
#include <string>

#include "events/event_log.hpp"
#include "events/log_epoch.hpp"
#include "http/api/request_query.hpp"

namespace threatatlas::api {

/// The cursor of a position in the view, for example "1234-5f0c9d6be1a2c3d4"; "0" for the start.
std::string event_cursor(const store::ReadView& view, events::LogEpoch epoch, Position position);

/// The parameter `after` of an event call: a position, or a cursor from event_cursor(); 0 if it is
/// absent. Throws Rejection: 422 if it is neither or is beyond the end of the log; 409 if the event
/// at the cursor's position is not the event that the cursor identifies.
Position read_event_cursor(const RequestQuery& query, const store::ReadView& view,
                           events::LogEpoch epoch);

}  // namespace threatatlas::api
