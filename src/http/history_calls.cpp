#include <chrono>

#include <fmt/format.h>

#include "commands/nearest_name.hpp"
#include "events/limits.hpp"
#include "http/call.hpp"
#include "http/calls.hpp"
#include "http/event_filter.hpp"
#include "http/page.hpp"
#include "http/parked_call.hpp"
#include "http/request_query.hpp"
#include "projections/threat_history.hpp"

namespace threatatlas {
namespace {

EventFilter read_types(const RequestQuery& query) {
    EventFilter filter;
    for (const std::string_view name : query.list("types")) {
        const auto type = parse_event_type(name);
        if (!type) {
            const auto names = names_of<EventType>();
            const auto meant = nearest_name(name, names);
            throw bad_parameter(
                "types", fmt::format("There is no event type {}. {}", name,
                                     !meant.empty() ? fmt::format("Did you mean {}?", meant)
                                                    : std::string("Types are named like "
                                                                  "threat.identified, separated by "
                                                                  "commas.")));
        }
        filter.types.set(static_cast<std::size_t>(*type));
    }
    return filter;
}

struct EventsAsked {
    EventFilter filter;
    PageAsked page;
    std::chrono::seconds wait{0};
};

EventsAsked read_events_asked(const RequestQuery& query) {
    EventsAsked asked{.filter = read_types(query), .page = read_page(query)};
    asked.wait = std::chrono::seconds(
        query.number("wait", 0, static_cast<std::uint64_t>(limits::long_poll_max.count()))
            .value_or(0));
    return asked;
}

constexpr const char* ndjson_type = "application/x-ndjson";

// X-Log-Position says how far the answer has looked, also where it holds no line.
void answer_events(httplib::Response& response, EventPage page) {
    response.headers.emplace("X-Log-Position", std::to_string(page.looked_at));
    answer(response, std::move(page.lines), ndjson_type);
}

// Answers as soon as there is something to say, with nothing when the time is up.
void wait_for_events(Call& call, EventsAsked asked, Position looked_at) {
    const ParkedCall parked(call, {.wait_max = asked.wait, .give_up_on_stop = true},
                            [looked_at](httplib::Response& response) {
                                EventPage nothing;
                                nothing.looked_at = looked_at;
                                answer_events(response, std::move(nothing));
                            });
    const auto until = std::chrono::steady_clock::now() + asked.wait;
    const auto answer = [&store = call.engine().store(), filter = asked.filter, looked_at,
                         limit = asked.page.limit](httplib::Response& response) {
        answer_events(response, read_event_page(ReadView(store), filter, looked_at, limit));
    };
    call.engine().watch().add(std::move(asked.filter), looked_at, until,
                              [parked, answer] { parked.complete(answer); });
}

void get_events(Call& call, const RequestQuery& query, EventsAsked asked) {
    EventPage page = read_event_page(ReadView(call.engine().store()), asked.filter,
                                     asked.page.after, asked.page.limit);
    const bool waits = page.count == 0 && !page.is_cut_off && asked.wait.count() > 0;
    if (waits && call.engine().watch().has_room()) {
        wait_for_events(call, std::move(asked), page.looked_at);
        return;
    }
    if (page.is_cut_off) {
        link_next_page(call, query, page.looked_at);
    }
    answer_events(call.response, std::move(page));
}

}  // namespace

void get_threat_history(Call& call) {
    const auto run = [&] {
        const RequestQuery query(call.query, {"limit", "after"});
        const PageAsked asked = read_page(query);
        ListPage page(asked);
        const bool known =
            scan_threat_history(ReadView(call.engine().store()), call.product_id(),
                                call.object_id(), [&](Position position, std::string_view line) {
                                    if (position <= asked.after) {
                                        return true;
                                    }
                                    if (!page.takes_more()) {
                                        return false;
                                    }
                                    page.next(position).raw(line);
                                    return true;
                                });
        if (!known) {
            require_registered(call);
            throw Rejection({.status = 404,
                             .detail = fmt::format("Product {} never had a threat {}.",
                                                   call.product_id(), call.object_id())});
        }
        page.finish(call, query);
    };
    judged(call, run);
}

void get_product_events(Call& call) {
    const auto run = [&] {
        const RequestQuery query(call.query, {"after", "limit", "types", "wait"});
        EventsAsked asked = read_events_asked(query);
        asked.filter.product = call.product_id();
        require_registered(call);
        get_events(call, query, std::move(asked));
    };
    judged(call, run);
}

void get_all_events(Call& call) {
    const RequestQuery query(call.query, {"after", "limit", "types", "wait"});
    EventsAsked asked = read_events_asked(query);
    asked.filter.bearer = call.bearer_held;
    get_events(call, query, std::move(asked));
}

}  // namespace threatatlas
