#include <chrono>

#include <fmt/format.h>

#include "commands/nearest_name.hpp"
#include "events/limits.hpp"
#include "http/access_log.hpp"
#include "http/call.hpp"
#include "http/calls.hpp"
#include "http/event_filter.hpp"
#include "http/page.hpp"
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

// Parks the request until there is something to say.
void wait_for_events(Call& call, EventsAsked asked, const EventPage& empty) {
    const auto finish = [&services = call.services, record = call.record](
                            httplib::Response& response, EventPage page) {
        answer_events(response, std::move(page));
        note_answer(services, record, response.status);
    };
    const ParkedRequest parked =
        call.exchange.park({.wait_ms_max = asked.wait,
                            .otherwise =
                                [finish, looked_at = empty.looked_at](httplib::Response& response) {
                                    EventPage nothing;
                                    nothing.looked_at = looked_at;
                                    finish(response, std::move(nothing));
                                },
                            .give_up_on_stop = true});
    call.is_parked = true;
    const auto until = std::chrono::steady_clock::now() + asked.wait;
    call.engine().watch().add(
        asked.filter, empty.looked_at, until,
        [parked, finish, asked, looked_at = empty.looked_at, engine = call.engine_held] {
            parked.complete([=](httplib::Response& response) {
                finish(response, read_event_page(ReadView(engine->store()), asked.filter, looked_at,
                                                 asked.page.limit));
            });
        });
}

void get_events(Call& call, const RequestQuery& query, EventsAsked asked) {
    EventPage page = read_event_page(ReadView(call.engine().store()), asked.filter,
                                     asked.page.after, asked.page.limit);
    const bool waits = page.count == 0 && !page.is_cut_off && asked.wait.count() > 0;
    if (waits && call.engine().watch().has_room()) {
        wait_for_events(call, std::move(asked), page);
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
    asked.filter.product_ids = call.bearer().product_ids;
    asked.filter.token_events = call.bearer().role == Role::admin;
    get_events(call, query, std::move(asked));
}

}  // namespace threatatlas
