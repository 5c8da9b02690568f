#include <chrono>
#include <exception>
#include <memory>

#include <fmt/format.h>

#include "base/nearest_name.hpp"
#include "events/limits.hpp"
#include "http/api/call.hpp"
#include "http/api/calls.hpp"
#include "http/api/event_cursor.hpp"
#include "http/api/page.hpp"
#include "http/api/parked_call.hpp"
#include "http/api/request_query.hpp"
#include "http/ops/event_filter.hpp"
#include "projections/query/threat_history.hpp"

namespace threatatlas::api {
namespace {

ops::EventFilter read_types(const RequestQuery& query) {
    ops::EventFilter filter;
    for (const std::string_view name : query.list("types")) {
        const auto type = events::parse_event_type(name);
        if (!type) {
            const auto names = events::names_of<events::EventType>();
            const auto meant = base::nearest_name(name, names);
            throw bad_parameter(
                "types",
                fmt::format(
                    "Unknown event type {}. {}", name,
                    !meant.empty()
                        ? fmt::format("Did you mean {}?", meant)
                        : std::string(
                              "Give types such as threat.identified, separated by commas.")));
        }
        filter.types.set(static_cast<std::size_t>(*type));
    }
    return filter;
}

struct EventsAsked {
    ops::EventFilter filter;
    PageAsked page;
    std::chrono::seconds wait{0};
};

// Checks `after` against the log in this view.
PageAsked read_event_page_asked(const RequestQuery& query, const store::ReadView& view,
                                events::LogEpoch epoch) {
    return {.after = read_event_cursor(query, view, epoch), .limit = read_page_limit(query)};
}

EventsAsked read_events_asked(const RequestQuery& query, const Call& call) {
    EventsAsked asked{
        .filter = read_types(query),
        .page = read_event_page_asked(query, call.read_view(), call.engine().log_epoch())};
    asked.wait = std::chrono::seconds(
        query.number("wait", 0, static_cast<std::uint64_t>(events::limits::long_poll_max.count()))
            .value_or(0));
    return asked;
}

constexpr const char* ndjson_type = "application/x-ndjson";

struct PageRead {
    ops::EventPage page;
    events::LogEpoch epoch{};
    std::string cursor;  // cursor of the end of the page
};

// Reads a page of the events that the bearer may see. The token is checked after the end of the log
// was read: if it is still valid then, no event up to that position has revoked it. Later events
// are not included.
PageRead read_page(ops::Engine& engine, const EventsAsked& asked, Position after) {
    const Position last = engine.sequencer().end().position;
    require_live(engine, *asked.filter.bearer);
    const store::ReadView view(engine.store());
    PageRead read{.page = ops::read_event_page(view, asked.filter, after, last, asked.page.limit),
                  .epoch = engine.log_epoch(),
                  .cursor = {}};
    read.cursor = event_cursor(view, read.epoch, read.page.looked_at);
    return read;
}

// X-Log-Position is the last position that was scanned, even if the response has no lines.
// X-Log-Cursor is the same position in a form that also detects a replaced log.
void answer_events(httplib::Response& response, PageRead read) {
    response.headers.emplace("X-Log-Position", std::to_string(read.page.looked_at));
    response.headers.emplace("X-Log-Epoch", events::hex_of(read.epoch));
    response.headers.emplace("X-Log-Cursor", read.cursor);
    answer(response, std::move(read.page.lines), ndjson_type);
}

// A long poll, which outlives its Call.
class Poll {
  public:
    // `nothing` is the empty page to answer with if no event arrives.
    Poll(const Call& call, EventsAsked asked, PageRead nothing)
        : engine_(call.engine()),
          pages_(call.services.event_readers),
          asked_(std::move(asked)),
          nothing_(std::move(nothing)),
          parked_(*call.parked) {}

    static void wait(const std::shared_ptr<Poll>& poll, std::shared_ptr<Shares::Place> place) {
        poll->parked_.on_end([place = std::move(place)] { place->give_back(); });
        poll->parked_.give_up_on_stop(poll->say_nothing());
        poll->engine_.watch().add(
            {.filter = poll->asked_.filter,
             .looked_at = poll->nothing_.page.looked_at,
             .until = std::chrono::steady_clock::now() + poll->asked_.wait,
             .is_awaited = [poll] { return poll->parked_.is_awaited(); },
             .wake = [poll](ops::PollEnd end, Position seen) { go_on(poll, end, seen); }});
    }

  private:
    static void go_on(const std::shared_ptr<Poll>& poll, ops::PollEnd end, Position seen) {
        if (end == ops::PollEnd::token_ended) {
            poll->parked_.complete([](httplib::Response&) { throw token_ended(); });
            return;
        }
        const auto added = poll->pages_.add(poll->asked_.filter.bearer->id,
                                            [poll, seen] { poll->answer_from(seen); });
        if (!added.is_taken()) {
            poll->parked_.complete(poll->say_nothing());
        }
    }

    void answer_from(Position seen) {
        try {
            const auto read = std::make_shared<PageRead>(read_page(engine_, asked_, seen));
            parked_.complete(
                [read](httplib::Response& response) { answer_events(response, std::move(*read)); });
        } catch (...) {
            parked_.complete([failure = std::current_exception()](httplib::Response&) {
                std::rethrow_exception(failure);
            });
        }
    }

    ParkedCall::Answer say_nothing() const {
        return
            [nothing = nothing_](httplib::Response& response) { answer_events(response, nothing); };
    }

    ops::Engine& engine_;
    BackgroundPool& pages_;
    const EventsAsked asked_;
    const PageRead nothing_;
    const ParkedCall parked_;
};

void get_events(Call& call, const RequestQuery& query, EventsAsked asked) {
    PageRead read = read_page(call.engine(), asked, asked.page.after);
    if (read.page.count == 0 && !read.page.is_cut_off && asked.wait.count() > 0) {
        auto [room, place] = call.services.polls.take(call.bearer().id);
        if (place == nullptr) {
            throw no_room(room, "Polls for events");
        }
        call.is_answered_later = true;
        Poll::wait(std::make_shared<Poll>(call, std::move(asked), std::move(read)),
                   std::move(place));
        return;
    }
    if (read.page.is_cut_off) {
        link_next_page(call, query, read.cursor);
    }
    answer_events(call.response, std::move(read));
}

}  // namespace

void get_threat_history(Call& call) {
    const auto run = [&] {
        const RequestQuery query(call.query, {"limit", "after"});
        const store::ReadView view = call.read_view();
        const events::LogEpoch epoch = call.engine().log_epoch();
        const PageAsked asked = read_event_page_asked(query, view, epoch);
        ListPage page(asked);
        const bool known =
            query::scan_threat_history(view, call.product_id(), call.object_id(),
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
            throw net::Rejection({.status = 404,
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
        EventsAsked asked = read_events_asked(query, call);
        asked.filter.product = call.product_id();
        asked.filter.bearer = call.bearer_held;
        require_registered(call);
        get_events(call, query, std::move(asked));
    };
    judged(call, run);
}

void get_all_events(Call& call) {
    const RequestQuery query(call.query, {"after", "limit", "types", "wait"});
    EventsAsked asked = read_events_asked(query, call);
    asked.filter.bearer = call.bearer_held;
    get_events(call, query, std::move(asked));
}

}  // namespace threatatlas::api
