#pragma once

/// Selects events for a stream by the start of their lines: type and product are at the same place
/// in every line (docs/FORMATS.md), so the rest is not parsed.

#include <bitset>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "events/event.hpp"
#include "events/store/read_view.hpp"
#include "projections/access.hpp"

namespace threatatlas::ops {

/// The start of a line that this program stored.
struct LineHead {
    ProductId product_id = 0;  ///< 0 for events of tokens and policies
    events::EventType type = events::EventType::product_registered;
};
std::optional<LineHead> head_of(std::string_view line);

struct EventFilter {
    ProductId product = 0;  ///< 0: all that the bearer may see
    /// Required if product is 0. Only admins see token events.
    std::shared_ptr<const projections::Bearer> bearer;
    std::bitset<std::variant_size_v<events::EventData>> types;  ///< none set: all

    bool wants(const LineHead& head) const;
};

/// The lines of one response.
struct EventPage {
    std::string lines;        ///< NDJSON
    std::size_t count = 0;    ///< number of lines
    Position looked_at = 0;   ///< position at which the next page continues
    bool is_cut_off = false;  ///< more lines may follow

    /// The cost of the page.
    std::size_t lines_scanned = 0;
    std::size_t bytes_scanned = 0;
};

/// Returns the matching lines in (`after`, `last`]: at most `limit`, and within the limits for
/// scanned lines and bytes of a page.
EventPage read_event_page(const store::ReadView& view, const EventFilter& filter, Position after,
                          Position last, std::size_t limit);

}  // namespace threatatlas::ops
