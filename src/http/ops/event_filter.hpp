#pragma once

// Which events a stream shows, judged by the front of their lines: type and product stand at the
// same place in every line (docs/FORMATS.md), so the rest need not be read.

#include <bitset>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "events/event.hpp"
#include "events/store/read_view.hpp"
#include "projections/access.hpp"

namespace threatatlas {

// Of a line that this program stored; nothing where it has another form.
struct LineHead {
    ProductId product_id = 0;  // 0 for token events
    EventType type = EventType::product_registered;
};
std::optional<LineHead> head_of(std::string_view line);

struct EventFilter {
    ProductId product = 0;                 // 0 = all that the bearer sees
    std::shared_ptr<const Bearer> bearer;  // token events only for admins; needed if product is 0
    std::bitset<std::variant_size_v<EventData>> types;  // none set = all

    bool wants(const LineHead& head) const;
};

// Lines of one answer.
struct EventPage {
    std::string lines;        // NDJSON
    std::size_t count = 0;    // of lines
    Position looked_at = 0;   // where the next page goes on
    bool is_cut_off = false;  // there may be more

    // What the page has cost.
    std::size_t lines_scanned = 0;
    std::size_t bytes_scanned = 0;
};

// The wanted lines after `after` and up to `last`, at most `limit` of them and no more than the
// limits of a page allow to be looked at, in lines and in bytes.
EventPage read_event_page(const ReadView& view, const EventFilter& filter, Position after,
                          Position last, std::size_t limit);

}  // namespace threatatlas
