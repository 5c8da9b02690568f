#pragma once

/// The state of one request that is passed to its call.

#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <httplib.h>

#include "http/api/background_pool.hpp"
#include "http/api/credential.hpp"
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

/// How long a request without a worker waits before it is answered without its result.
struct WaitLimits {
    std::chrono::milliseconds write_max = ops::limits::write_wait_max;  ///< for its own commit
    std::chrono::milliseconds final_max = ops::limits::final_wait_max;  ///< for commits in flight
};

/// Services shared by all calls.
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
    LongReads& long_reads;  // limits and counters of long_calls
    BackgroundPool& long_calls;
    BackgroundPool& event_readers;  // reads pages of events
    BackgroundPool& body_readers;   // parses long bodies
    BackgroundPool& scrapers;       // renders metrics
    Shares& polls;                  // requests that wait for events
    Shares& final_waits;            // requests that wait until their moment is final
    RateLimits& rate_limits;
    WaitLimits waits;
};

class ParkedCall;

struct Call {
    const ApiServices& services;
    const httplib::Request& request;
    httplib::Response& response;
    net::Exchange& exchange;
    /// Parts of the request target, still percent-encoded; the path without a slash at its end.
    std::string_view path = without_last_slash(request.path);
    std::string_view query = net::query_of(request);
    RouteMatch match = {};
    ops::RequestRecord record = {};
    bool is_parked = false;          // answered later, through a ParkedCall
    bool is_answered_later = false;  // the route has returned and answers through `parked`

    /// The next four are set if the route requires a token.
    ops::Engine* engine_held = nullptr;
    std::shared_ptr<const projections::Bearer> bearer_held = {};
    Carrier carrier = Carrier::none;  // of the token
    base::Instant asked_at{};         // time of the request, by the sequencer's clock
    /// Set if the call runs without a worker; null on a worker.
    const ParkedCall* parked = nullptr;
    /// What a call that continues without its worker has read from the body before.
    std::shared_ptr<const std::string> body_held = {};

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

/// Sets status 200 and the body.
void answer(httplib::Response& response, std::string body, const char* content_type = json_type);
/// Replaces the whole response by the problem document of the exception.
void answer_failure(httplib::Response& response, const std::exception_ptr& failure,
                    const ApiServices& services);

/// The refusal for a token that was revoked or has expired since the request was authenticated.
commands::Refusal token_ended();
/// Throws token_ended() if the token is no longer valid. For calls that have waited.
void require_live(ops::Engine& engine, const projections::Bearer& bearer);

/// Throws Rejection 404 if the product was never registered. The token must be allowed to see it.
void require_registered(const Call& call);

/// Runs `judge`, which validates the request. If it throws a Rejection, 404 takes precedence for a
/// product that was never registered: the validation errors must not depend on whether it exists.
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
