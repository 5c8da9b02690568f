#pragma once

// One request on its way to an answer: what every call is given.

#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <httplib.h>

#include "http/api/background_pool.hpp"
#include "http/api/long_reads.hpp"
#include "http/api/rate_limits.hpp"
#include "http/api/router.hpp"
#include "http/api/shares.hpp"
#include "http/net/listener.hpp"
#include "http/ops/backend.hpp"
#include "http/ops/backups.hpp"
#include "http/ops/client_address.hpp"
#include "http/ops/diagnostic_log.hpp"
#include "http/ops/meters.hpp"
#include "http/ops/open_threat_counts.hpp"

namespace threatatlas::api {

// What is there for all calls.
struct ApiServices {
    ops::Backend& backend;
    const ops::Log& log;
    ops::Meters& meters;
    ops::Backups& backups;
    std::function<net::ListenerStats()> listener_stats;
    sequencer::SequencerEnvironment environment;
    bool logs_access = false;
    ops::TrustedProxies proxies = {};
    ops::OpenThreatCounts& open_threats;
    LongReads& long_reads;  // what runs on long_calls
    BackgroundPool& long_calls;
    BackgroundPool& event_readers;  // of pages of events
    BackgroundPool& body_readers;   // of bodies that take long to read
    BackgroundPool& scrapers;       // of metrics
    Shares& polls;                  // that wait for events
    Shares& final_waits;            // of requests, until what they ask about is final
    RateLimits& rate_limits;
};

class ParkedCall;

struct Call {
    const ApiServices& services;
    const httplib::Request& request;
    httplib::Response& response;
    net::Exchange& exchange;
    // Of the request's target; still percent-encoded.
    std::string_view path = request.path;
    std::string_view query = net::query_of(request);
    RouteMatch match = {};
    ops::RequestRecord record = {};
    bool is_parked = false;          // answered later, by someone else
    bool is_answered_later = false;  // by `parked`, although its route has returned

    // The three below are there wherever the route asks for a token.
    ops::Engine* engine_held = nullptr;
    std::shared_ptr<const projections::Bearer> bearer_held = {};
    base::Instant asked_at{};  // when the request came, by the sequencer's clock
    // The call's place for its answer, if it is made without a worker; null on a worker.
    const ParkedCall* parked = nullptr;

    ops::Engine& engine() const { return *engine_held; }
    // Views of the store that release the worker's permit while a read waits for the disk.
    store::ReadView read_view() const {
        return store::ReadView(engine().store(), exchange.io_wait_hook());
    }
    store::ReadView read_view_of_each_moment() const {
        return {engine().store(), store::ReadView::Of::the_moment_of_each_read,
                exchange.io_wait_hook()};
    }
    const projections::Bearer& bearer() const { return *bearer_held; }
    ProductId product_id() const { return match.product_id; }
    std::uint64_t object_id() const { return match.object_id; }
};

inline constexpr const char* json_type = "application/json";

// Answers 200 with a body.
void answer(httplib::Response& response, std::string body, const char* content_type = json_type);
// Answers with what failed, in place of all that is in the response.
void answer_failure(httplib::Response& response, const std::exception_ptr& failure,
                    const ApiServices& services);

// The token was revoked or has expired since its call was let in.
commands::Refusal token_ended();
// Throws token_ended() if that is so: for calls that have waited.
void require_live(ops::Engine& engine, const projections::Bearer& bearer);

// Answers 404 (by throwing) where the product was never registered. The token sees it.
void require_registered(const Call& call);

// Runs `judge`, which throws a Rejection for what it finds wrong with a request, and lets it pass
// only for a product that is there: whether one exists must not show in the order of complaints.
template <class Judge>
auto judged(const Call& call, Judge&& judge) {
    try {
        return judge();
    } catch (const net::Rejection&) {
        require_registered(call);
        throw;
    }
}

}  // namespace threatatlas::api
