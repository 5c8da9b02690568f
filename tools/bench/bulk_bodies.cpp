#include "bulk_bodies.hpp"

#include <fmt/format.h>

#include "events/event_line.hpp"
#include "events/limits.hpp"
#include "product_history.hpp"

namespace threatatlas::bench {
namespace {

events::EventData next_fact(ProductHistory& history, Random& random) {
    const std::uint64_t kind = below(random, 100);
    if (kind < 55) {
        return history.new_threat(random);
    }
    return kind < 70 ? history.new_mitigation(random) : history.change(random);
}

// The data of the event's line, under the short name of its type.
std::string item_of(const events::Event& event) {
    std::string line;
    events::append_line(line, event);
    return fmt::format("{{\"type\":\"{}\",{}\n", events::name_of(event.type()),
                       std::string_view(line).substr(line.find("\"data\":")));
}

BulkBody make_body(Random& random) {
    ProductHistory history(1);
    BulkBody body;
    while (body.items < events::limits::bulk_items_max) {
        events::Event event;
        event.product_id = history.id();
        event.data = next_fact(history, random);
        const std::string item = item_of(event);
        if (body.ndjson.size() + item.size() > events::limits::bulk_body_bytes_max) {
            break;
        }
        body.ndjson += item;
        ++body.items;
    }
    return body;
}

}  // namespace

std::vector<BulkBody> make_bulk_bodies(std::uint64_t seed, std::size_t count) {
    Random random(seed);
    std::vector<BulkBody> bodies;
    for (std::size_t i = 0; i < count; ++i) {
        bodies.push_back(make_body(random));
    }
    return bodies;
}

}  // namespace threatatlas::bench
