#pragma once

/// The request handler of the listener, for all calls. Finds the route, authenticates and
/// authorizes the request, runs the call, and turns exceptions into problem documents.
///
/// The order of the checks is part of the contract, so that a response reveals nothing that the
/// token may not see: 401 and 429; 404 for an unknown path and 405; 403 for the role; 404 for a
/// product that the token may not see; only then errors in the request itself.

#include "http/api/authentication.hpp"
#include "http/api/call.hpp"

namespace threatatlas::api {

struct ApiOptions {
    sequencer::SequencerEnvironment environment;
    bool logs_access = false;
    std::filesystem::path backup_directory = {};  // empty: backups are disabled
    ops::TrustedProxies proxies = {};
    std::size_t rate_limit = 0;  // requests per second and token; 0: unlimited
    LongReadOptions long_reads = {};
    WaitLimits waits = {};
};

/// A RequestHandler. Thread-safe.
class Api {
  public:
    /// `backend` and `log` must outlive the API and every request that it has parked.
    Api(ops::Backend& backend, const ops::Log& log, ApiOptions options);
    Api(const Api&) = delete;
    Api& operator=(const Api&) = delete;

    /// The source of the listener's metrics. Call before the first request.
    void set_listener_stats(std::function<net::ListenerStats()> stats);

    /// Cancels a running backup, so that it does not delay the end of the listener.
    void stop_backups() { backups_.stop(); }

    /// Ends the calls that run without a worker. Call after the listener has stopped and before the
    /// backend stops.
    void finish_calls();
    /// State and counters of long reads, for tests.
    LongReads& long_reads() { return long_reads_; }

    /// Returns true for paths that are answered even if all workers are blocked.
    static bool is_probe(std::string_view path);

    /// Writes an access log line for a request that the listener answered itself.
    void note_refusal(int status, const std::string& remote_ip);

    void answer(const httplib::Request& request, httplib::Response& response,
                net::Exchange& exchange);

  private:
    void route(Call& call);
    void admit(Call& call);
    void count_request(const Call& call);

    ops::Meters meters_;
    ops::Backups backups_;
    ops::OpenThreatCounts open_threats_;
    LongReads long_reads_;
    BackgroundPool long_calls_;
    BackgroundPool event_readers_;
    BackgroundPool body_readers_;
    BackgroundPool scrapers_{{.threads = 1, .waiting_max = ops::limits::scrapes_waiting_max}};
    RateLimits rate_limits_;
    Shares polls_{ops::limits::waiting_polls_max};
    Shares final_waits_{ops::limits::final_waits_max};
    ApiServices services_;
    Authenticator authenticator_;
    Router router_;
};

}  // namespace threatatlas::api
