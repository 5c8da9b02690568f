#include "http/api/api.hpp"

#include <algorithm>
#include <thread>

#include <fmt/format.h>

#include "events/limits.hpp"
#include "http/api/access_log.hpp"
#include "http/api/api_routes.hpp"
#include "http/api/background_call.hpp"
#include "http/api/failure.hpp"
#include "http/api/moment.hpp"
#include "http/api/request_query.hpp"
#include "http/ops/service_limits.hpp"

namespace threatatlas::api {
namespace {

// More threads would have to share the long-read memory of a small machine, and would compete with
// the gate for processors.
std::size_t background_threads() {
    return std::clamp<std::size_t>(std::thread::hardware_concurrency(), 2,
                                   ops::limits::background_threads_max);
}

// The path without empty segments: "//api//products" becomes "/api/products".
std::string without_empty_segments(std::string_view path) {
    std::string kept;
    for (const char c : path) {
        if (c != '/' || !kept.ends_with('/')) {
            kept += c;
        }
    }
    return kept;
}

// The last segment may be the empty one, and the path may end with a slash after it.
EmptyPlaceholder empty_placeholder(const Call& call, const Router& router) {
    const EmptyPlaceholder empty = router.find_empty_placeholder(call.path);
    return empty.name.empty() ? router.find_empty_placeholder(call.request.path) : empty;
}

// A path with superfluous slashes elsewhere gets 404, not a redirect: few clients follow a redirect
// of a write, fewer resend its body and token, and the mistake in the script would remain.
net::Rejection no_route(const Call& call, const Router& router) {
    const RouteMatch& match = call.match;
    if (match.allow.empty()) {
        const EmptyPlaceholder empty = empty_placeholder(call, router);
        if (!empty.name.empty()) {
            return net::Rejection(
                {.status = 404,
                 .detail = fmt::format("The {} is missing: the path is {}. Perhaps a variable of "
                                       "your script is not set.",
                                       empty.name, empty.pattern)});
        }
        if (call.path.starts_with("/api/products/by-external-id/")) {
            return net::Rejection(
                {.status = 404,
                 .detail = "The external_id is one segment of the path. Write each slash in it as "
                           "%2F."});
        }
        const std::string kept = without_empty_segments(call.path);
        const std::string_view meant = without_last_slash(kept);
        const RouteMatch there = router.find(call.request.method, meant);
        if (meant != call.path && (there.route != nullptr || !there.allow.empty())) {
            return net::Rejection(
                {.status = 404,
                 .detail =
                     fmt::format("This path has one slash too many. Use {} instead.", meant)});
        }
        return net::Rejection(
            {.status = 404,
             .detail = "Nothing exists at this path. GET /openapi.json describes the API."});
    }
    return net::Rejection({.status = 405,
                           .detail = fmt::format("This path supports only {}.", match.allow),
                           .headers = {{"Allow", match.allow}}});
}

// The token in the address, if the route takes one.
std::string address_token_of(const Call& call) {
    const bool takes_one =
        call.match.route != nullptr && call.match.route->audience == Audience::badges;
    return takes_one ? first_value(call.query, token_parameter) : "";
}

std::string_view explanation(ops::BackendPhase phase) {
    switch (phase) {
        case ops::BackendPhase::rebuilding:
            return "The server is rebuilding its tables. GET /readyz shows the progress.";
        case ops::BackendPhase::sealing:
            return "The server is building the Merkle tree of its log. GET /readyz shows the "
                   "progress.";
        case ops::BackendPhase::starting:
        case ops::BackendPhase::serving:
        case ops::BackendPhase::recovering:
        case ops::BackendPhase::directory_lost:
        case ops::BackendPhase::clock_in_doubt:
        case ops::BackendPhase::unreadable:
            return "The server is starting. Retry in a moment.";
        case ops::BackendPhase::stopped:
            return "The server is stopping. Retry in a moment.";
        case ops::BackendPhase::broken:
            return "The server cannot use its data. Its log contains the reason.";
    }
    return "";
}

}  // namespace

Api::Api(ops::Backend& backend, const ops::Log& log, ApiOptions options)
    : meters_(api_routes().size()),
      backups_(std::move(options.backup_directory), log),
      open_threats_(log, backend.read_errors()),
      long_reads_(std::move(options.long_reads)),
      long_calls_(
          {.threads = background_threads(), .waiting_max = ops::limits::long_calls_waiting_max}),
      event_readers_(
          {.threads = background_threads(), .waiting_max = ops::limits::event_pages_waiting_max}),
      body_readers_({.threads = background_threads(),
                     .waiting_max = events::limits::queue_commands_max,
                     .waiting_bytes_max = events::limits::queue_bytes_max}),
      rate_limits_(options.rate_limit),
      services_{backend,
                log,
                meters_,
                backups_,
                [] { return net::ListenerStats{}; },
                std::move(options.environment),
                options.logs_access,
                std::move(options.proxies),
                open_threats_,
                long_reads_,
                long_calls_,
                event_readers_,
                body_readers_,
                scrapers_,
                polls_,
                final_waits_,
                rate_limits_,
                options.waits},
      authenticator_(services_.proxies, meters_, log),
      router_(api_routes()) {}

void Api::set_listener_stats(std::function<net::ListenerStats()> stats) {
    services_.listener_stats = std::move(stats);
}

void Api::finish_calls() {
    long_reads_.finish();
    long_calls_.finish();
    event_readers_.finish();
    body_readers_.finish();
    scrapers_.finish();
}

void Api::note_refusal(int status, const std::string& remote_ip) {
    ops::RequestRecord record;
    record.number = meters_.next_request_number();
    record.client = ops::canonical_address(remote_ip).value_or(remote_ip);
    log_access(services_, record, status, std::chrono::microseconds{0});
}

void Api::answer(const httplib::Request& request, httplib::Response& response,
                 net::Exchange& exchange) {
    Call call{
        .services = services_, .request = request, .response = response, .exchange = exchange};
    call.record.number = meters_.next_request_number();
    call.record.started = std::chrono::steady_clock::now();
    call.record.route_number = meters_.unknown_route();
    if (services_.logs_access) {
        call.record.client = services_.proxies.client_of(request);
    }
    try {
        try {
            route(call);
        } catch (const NotFinalYet& wait) {
            answer_when_final(call, wait.as_of());
        }
    } catch (...) {
        answer_failure(response, std::current_exception(), services_);
    }
    if (!call.is_parked) {
        note_answer(services_, call.record, response.status);
    }
}

void Api::route(Call& call) {
    call.match = router_.find(call.request.method, call.path);
    const Route* route = call.match.route;
    if (route != nullptr) {
        call.record.route_number = static_cast<std::size_t>(route - api_routes().data());
        call.record.method = route->method;
        call.record.route = route->pattern;
    }
    if (route == nullptr || route->audience != Audience::anyone) {
        admit(call);
    }
    switch (route->pace) {
        case Pace::quick:
            route->answer(call);
            return;
        case Pace::background:
            answer_long_read(call);
            return;
        case Pace::events:
            answer_in_background(call, event_readers_);
            return;
        case Pace::scraped:
            answer_scraper(call, scrapers_);
            return;
    }
}

bool Api::is_probe(std::string_view path) {
    path = without_last_slash(path);
    return path == "/healthz" || path == "/readyz" || path == "/metrics";
}

// Scrapers are exempt, so that the effect of the limit stays visible in the metrics.
void Api::count_request(const Call& call) {
    if (!rate_limits_.is_on() ||
        (call.match.route != nullptr && call.match.route->audience == Audience::monitors)) {
        return;
    }
    const auto wait = rate_limits_.take(call.bearer().id, call.record.started);
    if (wait.count() > 0) {
        const auto seconds = std::chrono::ceil<std::chrono::seconds>(wait);
        throw net::Rejection(
            {.status = 429,
             .detail = fmt::format("This token exceeds {} requests per second. Wait, then retry.",
                                   rate_limits_.per_second()),
             .headers = {{"Retry-After", std::to_string(seconds.count())}}});
    }
}

void Api::admit(Call& call) {
    call.engine_held = services_.backend.engine();
    if (call.engine_held == nullptr) {
        const ops::BackendPhase phase = services_.backend.status().phase;
        throw net::Rejection(not_ready(std::string(explanation(phase))));
    }
    call.asked_at = call.engine().sequencer().now();
    const std::string address_token = address_token_of(call);
    const Credential credential = credential_of(call.request, address_token);
    call.bearer_held = authenticator_.authenticate(call.request, call.record.route, credential,
                                                   call.engine().access(), call.asked_at);
    call.carrier = credential.carrier;
    call.exchange.set_client(call.bearer().id);
    if (services_.logs_access) {
        call.record.token = call.bearer().actor();
    }
    count_request(call);
    if (call.match.route == nullptr) {
        throw no_route(call, router_);
    }
    if (call.carrier == Carrier::cookie) {
        require_own_page(call.request);
    }
    if (call.carrier == Carrier::address && call.bearer().role != events::Role::badge) {
        throw net::Rejection(
            {.status = 403,
             .detail =
                 "Only a token with the role badge may be in an address. Send this one in the "
                 "Authorization header, and replace it if others may have seen the "
                 "address."});
    }
    if (!may(call.bearer().role, call.match.route->audience)) {
        throw net::Rejection(
            {.status = 403,
             .detail = fmt::format(
                 "A token with the role {} may not do this. Ask an admin for another token.",
                 events::name_of(call.bearer().role))});
    }
    const bool hidden = call.product_id() != 0 && !call.bearer().sees(call.product_id());
    if (hidden) {
        throw net::Rejection(no_product(call.product_id()));
    }
}

}  // namespace threatatlas::api
