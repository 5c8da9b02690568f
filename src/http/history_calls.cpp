#include <chrono>

#include <fmt/format.h>

#include "commands/nearest_name.hpp"
#include "events/limits.hpp"
#include "http/call.hpp"
#include "http/calls.hpp"
#include "http/event_cursor.hpp"
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

// Checks `after` against the log as the view has it.
PageAsked read_event_page_asked(const RequestQuery& query, const ReadView& view, LogEpoch epoch) {
    return {.after = read_event_cursor(query, view, epoch), .limit = read_page_limit(query)};
}

EventsAsked read_events_asked(const RequestQuery& query, const Engine& engine) {
    EventsAsked asked{
        .filter = read_types(query),
        .page = read_event_page_asked(query, ReadView(engine.store()), engine.log_epoch())};
    asked.wait = std::chrono::seconds(
        query.number("wait", 0, static_cast<std::uint64_t>(limits::long_poll_max.count()))
            .value_or(0));
    return asked;
}

constexpr const char* ndjson_type = "application/x-ndjson";

// X-Log-Position says how far the answer has looked, also if it holds no line; X-Log-Cursor the
// same in a form that tells whether the log is still the one that was read.
void answer_events(httplib::Response& response, LogEpoch epoch, EventPage page,
                   const std::string& cursor) {
    response.headers.emplace("X-Log-Position", std::to_string(page.looked_at));
    response.headers.emplace("X-Log-Epoch", hex_of(epoch));
    response.headers.emplace("X-Log-Cursor", cursor);
    answer(response, std::move(page.lines), ndjson_type);
}

// Answers as soon as there is something to say, with nothing when the time is up.
void wait_for_events(Call& call, EventsAsked asked, Position looked_at, const std::string& cursor) {
    const LogEpoch epoch = call.engine().log_epoch();
    const ParkedCall parked(call, {.wait_max = asked.wait, .give_up_on_stop = true},
                            [looked_at, epoch, cursor](httplib::Response& response) {
                                EventPage nothing;
                                nothing.looked_at = looked_at;
                                answer_events(response, epoch, std::move(nothing), cursor);
                            });
    const auto until = std::chrono::steady_clock::now() + asked.wait;
    const auto answer = [&store = call.engine().store(), epoch, filter = asked.filter, looked_at,
                         limit = asked.page.limit](httplib::Response& response) {
        const ReadView view(store);
        EventPage page = read_event_page(view, filter, looked_at, limit);
        const std::string reached = event_cursor(view, epoch, page.looked_at);
        answer_events(response, epoch, std::move(page), reached);
    };
    call.engine().watch().add(std::move(asked.filter), looked_at, until,
                              [parked, answer] { parked.complete(answer); });
}

void get_events(Call& call, const RequestQuery& query, EventsAsked asked) {
    const ReadView view(call.engine().store());
    EventPage page = read_event_page(view, asked.filter, asked.page.after, asked.page.limit);
    const LogEpoch epoch = call.engine().log_epoch();
    const std::string cursor = event_cursor(view, epoch, page.looked_at);
    const bool waits = page.count == 0 && !page.is_cut_off && asked.wait.count() > 0;
    if (waits && call.engine().watch().has_room()) {
        wait_for_events(call, std::move(asked), page.looked_at, cursor);
        return;
    }
    if (page.is_cut_off) {
        link_next_page(call, query, cursor);
    }
    answer_events(call.response, epoch, std::move(page), cursor);
}

}  // namespace

void get_threat_history(Call& call) {
    const auto run = [&] {
        const RequestQuery query(call.query, {"limit", "after"});
        const ReadView view(call.engine().store());
        const LogEpoch epoch = call.engine().log_epoch();
        const PageAsked asked = read_event_page_asked(query, view, epoch);
        ListPage page(asked);
        const bool known = scan_threat_history(view, call.product_id(), call.object_id(),
                                               [&](Position position, std::string_view line) {
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
        page.finish(call, query,
                    [&](Position position) { return event_cursor(view, epoch, position); });
    };
    judged(call, run);
}

void get_product_events(Call& call) {
    const auto run = [&] {
        const RequestQuery query(call.query, {"after", "limit", "types", "wait"});
        EventsAsked asked = read_events_asked(query, call.engine());
        asked.filter.product = call.product_id();
        require_registered(call);
        get_events(call, query, std::move(asked));
    };
    judged(call, run);
}

void get_all_events(Call& call) {
    const RequestQuery query(call.query, {"after", "limit", "types", "wait"});
    EventsAsked asked = read_events_asked(query, call.engine());
    asked.filter.bearer = call.bearer_held;
    get_events(call, query, std::move(asked));
}

}  // namespace threatatlas
